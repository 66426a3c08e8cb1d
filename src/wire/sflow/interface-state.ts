/** What is kept of an interface, and how its record is laid out. */

/** Bytes of the record "generic interface counters" (sflow_version_5.txt, `if_counters`, after RFC 2863). */
export const INTERFACE_COUNTERS_BYTES = 88;

export const OCTETS = [24, 56] as const;
/** Where the 32-bit counters stand: unicast, multicast, broadcast, discards and errors, in and out. */
export const COUNTERS = [32, 36, 40, 44, 48, 64, 68, 72, 76, 80] as const;
const NOT_COUNTED = 0xffff_ffff;
const HIGH = 4_294_967_296;

/** What an interface counted since the last time this was asked; null what its agent does not count or what there is no two samples of. */
export interface InterfaceCounterDelta {
  readonly ifIndex: number;
  /** As the agent names the port; empty where it does not. */
  readonly name: string;
  /** Bits per second; 0 unknown. */
  readonly speedBps: number;
  /** Bit 0: administratively up; bit 1: operational. */
  readonly status: number;
  /** Time over which it was counted. */
  readonly seconds: number;
  readonly inOctets: number | null;
  readonly outOctets: number | null;
  /** Unicast, multicast and broadcast, as far as they are counted. */
  readonly inPackets: number | null;
  readonly outPackets: number | null;
  readonly inDiscards: number | null;
  readonly outDiscards: number | null;
  readonly inErrors: number | null;
  readonly outErrors: number | null;
}

export interface InterfaceState {
  sequence: number;
  lastMs: number;
  starts: number;
  name: string;
  speedBps: number;
  status: number;
  seconds: number;
  /** Seen since the last take. */
  seen: boolean;
  /** Octets as high and low word, in and out, then COUNTERS, all as last told. */
  readonly last: Uint32Array;
  /** Differences since the last take: octets in and out, then COUNTERS. */
  readonly sums: Float64Array;
  /** By bit, in the order of `sums`: counted at the last sample; summed from two of them since the last take. */
  known: number;
  summed: number;
}

export function newState(): InterfaceState {
  return {
    sequence: 0,
    lastMs: 0,
    starts: 0,
    name: '',
    speedBps: 0,
    status: 0,
    seconds: 0,
    seen: false,
    last: new Uint32Array(4 + COUNTERS.length),
    sums: new Float64Array(2 + COUNTERS.length),
    known: 0,
    summed: 0,
  };
}

export function octetsSince(view: DataView, at: number, last: Uint32Array, i: number): number {
  return (view.getUint32(at) - last[i]!) * HIGH + (view.getUint32(at + 4) - last[i + 1]!);
}

/** A counter that the agent does not have is all ones. */
export function countedOf(view: DataView, at: number): number {
  let counted = 0;
  for (let i = 0; i < OCTETS.length; i++) {
    const high = view.getUint32(at + OCTETS[i]!);
    if (high !== NOT_COUNTED || view.getUint32(at + OCTETS[i]! + 4) !== NOT_COUNTED) counted |= 1 << i;
  }
  for (let i = 0; i < COUNTERS.length; i++) {
    if (view.getUint32(at + COUNTERS[i]!) !== NOT_COUNTED) counted |= 4 << i;
  }
  return counted;
}

/** Bits per second; 0 where the agent does not know it. */
export function speedOf(view: DataView, at: number): number {
  const high = view.getUint32(at + 8);
  return high === NOT_COUNTED ? 0 : high * HIGH + view.getUint32(at + 12);
}

export function deltaOf(ifIndex: number, s: InterfaceState): InterfaceCounterDelta {
  const { name, speedBps, status, seconds, sums, summed } = s;
  const value = (i: number) => ((summed & (1 << i)) === 0 ? null : sums[i]!);
  const packets = (i: number) =>
    ((summed >>> i) & 7) === 0 ? null : (value(i) ?? 0) + (value(i + 1) ?? 0) + (value(i + 2) ?? 0);
  return {
    ifIndex,
    name,
    speedBps,
    status,
    seconds,
    inOctets: value(0),
    outOctets: value(1),
    inPackets: packets(2),
    outPackets: packets(7),
    inDiscards: value(5),
    outDiscards: value(10),
    inErrors: value(6),
    outErrors: value(11),
  };
}
