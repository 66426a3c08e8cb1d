/**
 * MikroTik's RouterOS writes sampling intervals with the least significant octet first, in element 34 of NetFlow v9 data
 * records (seen with 6.49.6; goflow2 issue 113, akvorado issue 417, FastNetMon issue 985) and by the accounts of its users
 * wherever else it gives one. 1 in 1000 then reads as 1 in 3,892,510,720.
 */

/** Rates from here on are beyond what any router offers: 65,535 is the usual upper end, 16,000,000 the highest known. */
const IMPLAUSIBLE = 0x100_0000;
const MAX_RATE = 0xffff_ffff;

/** A number that is implausible as it stands and an everyday rate, below 65,536, when its octets are turned round. */
function isTurned(value: number): boolean {
  return value >= IMPLAUSIBLE && value <= MAX_RATE && (value & 0xffff) === 0;
}

function turned(value: number): number {
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff_0000) | (value << 24)) >>> 0;
}

/**
 * Reads one exporter's sampling intervals in the order in which it writes them. Multiples of 256 (1024, 4096) read below
 * 2^24 when turned round, 262,144 and 1,048,576, which an honest exporter could mean: they are turned only where the same
 * exporter has shown its habit with another number (RouterOS: set an interval or space that is no multiple of 256, or
 * `sampling_mode: override` here).
 */
export class IntervalOrder {
  /** The exporter has written an interval the wrong way round. */
  turns = false;

  read(value: number): number {
    if (isTurned(value)) {
      this.turns = true;
      return turned(value);
    }
    const ambiguous = value >= 0x1_0000 && value < IMPLAUSIBLE && (value & 0xffff) === 0;
    return this.turns && ambiguous ? turned(value) : value;
  }
}

/**
 * The rate that a flow record itself gives in its elements 34, 305, 306 and 35 (-1: not in the record): RouterOS, Huawei
 * and H3C put them there. 0 where sampling is signalled without a rate, -1 where nothing is: an interval of 0 is how those
 * exporters write that they do not sample. No allocation.
 */
export function recordSamplingRate(
  order: IntervalOrder,
  interval: number,
  packetInterval: number,
  packetSpace: number,
  algorithm: number,
): number {
  if (packetInterval > 0 || packetSpace > 0) {
    // The one that gives the habit away may be the second.
    order.read(packetSpace);
    const run = packetInterval > 0 ? order.read(packetInterval) : 1;
    // The interval alone is meant as element 34 was.
    const rate = packetSpace < 0 ? run : Math.round((run + order.read(packetSpace)) / run);
    return rate <= MAX_RATE ? rate : 0;
  }
  if (interval > 0) return interval <= MAX_RATE ? order.read(interval) : 0;
  return algorithm > 0 ? 0 : -1;
}
