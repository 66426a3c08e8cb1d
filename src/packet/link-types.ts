import { ETHER_TYPE } from './ether-types.ts';
import { readNflog, skipPpi, skipRadiotap } from './link-capsules.ts';
import { readWireless } from './link-wireless.ts';
import { PACKET_PROBLEM } from './packet-codes.ts';
import { noteProblem, type PacketFields } from './packet-fields.ts';

/** Link types of captures: https://www.tcpdump.org/linktypes.html. Several numbers stand for raw IP, by operating system. */
export const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  rawOpenBsdLike: 12,
  rawOpenBsd: 14,
  pppHdlc: 50,
  pppoe: 51,
  raw: 101,
  ciscoHdlc: 104,
  wireless: 105,
  loop: 108,
  linuxCooked: 113,
  radiotap: 127,
  ppi: 192,
  mpls: 219,
  ipv4: 228,
  ipv6: 229,
  nflog: 239,
  linuxCooked2: 276,
} as const;

/**
 * Reads what stands in front of the first layer and sets `out.etherType` to that layer's type; its offset, or -1 with the
 * problem noted.
 */
export function readLinkHeader(view: DataView, at: number, end: number, linkType: number, out: PacketFields): number {
  switch (linkType) {
    case LINK_TYPE.ethernet:
      out.etherType = ETHER_TYPE.ethernet;
      return at;
    case LINK_TYPE.raw:
    case LINK_TYPE.rawOpenBsdLike:
    case LINK_TYPE.rawOpenBsd:
    case LINK_TYPE.ipv4:
    case LINK_TYPE.ipv6:
      // The version in the header decides; ip-header.ts looks at it.
      out.etherType = at < end && view.getUint8(at) >>> 4 === 6 ? ETHER_TYPE.ipv6 : ETHER_TYPE.ipv4;
      return at;
    case LINK_TYPE.mpls:
      out.etherType = ETHER_TYPE.mpls;
      return at;
    case LINK_TYPE.null:
    case LINK_TYPE.loop:
      return readFamily(view, at, end, out);
    case LINK_TYPE.linuxCooked:
      return readCooked(view, at, end, out);
    case LINK_TYPE.linuxCooked2:
      return readCooked2(view, at, end, out);
    case LINK_TYPE.ppp:
    case LINK_TYPE.pppHdlc:
    case LINK_TYPE.ciscoHdlc:
      return readHdlc(view, at, end, out);
    case LINK_TYPE.pppoe:
      out.etherType = ETHER_TYPE.pppoeSession;
      return at;
    case LINK_TYPE.wireless:
      return readWireless(view, at, end, out);
    case LINK_TYPE.radiotap: {
      const frame = skipRadiotap(view, at, end, out);
      return frame < 0 ? -1 : readWireless(view, frame, end, out);
    }
    case LINK_TYPE.ppi: {
      const frame = skipPpi(view, at, end, out);
      const inner = frame < 0 ? LINK_TYPE.ppi : view.getUint32(at + 4, true);
      if (frame >= 0 && inner === LINK_TYPE.ppi) return fail(out, PACKET_PROBLEM.unsupported_link);
      return frame < 0 ? -1 : readLinkHeader(view, frame, end, inner, out);
    }
    case LINK_TYPE.nflog:
      return readNflog(view, at, end, out);
    default:
      return fail(out, PACKET_PROBLEM.unsupported_link);
  }
}

function fail(out: PacketFields, problem: number): number {
  noteProblem(out, problem);
  return -1;
}

/** The address family in four bytes, in the byte order of the capturing machine; IPv6 has another number on each system. */
function readFamily(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 4 > end) return fail(out, PACKET_PROBLEM.truncated);
  const big = view.getUint32(at);
  const family = big > 0xffff ? view.getUint32(at, true) : big;
  if (family === 2) out.etherType = ETHER_TYPE.ipv4;
  else if (family === 10 || family === 24 || family === 28 || family === 30) out.etherType = ETHER_TYPE.ipv6;
  else return fail(out, PACKET_PROBLEM.not_ip);
  return at + 4;
}

/** LINKTYPE_LINUX_SLL: direction, ARPHRD type, length and 8 bytes of the sender's address, EtherType. */
function readCooked(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 16 > end) return fail(out, PACKET_PROBLEM.truncated);
  if (view.getUint16(at + 4) === 6) setSourceMac(view, at + 6, out);
  out.etherType = view.getUint16(at + 14);
  return at + 16;
}

/** LINKTYPE_LINUX_SLL2: EtherType, interface, ARPHRD type, direction, length and 8 bytes of the sender's address. */
function readCooked2(view: DataView, at: number, end: number, out: PacketFields): number {
  if (at + 20 > end) return fail(out, PACKET_PROBLEM.truncated);
  if (view.getUint8(at + 11) === 6) setSourceMac(view, at + 12, out);
  out.etherType = view.getUint16(at);
  return at + 20;
}

function setSourceMac(view: DataView, at: number, out: PacketFields): void {
  out.hasMac = true;
  out.srcMacHi = view.getUint16(at);
  out.srcMacLo = view.getUint32(at + 2);
}

/** Cisco's HDLC is told from PPP by its first byte: 0x0f for unicast, 0x8f for multicast, then 0 and an EtherType. */
function readHdlc(view: DataView, at: number, end: number, out: PacketFields): number {
  const first = at < end ? view.getUint8(at) : 0;
  if (first !== 0x0f && first !== 0x8f) {
    out.etherType = ETHER_TYPE.ppp;
    return at;
  }
  if (at + 4 > end) return fail(out, PACKET_PROBLEM.truncated);
  out.etherType = view.getUint16(at + 2);
  return at + 4;
}
