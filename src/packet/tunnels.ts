import type { EspOpener } from './esp-opener.ts';
import { fragmentProtocol, readIp, readUpper } from './ip-header.ts';
import { ETHER_TYPE, walkToIp } from './link-layers.ts';
import {
  clearOuter,
  clearTransport,
  IPSEC,
  noteProblem,
  PACKET_PROBLEM,
  type PacketFields,
  TUNNEL,
} from './packet-fields.ts';
import { PROTOCOL } from './transport-header.ts';

const VXLAN_PORT = 4789;
/** Linux's default before IANA gave a port; flannel's still. */
const VXLAN_OLD_PORT = 8472;
const GENEVE_PORT = 6081;

/** What GRE carries that is no EtherType of link-layers.ts. */
const ERSPAN_2 = 0x88be;
const ERSPAN_3 = 0x22eb;

/** Tunnels that are followed, one inside the other. */
const MAX_TUNNELS = 6;

/** What the header of a tunnel says: where its payload begins, of which type it is, and the tunnel's number. */
interface TunnelHeader {
  kind: number;
  id: number;
  payloadAt: number;
  etherType: number;
}

/**
 * Goes into the tunnels that the packet in `out` carries, until there is none: then the fields are those of the innermost IP
 * packet. A tunnel whose IP packet cannot be read is not entered, so that the packet outside is never lost.
 */
export function enterTunnels(out: PacketFields, header: TunnelHeader, esp: EspOpener | undefined): void {
  let strongest: number = IPSEC.none;
  for (let depth = 0; ; depth++) {
    const sealed = out.ipsec === IPSEC.opaque;
    if (!sealed && !readTunnelHeader(out.data, out, header)) return;
    if (depth === MAX_TUNNELS) {
      noteProblem(out, PACKET_PROBLEM.too_deep);
      return;
    }
    if (!sealed) {
      if (!enter(out.data, out.transportAt + out.transportLength, out, header)) return;
    } else {
      if (!esp?.open(out)) return;
      strongest = Math.max(strongest, esp.ipsec);
      out.ipsec = strongest;
      if (!isTunnelMode(esp)) readTransportMode(out, esp);
      else {
        found(header, TUNNEL.esp, out.spi, esp.at, etherTypeOf(esp.nextHeader));
        if (!enter(esp.view, esp.end, out, header)) return;
      }
    }
  }
}

/** Sees into ESP in transport mode, however deep, and enters no tunnel. */
export function openTransportMode(out: PacketFields, esp: EspOpener): void {
  let strongest: number = IPSEC.none;
  for (let depth = 0; out.ipsec === IPSEC.opaque && depth < MAX_TUNNELS && esp.open(out); depth++) {
    strongest = Math.max(strongest, esp.ipsec);
    out.ipsec = strongest;
    if (!isTunnelMode(esp)) readTransportMode(out, esp);
  }
}

function isTunnelMode(esp: EspOpener): boolean {
  return esp.nextHeader === PROTOCOL.ipv4 || esp.nextHeader === PROTOCOL.ipv6;
}

function etherTypeOf(protocol: number): number {
  return protocol === PROTOCOL.ipv4 ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
}

/** The transport header was behind ESP. In a view of its own there is no IP header. */
function readTransportMode(out: PacketFields, esp: EspOpener): void {
  if (out.data !== esp.view) out.ipAt = -1;
  out.data = esp.view;
  clearTransport(out);
  readUpper(esp.view, esp.at, esp.end, esp.nextHeader, out);
}

/** A TunnelHeader to be filled. */
export function newTunnelHeader(): TunnelHeader {
  return { kind: TUNNEL.none, id: 0, payloadAt: 0, etherType: 0 };
}

function enter(view: DataView, end: number, out: PacketFields, header: TunnelHeader): boolean {
  const { problem, etherType, mplsCount, vlan, innerVlan } = out;
  const { hasMac, srcMacHi, srcMacLo, dstMacHi, dstMacLo } = out;
  if (out.tunnel === TUNNEL.none) {
    copyWords(out.outerSrc, out.srcAddr);
    copyWords(out.outerDst, out.dstAddr);
    if (out.fragment) noteOuterFragment(out);
  }
  out.etherType = header.etherType;
  const ipAt = walkToIp(view, header.payloadAt, end, out);
  if (ipAt >= 0 && readIp(view, ipAt, end, out)) {
    out.data = view;
    if (out.tunnel === TUNNEL.none) {
      out.tunnel = header.kind;
      out.tunnelId = header.id;
    }
    return true;
  }
  if (out.tunnel === TUNNEL.none) clearOuter(out);
  // What is inside is not IP (an ARP request in VXLAN, say): no fault of the packet outside.
  if (out.problem === PACKET_PROBLEM.not_ip) out.problem = problem;
  out.etherType = etherType;
  out.mplsCount = mplsCount;
  out.vlan = vlan;
  out.innerVlan = innerVlan;
  out.hasMac = hasMac;
  out.srcMacHi = srcMacHi;
  out.srcMacLo = srcMacLo;
  out.dstMacHi = dstMacHi;
  out.dstMacLo = dstMacLo;
  return false;
}

function noteOuterFragment(out: PacketFields): void {
  out.outerFragmentId = out.fragmentId;
  out.outerFragmentProtocol = fragmentProtocol(out);
}

function copyWords(to: Uint32Array, from: Uint32Array): void {
  for (let word = 0; word < 4; word++) to[word] = from[word]!;
}

/** True when the packet in `out` carries a tunnel whose header is wholly there. */
function readTunnelHeader(view: DataView, out: PacketFields, header: TunnelHeader): boolean {
  if (out.fragmentOffset > 0) return false;
  const at = out.transportAt;
  switch (out.protocol) {
    case PROTOCOL.ipv4:
    case PROTOCOL.ipv6:
      return found(header, kindOfIpInIp(out), 0, at, etherTypeOf(out.protocol));
    case PROTOCOL.gre:
      return readGre(view, at, at + out.transportLength, header);
    case PROTOCOL.udp:
      return readUdpTunnel(view, out, header);
    default:
      return false;
  }
}

/** What is named is the outermost tunnel: when this is it, an AH that was met is that of tunnel mode (RFC 4302 section 3.1.2). */
function kindOfIpInIp(out: PacketFields): number {
  if (out.ipsec === IPSEC.ah) return TUNNEL.ah;
  if (out.protocol === PROTOCOL.ipv4) return out.ipVersion === 4 ? TUNNEL.ipip : TUNNEL['4in6'];
  return out.ipVersion === 4 ? TUNNEL['6in4'] : TUNNEL['6in6'];
}

function found(header: TunnelHeader, kind: number, id: number, payloadAt: number, etherType: number): boolean {
  header.kind = kind;
  header.id = id;
  header.payloadAt = payloadAt;
  header.etherType = etherType;
  return true;
}

function readUdpTunnel(view: DataView, out: PacketFields, header: TunnelHeader): boolean {
  const { dstPort, payloadAt: at, payloadLength } = out;
  if (dstPort !== VXLAN_PORT && dstPort !== VXLAN_OLD_PORT && dstPort !== GENEVE_PORT) return false;
  if (payloadLength < 8) return false;
  const first = view.getUint32(at);
  const id = view.getUint32(at + 4) >>> 8;
  if (dstPort === GENEVE_PORT) {
    // RFC 8926 section 3.4: version 0; the length of the options is in words.
    const options = ((first >>> 24) & 0x3f) * 4;
    return first >>> 30 === 0 && found(header, TUNNEL.geneve, id, at + 8 + options, first & 0xffff);
  }
  // RFC 7348 section 5: the flag I says that the VNI is valid.
  return (first & 0x0800_0000) !== 0 && found(header, TUNNEL.vxlan, id, at + 8, ETHER_TYPE.ethernet);
}

/** RFC 2784 and 2890; source routes of RFC 1701 are not followed. Version 1 is PPTP's (RFC 2637 section 4.1). */
function readGre(view: DataView, at: number, end: number, header: TunnelHeader): boolean {
  if (at + 4 > end) return false;
  const flags = view.getUint16(at);
  const type = view.getUint16(at + 2);
  const version = flags & 7;
  if ((flags & 0x4000) !== 0 || version > 1) return false;
  let next = at + 4 + (flags & 0x8000 ? 4 : 0);
  const key = flags & 0x2000 ? next : -1;
  if (key >= 0) next += 4;
  const sequence = (flags & 0x1000) !== 0;
  if (sequence) next += 4;
  if (version === 1 && (flags & 0x80) !== 0) next += 4;
  if (next > end) return false;
  if (version === 1) return key >= 0 && found(header, TUNNEL.pptp, view.getUint16(key + 2), next, type);
  if (type === ERSPAN_2 || type === ERSPAN_3) return readErspan(view, next, end, type, sequence, header);
  return found(header, TUNNEL.gre, key < 0 ? 0 : view.getUint32(key), next, type);
}

/** draft-foschiano-erspan: type I has no header, nor a sequence number in GRE; type II has 8 bytes, type III 12 and 8 more if its last bit says so. */
function readErspan(
  view: DataView,
  at: number,
  end: number,
  type: number,
  sequence: boolean,
  header: TunnelHeader,
): boolean {
  if (type === ERSPAN_2 && !sequence) return found(header, TUNNEL.erspan, 0, at, ETHER_TYPE.ethernet);
  const fixed = type === ERSPAN_2 ? 8 : 12;
  if (at + fixed > end) return false;
  const session = view.getUint16(at + 2) & 0x3ff;
  const more = type === ERSPAN_3 && (view.getUint8(at + 11) & 1) !== 0 ? 8 : 0;
  return found(header, TUNNEL.erspan, session, at + fixed + more, ETHER_TYPE.ethernet);
}
