import { FLAG, TCP } from '../backend/outcome.ts';
import { STATE } from './host-slots.ts';

const HANDSHAKE = FLAG.syn | FLAG.ack;

/**
 * What part of a flow an entry is, as a bit of STATE, or 0: all of it. The kernel counts a connection that is accepted in two entries: its SYN and the ACK of
 * the handshake at the socket that listens, and the rest at the accepted one.
 */
export function entryKind(protocol: number, txFlags: number, rxFlags: number): number {
  if (protocol !== TCP) return 0;
  const pureSyn = (txFlags & HANDSHAKE) === FLAG.syn;
  if ((rxFlags & FLAG.syn) !== 0) {
    const more = (txFlags | rxFlags) & ~HANDSHAKE;
    return more === 0 && !pureSyn && !(txFlags !== 0 && (txFlags & FLAG.syn) === 0) ? STATE.opening : 0;
  }
  return pureSyn ? 0 : STATE.body;
}

/** Whether this may be an answer that the kernel gave without a socket of a process: only resets and acknowledgements were sent, and nothing received. */
export function isKernelAnswer(protocol: number, txFlags: number, rxPackets: number): boolean {
  return protocol === TCP && rxPackets === 0 && txFlags !== 0 && (txFlags & ~(FLAG.rst | FLAG.ack)) === 0;
}

/** Whether the other side of a TCP flow began it: its first packet is at the socket that listened, and the accepted one only shows the answer to it. */
export function isAccepted(protocol: number, txFlags: number, rxFlags: number, state: number): boolean {
  if (protocol !== TCP) return false;
  return (state & STATE.opening) !== 0 || ((rxFlags & FLAG.syn) === 0 && (txFlags & HANDSHAKE) === HANDSHAKE);
}
