import { IPSEC, PACKET_PROBLEM } from './packet-codes.ts';
import { noteProblem, type PacketFields } from './packet-fields.ts';

export const PROTOCOL = {
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  etherIp: 97,
  l2tp: 115,
  sctp: 132,
  udpLite: 136,
  mpls: 137,
  ethernet: 143,
} as const;

/** ESP in UDP, where a NAT is between (RFC 3948); the NAT may change one of the two ports. */
export const NAT_TRAVERSAL_PORT = 4500;

/** Reads the header of `out.protocol` at `at`, as far as it is there. `end` is the end of the IP packet or of what was captured. */
export function readTransport(view: DataView, at: number, end: number, out: PacketFields): void {
  switch (out.protocol) {
    case PROTOCOL.tcp:
      readPorts(view, at, end, out);
      readTcp(view, at, end, out);
      break;
    case PROTOCOL.udp:
      readPorts(view, at, end, out);
      readUdp(view, at, end, out);
      if (out.srcPort === NAT_TRAVERSAL_PORT || out.dstPort === NAT_TRAVERSAL_PORT) readEspInUdp(view, at, out);
      break;
    case PROTOCOL.esp:
      readEsp(view, out);
      break;
    case PROTOCOL.icmp:
    case PROTOCOL.icmpv6:
      readIcmp(view, at, end, out);
      break;
    case PROTOCOL.udpLite:
      readPorts(view, at, end, out);
      // Its second word is how much the checksum covers, not a length (RFC 3828 section 3.1).
      setPayload(at + 8, end, out);
      break;
    case PROTOCOL.sctp:
      readPorts(view, at, end, out);
      setPayload(at + 12, end, out);
      break;
    case PROTOCOL.dccp:
      readPorts(view, at, end, out);
      if (at + 5 > end) setPayload(end + 1, end, out);
      else setPayload(at + 4 * view.getUint8(at + 4), end, out);
      break;
  }
}

function readPorts(view: DataView, at: number, end: number, out: PacketFields): void {
  if (at + 4 > end) return;
  out.hasPorts = true;
  out.srcPort = view.getUint16(at);
  out.dstPort = view.getUint16(at + 2);
}

/** RFC 9293 section 3.1: the data offset in the upper half of byte 12, the flags in byte 13. */
function readTcp(view: DataView, at: number, end: number, out: PacketFields): void {
  if (at + 14 > end) {
    setPayload(end + 1, end, out);
    return;
  }
  out.tcpFlags = view.getUint8(at + 13);
  const header = (view.getUint8(at + 12) >>> 4) * 4;
  if (header < 20) {
    noteProblem(out, PACKET_PROBLEM.bad_length);
    setPayload(end, end, out);
  } else setPayload(at + header, end, out);
}

/** RFC 768; length 0 is a jumbogram (RFC 2675 section 4). That of a first fragment goes beyond it, as it is of the whole datagram. */
function readUdp(view: DataView, at: number, end: number, out: PacketFields): void {
  if (at + 8 > end) {
    setPayload(end + 1, end, out);
    return;
  }
  const length = view.getUint16(at + 4);
  if (length !== 0 && length < 8) {
    noteProblem(out, PACKET_PROBLEM.bad_length);
    setPayload(end, end, out);
  } else setPayload(at + 8, length === 0 ? end : Math.min(end, at + length), out);
}

/** RFC 4303 section 2: SPI and sequence number are all that can be read of it. */
function readEsp(view: DataView, out: PacketFields): void {
  if (out.payloadLength < 8) noteProblem(out, PACKET_PROBLEM.truncated);
  else setOpaque(view.getUint32(out.payloadAt), out);
}

/**
 * The SPI 0 marks IKE, and a keepalive is one byte (RFC 3948 sections 2.2 and 2.3). Other programs may have the port behind a NAT: SPIs up to 255 are
 * reserved, and ESP ends at a word (RFC 4303 sections 2.1 and 2.4), as all its check values do.
 */
function readEspInUdp(view: DataView, at: number, out: PacketFields): void {
  if (out.payloadLength < 8 || (view.getUint16(at + 4) & 3) !== 0) return;
  const spi = view.getUint32(out.payloadAt);
  if (spi > 255) setOpaque(spi, out);
}

function setOpaque(spi: number, out: PacketFields): void {
  out.spi = spi;
  out.ipsec = IPSEC.opaque;
}

function readIcmp(view: DataView, at: number, end: number, out: PacketFields): void {
  if (at < end) out.icmpType = view.getUint8(at);
  if (at + 1 < end) out.icmpCode = view.getUint8(at + 1);
  if (at + 2 > end) noteProblem(out, PACKET_PROBLEM.truncated);
  setPayload(Math.min(end, at + 8), end, out);
}

/** A payload that would begin behind the end means that the header is not whole. */
function setPayload(at: number, end: number, out: PacketFields): void {
  if (at > end) noteProblem(out, PACKET_PROBLEM.truncated);
  out.payloadAt = Math.min(at, end);
  out.payloadLength = end - out.payloadAt;
}
