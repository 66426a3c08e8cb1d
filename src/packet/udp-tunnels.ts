import { ETHER_TYPE, etherTypeOfNextProtocol } from './ether-types.ts';
import { readL2tpOverUdp } from './l2tp.ts';
import { TUNNEL } from './packet-codes.ts';
import type { PacketFields } from './packet-fields.ts';
import { fillsWithIp, ipTypeAt, looksLikeFrame } from './plausible.ts';
import { found, type TunnelHeader } from './tunnel-header.ts';

const PORT = {
  l2tp: 1701,
  gtpu: 2152,
  teredo: 3544,
  lisp: 4341,
  vxlan: 4789,
  vxlanGpe: 4790,
  geneve: 6081,
  mpls: 6635,
  /** Linux's default for VXLAN before IANA gave a port; flannel's still. */
  oldVxlan: 8472,
} as const;

/** G-PDU, the message that carries a packet of the user (3GPP TS 29.281 section 6.1). */
const G_PDU = 255;
const MAX_GTP_EXTENSIONS = 8;

/** The first words of addresses. */
const TEREDO_PREFIX = 0x2001_0000;
const LINK_LOCAL = 0xfe80_0000;

/** Labels in front of an IP packet in UDP. */
const MAX_LABELS_IN_UDP = 8;

/** True for the ports that `readUdpTunnel` looks behind. */
export function mayBeTunnel(srcPort: number, dstPort: number): boolean {
  switch (dstPort) {
    case PORT.vxlan:
    case PORT.oldVxlan:
    case PORT.vxlanGpe:
    case PORT.geneve:
    case PORT.lisp:
    case PORT.mpls:
      return true;
  }
  return isOfEitherEnd(srcPort) || isOfEitherEnd(dstPort);
}

function isOfEitherEnd(port: number): boolean {
  return port === PORT.gtpu || port === PORT.l2tp || port === PORT.teredo;
}

/**
 * True when the UDP datagram in `out` carries a tunnel whose header is wholly there. A port is no proof: behind a NAT any program may have it. So
 * what the headers say must agree with the length of the datagram, or with what they may hold, before another packet is read out of it.
 */
export function readUdpTunnel(view: DataView, out: PacketFields, header: TunnelHeader): boolean {
  const { srcPort, dstPort, payloadAt: at } = out;
  const end = at + out.payloadLength;
  const isPart = out.cut || out.fragment;
  switch (dstPort) {
    case PORT.vxlan:
    case PORT.oldVxlan:
      return readVxlan(view, at, end, header);
    case PORT.vxlanGpe:
      return readVxlanGpe(view, at, end, header);
    case PORT.geneve:
      return readGeneve(view, at, end, header);
    case PORT.lisp:
      return readLisp(view, at, end, isPart, header);
    case PORT.mpls:
      return readMpls(view, at, end, isPart, header);
  }
  // Of these either end may have any port.
  if (srcPort === PORT.gtpu || dstPort === PORT.gtpu) return readGtp(view, at, end, isPart, header);
  if (srcPort === PORT.l2tp || dstPort === PORT.l2tp) return readL2tpOverUdp(view, at, end, header);
  if (srcPort === PORT.teredo || dstPort === PORT.teredo) return readTeredo(view, at, end, isPart, header);
  return false;
}

/** RFC 7348 section 5: the flag I says that the VNI is valid. */
function readVxlan(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 8 > end || (view.getUint8(at) & 0x08) === 0) return false;
  return found(header, TUNNEL.vxlan, view.getUint32(at + 4) >>> 8, at + 8, ETHER_TYPE.ethernet);
}

/** draft-ietf-nvo3-vxlan-gpe section 3.1: version 0, two bytes of zeros, and the flag P says that byte 3 names what is inside. */
function readVxlanGpe(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 8 > end) return false;
  const flags = view.getUint8(at);
  if (flags >>> 6 !== 0 || view.getUint16(at + 1) !== 0) return false;
  const type = flags & 0x04 ? etherTypeOfNextProtocol(view.getUint8(at + 3)) : ETHER_TYPE.ethernet;
  const vni = flags & 0x08 ? view.getUint32(at + 4) >>> 8 : 0;
  return type !== 0 && found(header, TUNNEL.vxlan, vni, at + 8, type);
}

/** RFC 8926 section 3.4: version 0; the length of the options is in words. */
function readGeneve(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 8 > end) return false;
  const first = view.getUint32(at);
  const options = ((first >>> 24) & 0x3f) * 4;
  return (
    first >>> 30 === 0 && found(header, TUNNEL.geneve, view.getUint32(at + 4) >>> 8, at + 8 + options, first & 0xffff)
  );
}

/** 3GPP TS 29.281 section 5: version 1, not GTP'; the length is that of what follows; the second part of the header is there when one of its three flags is set. */
function readGtp(view: DataView, at: number, end: number, isPart: boolean, header: TunnelHeader): boolean {
  if (at + 8 > end || (!isPart && view.getUint16(at + 2) !== end - at - 8)) return false;
  const flags = view.getUint8(at);
  if (flags >>> 4 !== 3 || view.getUint8(at + 1) !== G_PDU) return false;
  let next = at + 8;
  if ((flags & 7) !== 0) {
    next += 4;
    // Without the flag E, what stands in the place of the next extension's type means nothing.
    let more = (flags & 4) !== 0;
    for (let n = 0; more && next <= end; n++) {
      if (view.getUint8(next - 1) === 0) more = false;
      else {
        const words = next < end ? view.getUint8(next) : 0;
        if (words === 0 || n === MAX_GTP_EXTENSIONS) return false;
        next += 4 * words;
      }
    }
  }
  return readUserPacket(view, next, end, view.getUint32(at + 4), header);
}

/** What is inside is known to the two ends only: IP, or a frame in sessions of 5G for Ethernet. */
function readUserPacket(view: DataView, at: number, end: number, teid: number, header: TunnelHeader): boolean {
  const ip = ipTypeAt(view, at, end);
  if (ip !== 0) return found(header, TUNNEL.gtpu, teid, at, ip);
  return looksLikeFrame(view, at, end) && found(header, TUNNEL.gtpu, teid, at, ETHER_TYPE.ethernet);
}

/**
 * RFC 4380 section 5.1.1: an authentication and an origin indication may stand in front of the IPv6 packet, in this order. One of its ends has an
 * address of Teredo, 2001:0::/32 (section 4), but for the solicitations to a server, which come from fe80::/64.
 */
function readTeredo(view: DataView, at: number, end: number, isPart: boolean, header: TunnelHeader): boolean {
  let next = at;
  if (next + 4 <= end && view.getUint16(next) === 1) next += 13 + view.getUint8(next + 2) + view.getUint8(next + 3);
  if (next + 8 <= end && view.getUint16(next) === 0) next += 8;
  if (next + 40 > end || ipTypeAt(view, next, end) !== ETHER_TYPE.ipv6) return false;
  if (!isPart && view.getUint16(next + 4) > end - next - 40) return false;
  const src = view.getUint32(next + 8);
  if (src !== TEREDO_PREFIX && src !== LINK_LOCAL && view.getUint32(next + 24) !== TEREDO_PREFIX) return false;
  return found(header, TUNNEL.teredo, 0, next, ETHER_TYPE.ipv6);
}

/** RFC 9300 section 5.3: the flag I says that the upper 24 bits of the second word are an instance. */
function readLisp(view: DataView, at: number, end: number, isPart: boolean, header: TunnelHeader): boolean {
  if (!fillsWithIp(view, at + 8, end, isPart)) return false;
  const instance = (view.getUint8(at) & 0x08) !== 0 ? view.getUint32(at + 4) >>> 8 : 0;
  return found(header, TUNNEL.lisp, instance, at + 8, ipTypeAt(view, at + 8, end));
}

/** RFC 7510: behind the labels, IP or a pseudowire of Ethernet with or without its control word. */
function readMpls(view: DataView, at: number, end: number, isPart: boolean, header: TunnelHeader): boolean {
  for (let next = at + 4; next <= end && next <= at + 4 * MAX_LABELS_IN_UDP; next += 4) {
    // The bottom of the stack.
    if ((view.getUint8(next - 2) & 1) === 0) continue;
    const isRead =
      fillsWithIp(view, next, end, isPart) || looksLikeFrame(view, next, end) || looksLikeFrame(view, next + 4, end);
    return isRead && found(header, TUNNEL.mpls, 0, at, ETHER_TYPE.mpls);
  }
  return false;
}
