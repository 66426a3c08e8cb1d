import type { PacketFields } from '../packet/index.ts';
import { F64, NO_LABEL, RECORD_F64, RECORD_U32, REVERSE, U32 } from './flow-record.ts';
import { noteOpening } from './tcp-connection.ts';

/** Begins the record of a flow with its first packet, which is several on the wire where the host joined them; key, tunnel and place in the wheel are the caller's to write. */
export function countFirst(
  f64: Float64Array,
  u32: Uint32Array,
  slot: number,
  fields: PacketFields,
  bytes: number,
  packets: number,
  time: number,
  inIf: number,
  biflow: boolean,
): void {
  const f = slot * RECORD_F64;
  const u = slot * RECORD_U32;
  f64[f + F64.bytes] = bytes;
  f64[f + F64.packets] = packets;
  f64[f + F64.start] = time;
  f64[f + F64.end] = time;
  // Written out: `fill` of four numbers costs more than the four stores.
  f64[f + F64.revBytes] = 0;
  f64[f + F64.revPackets] = 0;
  f64[f + F64.revStart] = 0;
  f64[f + F64.revEnd] = 0;
  u32[u + U32.flags] = fields.tcpFlags | (fields.ttl << 16);
  u32[u + U32.spi] = fields.spi;
  u32[u + U32.tos] = fields.ipsec << 16;
  u32[u + U32.vlans] = fields.vlan | (fields.innerVlan << 16);
  u32[u + U32.macsHi] = fields.srcMacHi | (fields.dstMacHi << 16);
  u32[u + U32.srcMacLo] = fields.srcMacLo;
  u32[u + U32.dstMacLo] = fields.dstMacLo;
  noteFirst(u32, u, fields, inIf);
  u32[u + U32.icmp] = fields.icmpType | (fields.icmpCode << 8);
  noteOpening(u32, u, fields, biflow);
}

/** One more packet of a flow. */
export function countNext(
  f64: Float64Array,
  u32: Uint32Array,
  slot: number,
  fields: PacketFields,
  bytes: number,
  packets: number,
  time: number,
  inIf: number,
  reverse: boolean,
): void {
  const f = slot * RECORD_F64 + (reverse ? REVERSE : 0);
  const u = slot * RECORD_U32;
  const before = f64[f + F64.packets]!;
  f64[f + F64.bytes]! += bytes;
  f64[f + F64.packets] = before + packets;
  if (before === 0) {
    f64[f + F64.start] = time;
    f64[f + F64.end] = time;
    if (reverse) u32[u + U32.tos] = (u32[u + U32.tos]! & 0xffff_00ff) | (fields.tos << 8);
    else noteFirst(u32, u, fields, inIf);
  } else if (time > f64[f + F64.end]!) f64[f + F64.end] = time;
  else if (time < f64[f + F64.start]!) f64[f + F64.start] = time;
  if (reverse) {
    u32[u + U32.flags]! |= fields.tcpFlags << 8;
    return;
  }
  const flags = u32[u + U32.flags]! | fields.tcpFlags;
  const ttl = fields.ttl << 16;
  u32[u + U32.flags] = ttl < (flags & 0xff_0000) ? (flags & 0xff00_ffff) | ttl : flags;
}

/** What the record says of the first packet of its forward direction. */
function noteFirst(u32: Uint32Array, u: number, fields: PacketFields, inIf: number): void {
  u32[u + U32.tos] = (u32[u + U32.tos]! & 0xffff_ff00) | fields.tos;
  u32[u + U32.flowLabel] = fields.flowLabel;
  u32[u + U32.mplsLabel] = fields.mplsCount > 0 ? fields.mpls[0]! : NO_LABEL;
  u32[u + U32.inIf] = inIf;
}

/** No packet of the forward direction is in the record, or none that is known to be its first one. */
export function forgetFirst(u32: Uint32Array, u: number): void {
  u32[u + U32.tos]! &= 0xffff_ff00;
  u32[u + U32.flowLabel] = 0;
  u32[u + U32.mplsLabel] = NO_LABEL;
  u32[u + U32.inIf] = 0;
}
