import { ETHER_TYPE, etherTypeOfNextProtocol } from './ether-types.ts';
import { readL2tpOverUdp } from './l2tp.ts';
import { TUNNEL } from './packet-codes.ts';
import type { PacketFields } from './packet-fields.ts';
import { ipTypeAt, looksLikeFrame } from './plausible.ts';
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

/** True when the UDP datagram in `out` carries a tunnel whose header is wholly there. */
export function readUdpTunnel(view: DataView, out: PacketFields, header: TunnelHeader): boolean {
  const { srcPort, dstPort, payloadAt: at } = out;
  const end = at + out.payloadLength;
  switch (dstPort) {
    case PORT.vxlan:
    case PORT.oldVxlan:
      return readVxlan(view, at, end, header);
    case PORT.vxlanGpe:
      return readVxlanGpe(view, at, end, header);
    case PORT.geneve:
      return readGeneve(view, at, end, header);
    case PORT.lisp:
      return readLisp(view, at, end, header);
    case PORT.mpls:
      return at + 4 <= end && found(header, TUNNEL.mpls, 0, at, ETHER_TYPE.mpls);
  }
  // Of these either end may have any port.
  if (srcPort === PORT.gtpu || dstPort === PORT.gtpu) return readGtp(view, at, end, header);
  if (srcPort === PORT.l2tp || dstPort === PORT.l2tp) return readL2tpOverUdp(view, at, end, header);
  if (srcPort === PORT.teredo || dstPort === PORT.teredo) return readTeredo(view, at, end, header);
  return false;
}

/** RFC 7348 section 5: the flag I says that the VNI is valid. */
function readVxlan(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 8 > end || (view.getUint8(at) & 0x08) === 0) return false;
  return found(header, TUNNEL.vxlan, view.getUint32(at + 4) >>> 8, at + 8, ETHER_TYPE.ethernet);
}

/** draft-ietf-nvo3-vxlan-gpe section 3.1: the flag P says that byte 3 names what is inside. */
function readVxlanGpe(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 8 > end) return false;
  const flags = view.getUint8(at);
  const type = flags & 0x04 ? etherTypeOfNextProtocol(view.getUint8(at + 3)) : ETHER_TYPE.ethernet;
  const vni = flags & 0x08 ? view.getUint32(at + 4) >>> 8 : 0;
  return flags >>> 6 === 0 && type !== 0 && found(header, TUNNEL.vxlan, vni, at + 8, type);
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

/** 3GPP TS 29.281 section 5: version 1, not GTP'; the second part of the header is there when one of its three flags is set. */
function readGtp(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 8 > end) return false;
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

/** RFC 4380 section 5.1.1: an authentication and an origin indication may stand in front of the IPv6 packet, in this order. */
function readTeredo(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  let next = at;
  if (next + 4 <= end && view.getUint16(next) === 1) next += 13 + view.getUint8(next + 2) + view.getUint8(next + 3);
  if (next + 8 <= end && view.getUint16(next) === 0) next += 8;
  return ipTypeAt(view, next, end) === ETHER_TYPE.ipv6 && found(header, TUNNEL.teredo, 0, next, ETHER_TYPE.ipv6);
}

/** RFC 9300 section 5.3: the flag I says that the upper 24 bits of the second word are an instance. */
function readLisp(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  const ip = ipTypeAt(view, at + 8, end);
  const instance = ip !== 0 && (view.getUint8(at) & 0x08) !== 0 ? view.getUint32(at + 4) >>> 8 : 0;
  return ip !== 0 && found(header, TUNNEL.lisp, instance, at + 8, ip);
}
