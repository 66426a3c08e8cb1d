import { ETHER_TYPE } from '../ether-types.ts';
import type { PacketFields } from '../packet-fields.ts';
import { PROTOCOL } from '../transport-header.ts';
import { isChecksumRight, pseudoHeaderSum } from './checksum.ts';
import { kindOf } from './next-headers.ts';

/*
 * How sure it is that bytes are the plain text of ESP and not random, which is what encrypted bytes are. Evidence is counted in
 * bits: what random bytes pass once in 2^n times is worth n bits. Bits are given so that the expectation of 2^bits over random
 * bytes is at most 1 (bytes that are contradicted count 0 there). Then the sum over packets, which begins anew at a contradiction,
 * reaches n bits with random packets with a probability of at most 2^-n for each packet that it may begin with (Ville's inequality).
 */

/** What random bytes never have. */
export const CONTRADICTED = -1;

/** A verdict needs as many bits. */
export const PROOF_BITS = 40;

/** A score does not go beyond what its byte holds. */
export const MOST_BITS = 255;

/** For the choice among four lengths of padding, two outcomes of a checksum and kinds of payload: with it, the expectation is below 1. */
const CHOICE_BITS = 3;
/** 16 of 256 values of the next header are taken. */
const NEXT_HEADER_BITS = 4;
/** Longer padding is no better evidence: each length would be one more choice. */
const MOST_PADDING = 3;

/** What GRE carries by use: IPv4, IPv6, frames, PPP, ERSPAN, MPLS. */
const GRE_TYPES = new Set([0x0800, 0x86dd, ETHER_TYPE.ethernet, ETHER_TYPE.ppp, 0x88be, 0x22eb, ETHER_TYPE.mpls]);

/** The end of the payload, before padding and trailer (RFC 4303 section 2.4): the padding is 1, 2, 3 ... `end` is behind the next header. -1 when it is none. */
export function payloadEnd(view: DataView, at: number, end: number): number {
  if (end - at < 2 || kindOf(view.getUint8(end - 1)) === 0) return -1;
  const padding = view.getUint8(end - 2);
  const payload = end - 2 - padding;
  if (payload < at) return -1;
  for (let i = padding; i > 0; i--) if (view.getUint8(payload + i - 1) !== i) return -1;
  return payload;
}

/** Bits of evidence that the bytes from `at` to `end`, which is behind the next header, are plain text; or CONTRADICTED. */
export function plainEvidence(view: DataView, at: number, end: number, fields: PacketFields): number {
  const payload = payloadEnd(view, at, end);
  if (payload < 0) return CONTRADICTED;
  const padding = end - 2 - payload;
  const inner = payloadEvidence(view, at, payload, view.getUint8(end - 1), fields);
  if (inner === CONTRADICTED) return CONTRADICTED;
  return 8 * (Math.min(padding, MOST_PADDING) + 1) + NEXT_HEADER_BITS - CHOICE_BITS + inner;
}

/** The part of it that the payload gives. Whoever carries no header that can be judged gives 0. */
function payloadEvidence(view: DataView, at: number, end: number, protocol: number, fields: PacketFields): number {
  if (!isPlausible(view, at, end, protocol)) return CONTRADICTED;
  switch (protocol) {
    case PROTOCOL.tcp:
      return 3 + (isTransportChecksumRight(view, at, end, protocol, fields) ? 16 : 0);
    case PROTOCOL.udp:
      if (view.getUint16(at + 4) !== end - at) return CONTRADICTED;
      if (view.getUint16(at + 6) === 0) return fields.ipVersion === 4 ? 31 : 16;
      return isTransportChecksumRight(view, at, end, protocol, fields) ? 31 : 16;
    case PROTOCOL.icmp:
      return 2 + (isChecksumRight(view, at, end, 0) ? 16 : 0);
    case PROTOCOL.icmpv6:
      return isTransportChecksumRight(view, at, end, protocol, fields) ? 16 : 0;
    case PROTOCOL.ipv4:
      if (view.getUint16(at + 2) !== end - at) return CONTRADICTED;
      return 20 + (isChecksumRight(view, at, at + 4 * (view.getUint8(at) & 15), 0) ? 16 : 0);
    case PROTOCOL.ipv6:
      return view.getUint16(at + 4) + 40 === end - at ? 20 : CONTRADICTED;
    case PROTOCOL.gre:
      return 16;
    case PROTOCOL.sctp:
      return 3;
    default:
      return 0;
  }
}

/**
 * Whether the payload can be what the next header says: what is looked at once the association is known. Traffic flow confidentiality
 * (RFC 4303 section 2.7) may add bytes behind an inner packet that has a length.
 */
export function isPlausible(view: DataView, at: number, end: number, protocol: number): boolean {
  const length = end - at;
  switch (protocol) {
    case PROTOCOL.tcp: {
      if (length < 20) return false;
      const offset = view.getUint8(at + 12);
      // RFC 9293 section 3.1: three bits that are still reserved, the fourth was given out by RFC 3540.
      return offset >= 0x50 && (offset & 0x0e) === 0 && 4 * (offset >>> 4) <= length;
    }
    case PROTOCOL.udp:
      return length >= 8 && view.getUint16(at + 4) >= 8 && view.getUint16(at + 4) <= length;
    case PROTOCOL.icmp:
      return length >= 8 && view.getUint8(at) < 44;
    case PROTOCOL.icmpv6:
      return length >= 4;
    case PROTOCOL.ipv4: {
      if (length < 20) return false;
      const first = view.getUint8(at);
      const header = 4 * (first & 15);
      const total = view.getUint16(at + 2);
      return first >>> 4 === 4 && header >= 20 && header <= total && total <= length;
    }
    case PROTOCOL.ipv6:
      return length >= 40 && view.getUint8(at) >>> 4 === 6 && view.getUint16(at + 4) + 40 <= length;
    case PROTOCOL.gre:
      // RFC 2784 section 2: bits 5 to 12 are 0; bit 8 is that of an acknowledgement in version 1 (RFC 2637 section 4.1).
      return length >= 4 && (view.getUint16(at) & 0x0f7e) === 0 && GRE_TYPES.has(view.getUint16(at + 2));
    case PROTOCOL.sctp:
      // RFC 9260 section 3: a first chunk of a type below 16, or of one that extensions gave out.
      return (
        length >= 16 &&
        (view.getUint8(at + 12) & 0x30) === 0 &&
        view.getUint16(at + 14) >= 4 &&
        view.getUint16(at + 14) <= length - 12
      );
    default:
      return true;
  }
}

function isTransportChecksumRight(
  view: DataView,
  at: number,
  end: number,
  protocol: number,
  fields: PacketFields,
): boolean {
  return isChecksumRight(view, at, end, pseudoHeaderSum(fields, protocol, end - at));
}
