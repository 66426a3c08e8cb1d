/**
 * MikroTik's RouterOS (seen with 6.49.6 in NetFlow v9; goflow2 issue 113, akvorado issue 417, FastNetMon issue 985)
 * writes sampling intervals with the least significant octet first. 1 in 1000 then reads 3,892,510,720.
 */

/** Rates from here on are beyond what any router offers; the usual upper ends are 65,535 and 16,000,000. */
const IMPLAUSIBLE = 0x100_0000;

/** A 32-bit number that is implausible as it stands and an everyday rate (below 65,536) when its octets are turned round. */
export function isSwapped(value: number): boolean {
  return value >= IMPLAUSIBLE && value <= 0xffff_ffff && (value & 0xffff) === 0;
}

export function swapped(value: number): number {
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff_0000) | (value << 24)) >>> 0;
}

/**
 * The number that was meant. Rates that are multiples of 256 (1024, 4096) read below 2^24 when turned round and could be
 * an honest exporter's: they stay as they are, and `sampling: {mode: override}` is the operator's way out.
 */
export function unswapped(value: number): number {
  return isSwapped(value) ? swapped(value) : value;
}

/**
 * The rate that a flow record itself gives in its elements 34, 305 and 306 (-1: not in the record). RouterOS and Huawei put
 * element 34 into data records. 0 where sampling is signalled without a rate, -1 where nothing is said. No allocation.
 */
export function recordSamplingRate(interval: number, packetInterval: number, packetSpace: number): number {
  if (packetInterval > 0 || packetSpace > 0) {
    const run = packetInterval > 0 ? unswapped(packetInterval) : 1;
    // The interval alone is meant as element 34 was.
    const rate = packetSpace < 0 ? run : Math.round((run + unswapped(packetSpace)) / run);
    return rate <= 0xffff_ffff ? rate : 0;
  }
  if (interval > 0) return unswapped(interval);
  return interval === 0 ? 0 : -1;
}
