import { IPSEC, PACKET_PROBLEM } from './packet-codes.ts';
import { clearFragment, clearTransport, noteProblem, type PacketFields } from './packet-fields.ts';
import { PROTOCOL, readTransport } from './transport-header.ts';

const MAPPED = 0xffff;

const NEXT_HEADER = { hopByHop: 0, routing: 43, fragment: 44, none: 59, destination: 60 } as const;

/** Extension headers that are followed: more are a sign of malice (RFC 8504 section 5.3 lets a host refuse them). */
const MAX_EXTENSION_HEADERS = 12;

/**
 * Reads the IP header at `at` and the transport header behind it. False, with the problem noted and the fields of the packet
 * before it untouched, when there is no whole IP header.
 */
export function readIp(view: DataView, at: number, end: number, out: PacketFields): boolean {
  if (at >= end) return refuse(out, PACKET_PROBLEM.truncated);
  const version = view.getUint8(at) >>> 4;
  if (version === 4) return readIPv4(view, at, end, out);
  if (version === 6) return readIPv6(view, at, end, out);
  return refuse(out, PACKET_PROBLEM.bad_ip_header);
}

function refuse(out: PacketFields, problem: number): false {
  noteProblem(out, problem);
  return false;
}

/** RFC 791 section 3.1. */
function readIPv4(view: DataView, at: number, end: number, out: PacketFields): boolean {
  const header = (view.getUint8(at) & 15) * 4;
  if (header < 20) return refuse(out, PACKET_PROBLEM.bad_ip_header);
  if (at + 20 > end) return refuse(out, PACKET_PROBLEM.truncated);
  clearTransport(out);
  out.hasIp = true;
  out.ipVersion = 4;
  out.ipAt = at;
  out.tos = view.getUint8(at + 1);
  out.ttl = view.getUint8(at + 8);
  out.protocol = view.getUint8(at + 9);
  out.flowLabel = 0;
  mapIPv4(out.srcAddr, view.getUint32(at + 12));
  mapIPv4(out.dstAddr, view.getUint32(at + 16));
  const pieces = view.getUint16(at + 6);
  out.fragmentOffset = (pieces & 0x1fff) * 8;
  out.moreFragments = (pieces & 0x2000) !== 0;
  out.fragment = out.moreFragments || out.fragmentOffset > 0;
  out.fragmentId = view.getUint16(at + 4);
  // Length 0 is what a capture in front of segmentation offload shows.
  const bytes = view.getUint16(at + 2);
  out.ipBytes = bytes < header ? 0 : bytes;
  if (bytes !== 0 && bytes < header) noteProblem(out, PACKET_PROBLEM.bad_length);
  const ipEnd = bytes < header ? end : at + bytes;
  out.cut = ipEnd > end;
  readUpper(view, at + header, Math.min(ipEnd, end), out.protocol, out);
  return true;
}

function mapIPv4(words: Uint32Array, address: number): void {
  words[0] = 0;
  words[1] = 0;
  words[2] = MAPPED;
  words[3] = address;
}

/** RFC 8200 section 3. */
function readIPv6(view: DataView, at: number, end: number, out: PacketFields): boolean {
  if (at + 40 > end) return refuse(out, PACKET_PROBLEM.truncated);
  clearTransport(out);
  clearFragment(out);
  out.hasIp = true;
  out.ipVersion = 6;
  out.ipAt = at;
  const first = view.getUint32(at);
  out.tos = (first >>> 20) & 255;
  out.flowLabel = first & 0xfffff;
  out.ttl = view.getUint8(at + 7);
  for (let word = 0; word < 4; word++) {
    out.srcAddr[word] = view.getUint32(at + 8 + 4 * word);
    out.dstAddr[word] = view.getUint32(at + 24 + 4 * word);
  }
  const payload = view.getUint16(at + 4);
  const next = view.getUint8(at + 6);
  // Length 0 stands for a jumbogram (RFC 2675) or segmentation offload, save where nothing is to follow.
  const known = payload > 0 || next === NEXT_HEADER.none;
  out.ipBytes = known ? 40 + payload : 0;
  const ipEnd = known ? at + 40 + payload : end;
  out.cut = ipEnd > end;
  readUpper(view, at + 40, Math.min(ipEnd, end), next, out);
  return true;
}

/**
 * Reads what follows the IP header, up to `end`: extension headers, of which IPv4 has AH alone, and the transport header. What
 * ESP in transport mode held is read by it as well.
 */
export function readUpper(view: DataView, at: number, end: number, next: number, out: PacketFields): void {
  let transport = at;
  if (out.ipVersion === 6 || next === PROTOCOL.authentication) {
    transport = skipExtensionHeaders(view, at, end, next, out);
  } else out.protocol = next;
  out.transportAt = Math.min(transport, end);
  out.transportLength = end - out.transportAt;
  out.payloadAt = out.transportAt;
  out.payloadLength = out.transportLength;
  if (transport > end) noteProblem(out, out.cut ? PACKET_PROBLEM.truncated : PACKET_PROBLEM.bad_length);
  else if (out.fragmentOffset === 0) readTransport(view, transport, end, out);
}

/** Sets `out.protocol` and the fragment's fields; the offset behind the last extension header that could be read. */
function skipExtensionHeaders(view: DataView, at: number, end: number, first: number, out: PacketFields): number {
  let header = first;
  let next = at;
  for (let n = 0; isExtensionHeader(header) && out.fragmentOffset === 0; n++) {
    out.protocol = header;
    if (n === MAX_EXTENSION_HEADERS) return stop(out, PACKET_PROBLEM.too_deep, end);
    if (next + 8 > end) return stop(out, PACKET_PROBLEM.truncated, end);
    const length = extensionBytes(header, view.getUint8(next + 1));
    if (header === NEXT_HEADER.fragment) readFragmentHeader(view, next, out);
    else if (header === PROTOCOL.authentication) readAuthentication(view, next, out);
    header = view.getUint8(next);
    next += length;
  }
  out.protocol = header;
  return next;
}

function stop(out: PacketFields, problem: number, end: number): number {
  noteProblem(out, problem);
  return end;
}

function isExtensionHeader(header: number): boolean {
  return (
    header === NEXT_HEADER.hopByHop ||
    header === NEXT_HEADER.routing ||
    header === NEXT_HEADER.fragment ||
    header === NEXT_HEADER.destination ||
    header === PROTOCOL.authentication
  );
}

/** In units of 8 bytes beyond the first 8; AH counts in units of 4, less two of them (RFC 4302 section 2.2). */
function extensionBytes(header: number, length: number): number {
  if (header === NEXT_HEADER.fragment) return 8;
  return header === PROTOCOL.authentication ? 4 * (length + 2) : 8 * (length + 1);
}

/** RFC 4302 section 2: the SPI is the second word. ESP around it says more of the packet. */
function readAuthentication(view: DataView, at: number, out: PacketFields): void {
  out.spi = view.getUint32(at + 4);
  if (out.ipsec === IPSEC.none) out.ipsec = IPSEC.ah;
}

/** RFC 8200 section 4.5. An atomic fragment (offset 0, no more to come; RFC 6946) is a whole packet. */
function readFragmentHeader(view: DataView, at: number, out: PacketFields): void {
  const pieces = view.getUint16(at + 2);
  out.fragmentOffset = pieces & 0xfff8;
  out.moreFragments = (pieces & 1) !== 0;
  out.fragment = out.moreFragments || out.fragmentOffset > 0;
  out.fragmentId = view.getUint32(at + 4);
}

/**
 * The protocol that tells fragments of the packet in `out` from those of others, beside addresses and identification: IPv4 has the
 * one in its header, AH for instance, whatever is behind it; in IPv6 the identification alone does (RFC 8200 section 4.5).
 */
export function fragmentProtocol(out: PacketFields): number {
  if (out.ipVersion === 6) return 0;
  return out.ipAt < 0 ? out.protocol : out.data.getUint8(out.ipAt + 9);
}
