import type { PacketFields } from '../packet/index.ts';
import { F64, RECORD_F64, RECORD_U32, STATE, STATE_SHIFT, U32 } from './flow-record.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** What a TCP packet means for the flow that has its key. */
export const TCP_EVENT = {
  /** It belongs to the connection of the flow. */
  same: 0,
  /** It begins another one. */
  restart: 1,
  /** It belongs to it, and says that who was taken for the responder began it. */
  turn: 2,
} as const;

/** Whether connections begin or end with it: no other packet is looked at closely. */
export function isHandshake(tcpFlags: number): boolean {
  return (tcpFlags & (FIN | SYN | RST)) !== 0;
}

/** Whether a connection ends with it, or this direction of one. */
export function isEnding(tcpFlags: number): boolean {
  return (tcpFlags & (FIN | RST)) !== 0;
}

export function isReset(tcpFlags: number): boolean {
  return (tcpFlags & RST) !== 0;
}

export function isOpening(tcpFlags: number): boolean {
  return (tcpFlags & SYN) !== 0 && !isEnding(tcpFlags);
}

/** The flags of TCP are only read where the whole of both numbers was captured. */
function sequence(fields: PacketFields): number {
  return fields.data.getUint32(fields.transportAt + 4);
}

function acknowledged(fields: PacketFields): number {
  return fields.data.getUint32(fields.transportAt + 8);
}

/**
 * Flows of one direction: a SYN begins another connection unless it has the sequence number of the SYN before (it was sent again) or is older than
 * the flow (packets came out of order).
 */
export function judgeOneWay(
  f64: Float64Array,
  u32: Uint32Array,
  slot: number,
  fields: PacketFields,
  timeMs: number,
): number {
  if (!isOpening(fields.tcpFlags)) return TCP_EVENT.same;
  const u = slot * RECORD_U32;
  if (has(u32, u, STATE.isn)) return u32[u + U32.isn] === sequence(fields) ? TCP_EVENT.same : TCP_EVENT.restart;
  if (!(timeMs < f64[slot * RECORD_F64 + F64.start]!)) return TCP_EVENT.restart;
  noteOpening(u32, u, fields, false);
  return TCP_EVENT.same;
}

/**
 * Flows of both directions: a SYN without ACK names who began. A SYN-ACK never begins another connection, unless the one before is over: it may answer a SYN
 * that was not captured, or acknowledge data in the SYN (RFC 7413).
 */
export function judgeBothWays(
  f64: Float64Array,
  u32: Uint32Array,
  slot: number,
  fields: PacketFields,
  timeMs: number,
  reverse: boolean,
): number {
  if (!isOpening(fields.tcpFlags)) return TCP_EVENT.same;
  const u = slot * RECORD_U32;
  const known = has(u32, u, STATE.isn);
  const isn = u32[u + U32.isn]!;
  if ((fields.tcpFlags & ACK) !== 0) {
    const answered = (acknowledged(fields) - 1) >>> 0;
    if (has(u32, u, STATE.closed) && !(known && isn === answered)) return TCP_EVENT.restart;
    if (!known) note(u32, u, answered);
    return TCP_EVENT.same;
  }
  const number = sequence(fields);
  if (known && isn === number) return reverse ? TCP_EVENT.turn : TCP_EVENT.same;
  if (known) {
    // Both ends may begin at once (RFC 9293 section 3.5): until one was answered, that is one connection.
    const answered = ((u32[u + U32.flags]! | (u32[u + U32.flags]! >>> 8)) & (ACK | RST)) !== 0;
    return reverse && !answered ? TCP_EVENT.same : TCP_EVENT.restart;
  }
  if (!(timeMs < f64[slot * RECORD_F64 + F64.start]!)) return TCP_EVENT.restart;
  note(u32, u, number);
  return reverse ? TCP_EVENT.turn : TCP_EVENT.same;
}

/** The first packet of a flow: what its SYN says, if it is one. */
export function noteOpening(u32: Uint32Array, u: number, fields: PacketFields, biflow: boolean): void {
  if (!isOpening(fields.tcpFlags)) return;
  const answers = biflow && (fields.tcpFlags & ACK) !== 0;
  note(u32, u, answers ? (acknowledged(fields) - 1) >>> 0 : sequence(fields));
}

function note(u32: Uint32Array, u: number, number: number): void {
  u32[u + U32.isn] = number;
  setState(u32, u, STATE.isn);
}

export function has(u32: Uint32Array, u: number, state: number): boolean {
  return (u32[u + U32.flags]! & (state << STATE_SHIFT)) !== 0;
}

export function setState(u32: Uint32Array, u: number, state: number): void {
  u32[u + U32.flags]! |= state << STATE_SHIFT;
}
