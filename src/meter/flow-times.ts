import { F64, RECORD_F64 } from './flow-record.ts';

/** Time of the first packet of the record, in either direction; a direction without packets has no times. */
export function startOf(f64: Float64Array, slot: number): number {
  const f = slot * RECORD_F64;
  if (f64[f + F64.revPackets] === 0) return f64[f + F64.start]!;
  return f64[f + F64.packets] === 0 ? f64[f + F64.revStart]! : Math.min(f64[f + F64.start]!, f64[f + F64.revStart]!);
}

/** Time of the last packet. */
export function lastOf(f64: Float64Array, slot: number): number {
  const f = slot * RECORD_F64;
  if (f64[f + F64.revPackets] === 0) return f64[f + F64.end]!;
  return f64[f + F64.packets] === 0 ? f64[f + F64.revEnd]! : Math.max(f64[f + F64.end]!, f64[f + F64.revEnd]!);
}

/** How long the flow was without a packet when one came at `timeMs`, before it as well as behind; 0 within the flow. */
export function gapOf(f64: Float64Array, slot: number, timeMs: number): number {
  const last = lastOf(f64, slot);
  if (timeMs > last) return timeMs - last;
  const start = startOf(f64, slot);
  return timeMs < start ? start - timeMs : 0;
}
