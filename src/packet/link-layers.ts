import { ETHER_TYPE, etherTypeOfNextProtocol, LEAST_ETHER_TYPE } from './ether-types.ts';
import { PACKET_PROBLEM } from './packet-codes.ts';
import { MAX_LABELS, noteProblem, type PacketFields } from './packet-fields.ts';
import { ipTypeAt, looksLikeFrame, looksLikeIp } from './plausible.ts';

/** Tags, labels and headers that are followed in one packet. */
const MAX_LAYERS = 24;

/**
 * Follows the layers from `at` to an IP header, the first of which has the type in `out.etherType`; the offset of the IP
 * header, or -1 with the problem noted. `out.etherType` is in the end the type of what was reached.
 */
export function walkToIp(view: DataView, at: number, end: number, out: PacketFields): number {
  let next = at;
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    switch (out.etherType) {
      case ETHER_TYPE.ipv4:
      case ETHER_TYPE.ipv6:
        return next;
      case ETHER_TYPE.ethernet:
        next = readFrame(view, next, end, out);
        break;
      case ETHER_TYPE.vlan:
      case ETHER_TYPE.serviceVlan:
      case ETHER_TYPE.oldServiceVlan:
        next = readTag(view, next, end, out);
        break;
      case ETHER_TYPE.mpls:
      case ETHER_TYPE.mplsUpstream:
        next = readLabel(view, next, end, out);
        break;
      case ETHER_TYPE.pppoeSession:
        next = readPppoe(view, next, end, out);
        break;
      case ETHER_TYPE.ppp:
        next = readPpp(view, next, end, out);
        break;
      case ETHER_TYPE.macsec:
        next = readSecurityTag(view, next, end, out);
        break;
      case ETHER_TYPE.nsh:
        next = readServiceHeader(view, next, end, out);
        break;
      default:
        next = out.etherType < LEAST_ETHER_TYPE ? readLlc(view, next, end, out) : fail(out, PACKET_PROBLEM.not_ip);
    }
    if (next < 0) return -1;
  }
  return fail(out, PACKET_PROBLEM.too_deep);
}

function fail(out: PacketFields, problem: number): number {
  noteProblem(out, problem);
  return -1;
}

function readFrame(view: DataView, at: number, end: number, out: PacketFields): number {
  out.etherType = 0;
  if (at + 14 > end) return fail(out, PACKET_PROBLEM.truncated);
  // A frame inside of another has tags of its own.
  out.vlan = 0;
  out.innerVlan = 0;
  out.hasMac = true;
  out.dstMacHi = view.getUint16(at);
  out.dstMacLo = view.getUint32(at + 2);
  out.srcMacHi = view.getUint16(at + 6);
  out.srcMacLo = view.getUint32(at + 8);
  out.etherType = view.getUint16(at + 12);
  return at + 14;
}

function readTag(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 4 > end) return fail(out, PACKET_PROBLEM.truncated);
  const id = view.getUint16(at) & 0xfff;
  if (out.vlan === 0) out.vlan = id;
  else if (out.innerVlan === 0) out.innerVlan = id;
  out.etherType = view.getUint16(at + 2);
  return at + 4;
}

/** RFC 3032 section 2.1: 20 bits of label, 3 of class, 1 for the bottom of the stack, 8 of TTL. */
function readLabel(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 4 > end) return fail(out, PACKET_PROBLEM.truncated);
  const entry = view.getUint32(at);
  if (out.mplsCount < MAX_LABELS) out.mpls[out.mplsCount++] = entry >>> 12;
  if ((entry & 0x100) === 0) return at + 4;
  return readUnderLabels(view, at + 4, end, out);
}

/**
 * Nothing in the stack names what is under it. The first nibble tells IP (RFC 4928); a pseudowire of Ethernet (RFC 4448)
 * is told by an EtherType at its place, behind a control word, whose first nibble is 0, or without one. An Ethernet address
 * may begin with 4 or 6 as well, hence the look at the IP header.
 */
function readUnderLabels(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at >= end) return fail(out, PACKET_PROBLEM.truncated);
  const nibble = view.getUint8(at) >>> 4;
  const ip = ipTypeAt(view, at, end);
  if (ip !== 0 && (looksLikeIp(view, at, end, nibble) || !looksLikeFrame(view, at, end))) {
    out.etherType = ip;
    return at;
  }
  const frame = nibble === 0 && looksLikeFrame(view, at + 4, end) ? at + 4 : looksLikeFrame(view, at, end) ? at : -1;
  if (frame < 0) return fail(out, PACKET_PROBLEM.not_ip);
  out.etherType = ETHER_TYPE.ethernet;
  return frame;
}

/** RFC 2516 section 4: version and type 1, code 0 for a session, session id, length; then the PPP protocol. */
function readPppoe(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 6 > end) return fail(out, PACKET_PROBLEM.truncated);
  if (view.getUint16(at) !== 0x1100) return fail(out, PACKET_PROBLEM.not_ip);
  out.etherType = ETHER_TYPE.ppp;
  return at + 6;
}

/** RFC 1661 section 2, with address and control of RFC 1662 where they are there, and the protocol in one byte where its low bit says so. */
function readPpp(view: DataView, at: number, end: number, out: PacketFields): number {
  out.etherType = 0;
  let next = at;
  if (next + 2 <= end && view.getUint16(next) === 0xff03) next += 2;
  if (next >= end) return fail(out, PACKET_PROBLEM.truncated);
  let protocol = view.getUint8(next++);
  if ((protocol & 1) === 0) {
    if (next >= end) return fail(out, PACKET_PROBLEM.truncated);
    protocol = protocol * 256 + view.getUint8(next++);
  }
  out.etherType = etherTypeOfPpp(protocol);
  return out.etherType === 0 ? fail(out, PACKET_PROBLEM.not_ip) : next;
}

function etherTypeOfPpp(protocol: number): number {
  if (protocol === 0x21) return ETHER_TYPE.ipv4;
  if (protocol === 0x57) return ETHER_TYPE.ipv6;
  return protocol === 0x281 || protocol === 0x283 ? ETHER_TYPE.mpls : 0;
}

/** IEEE 802.2: of the LLC headers only SNAP (RFC 1042) leads to IP, with the OUI 0 or that of bridged frames. */
function readLlc(view: DataView, at: number, end: number, out: PacketFields): number {
  out.etherType = 0;
  if (at + 3 > end) return fail(out, PACKET_PROBLEM.truncated);
  if (view.getUint16(at) !== 0xaaaa || view.getUint8(at + 2) !== 3) return fail(out, PACKET_PROBLEM.not_ip);
  if (at + 8 > end) return fail(out, PACKET_PROBLEM.truncated);
  const organisation = view.getUint16(at + 3) * 256 + view.getUint8(at + 5);
  const type = view.getUint16(at + 6);
  if ((organisation !== 0 && organisation !== 0xf8) || type < LEAST_ETHER_TYPE) return fail(out, PACKET_PROBLEM.not_ip);
  out.etherType = type;
  return at + 8;
}

/** RFC 8300 section 2.2: the length of the whole in words, in the low six bits of the first half; the next protocol in byte 3. */
function readServiceHeader(view: DataView, at: number, end: number, out: PacketFields): number {
  out.etherType = 0;
  if (at + 8 > end) return fail(out, PACKET_PROBLEM.truncated);
  const first = view.getUint16(at);
  const length = (first & 0x3f) * 4;
  if (first >>> 14 !== 0 || length < 8) return fail(out, PACKET_PROBLEM.not_ip);
  out.etherType = etherTypeOfNextProtocol(view.getUint8(at + 3));
  return out.etherType === 0 ? fail(out, PACKET_PROBLEM.not_ip) : at + length;
}

/** IEEE 802.1AE section 9.3: 6 bytes, 8 more with an explicit channel (0x20); encrypted (0x08) or changed (0x04) data is not to be read. */
function readSecurityTag(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 6 > end) return fail(out, PACKET_PROBLEM.truncated);
  const control = view.getUint8(at);
  if ((control & 0x0c) !== 0) return fail(out, PACKET_PROBLEM.not_ip);
  const next = at + ((control & 0x20) !== 0 ? 14 : 6);
  if (next + 2 > end) return fail(out, PACKET_PROBLEM.truncated);
  out.etherType = view.getUint16(next);
  return next + 2;
}
