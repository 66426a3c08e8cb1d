import { F64, RECORD_F64, RECORD_U32, REVERSE, STATE, STATE_SHIFT, U32 } from './flow-record.ts';
import { NO_KIND, reverseIcmpType, reverseKind } from './icmp-pairs.ts';
import { withSidesTurned } from './recognition/flow-naming.ts';

/** Makes the reverse direction of a flow its forward direction. Twice is nothing. */
export function turn(f64: Float64Array, u32: Uint32Array, slot: number): void {
  const f = slot * RECORD_F64;
  const u = slot * RECORD_U32;
  for (let i = 0; i < REVERSE; i++) swap(f64, f + F64.bytes + i, f + F64.revBytes + i);
  for (let word = 0; word < 4; word++) swap(u32, u + U32.src + word, u + U32.dst + word);
  swap(u32, u + U32.srcMacLo, u + U32.dstMacLo);
  u32[u + U32.ports] = halves(u32[u + U32.ports]!);
  u32[u + U32.macsHi] = halves(u32[u + U32.macsHi]!);
  u32[u + U32.tos] = bytes(u32[u + U32.tos]!);
  turnFlags(u32, u);
  u32[u + U32.naming] = withSidesTurned(u32[u + U32.naming]!);
  const kind = u32[u + U32.kind]!;
  const back = reverseKind(kind);
  if (back === NO_KIND || back === kind) return;
  u32[u + U32.kind] = back;
  const icmp = u32[u + U32.icmp]!;
  u32[u + U32.icmp] = (icmp & 0xff00) | reverseIcmpType(kind & 255, icmp & 255);
}

function turnFlags(u32: Uint32Array, u: number): void {
  const flags = bytes(u32[u + U32.flags]!);
  const ends = (STATE.fin | STATE.revFin) << STATE_SHIFT;
  const fin = (flags & (STATE.fin << STATE_SHIFT)) !== 0 ? STATE.revFin : 0;
  const revFin = (flags & (STATE.revFin << STATE_SHIFT)) !== 0 ? STATE.fin : 0;
  u32[u + U32.flags] = (flags & ~ends) | ((fin | revFin) << STATE_SHIFT);
}

function swap(array: Float64Array | Uint32Array, a: number, b: number): void {
  const kept = array[a]!;
  array[a] = array[b]!;
  array[b] = kept;
}

function halves(word: number): number {
  return (word << 16) | (word >>> 16);
}

/** With the lower two bytes exchanged. */
function bytes(word: number): number {
  return (word & 0xffff_0000) | ((word & 255) << 8) | ((word >>> 8) & 255);
}
