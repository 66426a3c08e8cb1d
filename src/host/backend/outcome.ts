import { BEGAN } from './socket-sweep.ts';

export type Outcome = 'unknown' | 'established' | 'refused' | 'unanswered' | 'reset';

export const TCP = 6;
export const UDP = 17;
export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

const ICMP = 1;
const ICMPV6 = 58;

export function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMPV6;
}

/** Types of ICMP (RFC 792 and 950) and of ICMPv6 (RFC 4443) that ask for an answer: an echo, and the like. */
export function asksByIcmp(protocol: number, type: number): boolean {
  return protocol === ICMP ? type === 8 || type === 13 || type === 15 || type === 17 : type === 128;
}

/** What an outcome follows from; flags and packets since the flow began. */
export interface Course {
  readonly protocol: number;
  readonly began: number;
  readonly txFlags: number;
  readonly rxFlags: number;
  /** Whether anything was ever sent, and received. */
  readonly sent: boolean;
  readonly received: boolean;
  /** Its socket was told so: ICMP does not come through it. */
  readonly refused: boolean;
  /** A raw socket made its SYN: an answer does not come through that. */
  readonly raw: boolean;
  /** Nobody has to answer: it is for a group, or the kernel's own word about other traffic. */
  readonly noAnswerDue: boolean;
  /** How long it was since the last packet, or that nothing more can come. */
  readonly waitedMs: number;
}

/** An answer that takes longer is none yet. */
const PATIENCE_MS = 1_000;

/** include/uapi/asm-generic/errno.h */
const EHOSTUNREACH = 113;
/** ARP and neighbour discovery ask three times, a second apart, before this host itself says that nobody has an address. A SYN is sent again after one. */
const NEIGHBOUR_MS = 2_500;

/** Whether an error of a socket is an answer from there, or this host's own word that there was none. */
export function isRefusal(error: number, waitedMs: number): boolean {
  return error !== EHOSTUNREACH || waitedMs < NEIGHBOUR_MS;
}

/** How a flow fared so far. Flags have no order: a reset of a connection that both sides had finished is no failure. */
export function outcomeOf(course: Course): Outcome {
  const { sent, received, refused, noAnswerDue, waitedMs, protocol } = course;
  if (protocol === TCP) return connectionOutcome(course);
  if (sent && received) return 'established';
  if (refused) return 'refused';
  if (noAnswerDue || waitedMs < PATIENCE_MS) return 'unknown';
  return 'unanswered';
}

function connectionOutcome({ began, txFlags, rxFlags, sent, received, refused, raw, waitedMs }: Course): Outcome {
  const flags = txFlags | rxFlags;
  const finished = (txFlags & rxFlags & FLAG.fin) !== 0;
  // The kernel's answer for a port that nobody has.
  if (!received && (txFlags & (FLAG.rst | FLAG.syn)) === FLAG.rst) return 'refused';
  if (began === BEGAN.unknown && !(sent && received)) return 'unknown';
  if (isEstablished(began, txFlags, rxFlags)) return (flags & FLAG.rst) !== 0 && !finished ? 'reset' : 'established';
  if (refused || (began === BEGAN.here ? rxFlags : txFlags) & FLAG.rst) return 'refused';
  return raw || waitedMs < PATIENCE_MS ? 'unknown' : 'unanswered';
}

/** Who began has the other side's SYN; who was called has an ACK of its own SYN. */
function isEstablished(began: number, txFlags: number, rxFlags: number): boolean {
  if (began === BEGAN.here) return (rxFlags & FLAG.syn) !== 0 || (rxFlags & (FLAG.ack | FLAG.rst)) === FLAG.ack;
  if (began === BEGAN.there)
    return (txFlags & FLAG.syn) !== 0 ? (rxFlags & FLAG.ack) !== 0 : (rxFlags & txFlags & FLAG.ack) !== 0;
  return true;
}
