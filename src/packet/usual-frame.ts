import { ETHER_TYPE } from './ether-types.ts';
import { clearPacketFields, type PacketFields } from './packet-fields.ts';
import { NAT_TRAVERSAL_PORT, PROTOCOL } from './transport-header.ts';
import { mayBeTunnel } from './udp-tunnels.ts';

const MAPPED = 0xffff;

/** Don't fragment may be set, and the bit that is reserved: what is left says that the packet is one piece of several. */
const PIECES = 0x3fff;

/**
 * Reads the frame that nearly all are: Ethernet with one tag or none, IPv4 without options or IPv6 without extension headers, in one piece, and TCP or UDP
 * that is no tunnel, with whole headers. False, and nothing is written, for all others, which take the long way; it would give the same fields. What usual
 * frames never have is at rest in `out` from one of them to the next, so that it need not be cleared for each.
 */
export function readUsualFrame(view: DataView, at: number, end: number, out: PacketFields): boolean {
  if (at + 14 > end) return false;
  let etherType = view.getUint16(at + 12);
  let ipAt = at + 14;
  let vlan = 0;
  if (etherType === ETHER_TYPE.vlan) {
    if (at + 18 > end) return false;
    vlan = view.getUint16(at + 14) & 0xfff;
    etherType = view.getUint16(at + 16);
    ipAt = at + 18;
  }
  if (etherType !== ETHER_TYPE.ipv4 && etherType !== ETHER_TYPE.ipv6) return false;
  if (!readUsualIp(view, ipAt, end, out)) return false;
  out.etherType = etherType;
  out.vlan = vlan;
  out.dstMacHi = view.getUint16(at);
  out.dstMacLo = view.getUint32(at + 2);
  out.srcMacHi = view.getUint16(at + 6);
  out.srcMacLo = view.getUint32(at + 8);
  return true;
}

function readUsualIp(view: DataView, at: number, end: number, out: PacketFields): boolean {
  if (at + 28 > end) return false;
  const first = view.getUint8(at);
  return first === 0x45
    ? readUsualIPv4(view, at, end, out)
    : first >>> 4 === 6 && at + 48 <= end && readUsualIPv6(view, at, end, out);
}

/** RFC 791 section 3.1. */
function readUsualIPv4(view: DataView, at: number, end: number, out: PacketFields): boolean {
  const protocol = view.getUint8(at + 9);
  if (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp) return false;
  const bytes = view.getUint16(at + 2);
  if (bytes < 28 || (view.getUint16(at + 6) & PIECES) !== 0) return false;
  if (!readUsualTransport(view, at + 20, Math.min(at + bytes, end), protocol, out)) return false;
  out.ipVersion = 4;
  out.ipAt = at;
  out.tos = view.getUint8(at + 1);
  out.ttl = view.getUint8(at + 8);
  out.flowLabel = 0;
  out.fragmentId = view.getUint16(at + 4);
  out.ipBytes = bytes;
  out.cut = at + bytes > end;
  const { srcAddr, dstAddr } = out;
  srcAddr[0] = 0;
  srcAddr[1] = 0;
  srcAddr[2] = MAPPED;
  srcAddr[3] = view.getUint32(at + 12);
  dstAddr[0] = 0;
  dstAddr[1] = 0;
  dstAddr[2] = MAPPED;
  dstAddr[3] = view.getUint32(at + 16);
  return true;
}

/** RFC 8200 section 3. */
function readUsualIPv6(view: DataView, at: number, end: number, out: PacketFields): boolean {
  const protocol = view.getUint8(at + 6);
  const payload = view.getUint16(at + 4);
  if ((protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp) || payload < 8) return false;
  if (!readUsualTransport(view, at + 40, Math.min(at + 40 + payload, end), protocol, out)) return false;
  const first = view.getUint32(at);
  out.ipVersion = 6;
  out.ipAt = at;
  out.tos = (first >>> 20) & 255;
  out.ttl = view.getUint8(at + 7);
  out.flowLabel = first & 0xfffff;
  out.fragmentId = 0;
  out.ipBytes = 40 + payload;
  out.cut = at + 40 + payload > end;
  const { srcAddr, dstAddr } = out;
  for (let word = 0; word < 4; word++) {
    srcAddr[word] = view.getUint32(at + 8 + 4 * word);
    dstAddr[word] = view.getUint32(at + 24 + 4 * word);
  }
  return true;
}

/** TCP or UDP. The first to write anything: nothing is refused behind it. */
function readUsualTransport(view: DataView, at: number, end: number, protocol: number, out: PacketFields): boolean {
  if (at + 8 > end) return false;
  const srcPort = view.getUint16(at);
  const dstPort = view.getUint16(at + 2);
  let flags = 0;
  let payloadAt = at + 8;
  let payloadEnd = end;
  if (protocol === PROTOCOL.tcp) {
    if (at + 20 > end) return false;
    const header = view.getUint8(at + 12) >>> 4;
    payloadAt = at + 4 * header;
    if (header < 5 || payloadAt > end) return false;
    flags = view.getUint8(at + 13);
  } else {
    if (!isUsualPair(srcPort, dstPort)) return false;
    const length = view.getUint16(at + 4);
    if (length < 8) return false;
    payloadEnd = Math.min(end, at + length);
  }
  if (!out.isUsual) beUsual(out);
  out.data = view;
  out.protocol = protocol;
  out.transportAt = at;
  out.transportLength = end - at;
  out.srcPort = srcPort;
  out.dstPort = dstPort;
  out.tcpFlags = flags;
  out.payloadAt = payloadAt;
  out.payloadLength = payloadEnd - payloadAt;
  return true;
}

function isUsualPair(srcPort: number, dstPort: number): boolean {
  return srcPort !== NAT_TRAVERSAL_PORT && dstPort !== NAT_TRAVERSAL_PORT && !mayBeTunnel(srcPort, dstPort);
}

/** What all usual frames have in common, after one that was not usual. */
function beUsual(out: PacketFields): void {
  clearPacketFields(out);
  out.isUsual = true;
  out.hasMac = true;
  out.hasIp = true;
  out.hasPorts = true;
}
