import type { EspOpener } from './esp-opener.ts';
import { ETHER_TYPE } from './ether-types.ts';
import { readGre } from './gre.ts';
import { fragmentProtocol, readIp, readUpper } from './ip-header.ts';
import { readL2tpOverIp } from './l2tp.ts';
import { walkToIp } from './link-layers.ts';
import { IPSEC, PACKET_PROBLEM, TUNNEL } from './packet-codes.ts';
import { clearOuter, clearTransport, noteProblem, type PacketFields } from './packet-fields.ts';
import { PROTOCOL } from './transport-header.ts';
import { found, type TunnelHeader } from './tunnel-header.ts';
import { readUdpTunnel } from './udp-tunnels.ts';

/** Tunnels that are followed, one inside the other. */
const MAX_TUNNELS = 6;

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
    case PROTOCOL.ethernet:
      return found(header, TUNNEL.etherip, 0, at, ETHER_TYPE.ethernet);
    case PROTOCOL.etherIp:
      // Version 3 and twelve zeros (RFC 3378 section 3).
      return (
        out.transportLength >= 2 &&
        view.getUint16(at) === 0x3000 &&
        found(header, TUNNEL.etherip, 0, at + 2, ETHER_TYPE.ethernet)
      );
    case PROTOCOL.l2tp:
      return readL2tpOverIp(view, at, at + out.transportLength, header);
    case PROTOCOL.mpls:
      return found(header, TUNNEL.mpls, 0, at, ETHER_TYPE.mpls);
    default:
      return false;
  }
}

/** What is named is the outermost tunnel: when this is it, an AH that was met is that of tunnel mode (RFC 4302 section 3.1.2). */
function kindOfIpInIp(out: PacketFields): number {
  return out.ipsec === IPSEC.ah ? TUNNEL.ah : ipInIpKind(out.ipVersion, out.protocol);
}

/** The kind by both versions: that outside, and the protocol inside, 4 for IPv4 and 41 for IPv6. */
export function ipInIpKind(outside: number, protocol: number): number {
  if (protocol === PROTOCOL.ipv4) return outside === 4 ? TUNNEL.ipip : TUNNEL['4in6'];
  return outside === 4 ? TUNNEL['6in4'] : TUNNEL['6in6'];
}
