import { IPSEC, PACKET_PROBLEM, TUNNEL } from './packet-codes.ts';

/** MPLS labels that are kept, from the top of the stack. */
export const MAX_LABELS = 8;

/** ICMP type or code that is not known. */
const NO_ICMP = 255;

/**
 * What a packet says of itself. One object is filled again for each packet. Addresses are four words in the order of
 * AddressWords (word 0 is the most significant; IPv4 as ::ffff:a.b.c.d). All offsets are offsets in the view that was
 * dissected; -1 where there is no such thing.
 */
export interface PacketFields {
  /** What the offsets are offsets in: the view that was dissected, or the plain text of an ESP packet until the next one is decrypted. */
  data: DataView;
  /** The packet was read by usual-frame.ts: then all that usual frames never have is as in cleared fields. */
  isUsual: boolean;
  /** 0 or a code of PACKET_PROBLEM; the first one that was met. */
  problem: number;

  /** Ethernet addresses as 16 and 32 bits; of the frame that is next to the IP header. Linux cooked captures know the source only. */
  hasMac: boolean;
  srcMacHi: number;
  srcMacLo: number;
  dstMacHi: number;
  dstMacLo: number;
  /** What the link layers carry in the end, under tags, labels and PPPoE: 0x0800, 0x86dd, 0x0806 ...; 0 unknown. */
  etherType: number;
  /** Outermost and second VLAN with an id of 1 to 4094 (4095 is kept as it is); 0 none. A priority tag is no VLAN. */
  vlan: number;
  innerVlan: number;
  /** Labels in `mpls`, top first, those of an outer packet before those of an inner one. */
  mplsCount: number;
  readonly mpls: Uint32Array;

  hasIp: boolean;
  ipVersion: 0 | 4 | 6;
  /** Offset of the IP header that the fields are of; -1 as well where only what it carried is in `data`, out of ESP. */
  ipAt: number;
  readonly srcAddr: Uint32Array;
  readonly dstAddr: Uint32Array;
  /** IPv4's protocol, or the next header after IPv6's extension headers. */
  protocol: number;
  /** IPv4's type of service or IPv6's traffic class: DSCP and ECN. */
  tos: number;
  /** TTL or hop limit. */
  ttl: number;
  flowLabel: number;
  /** Whole length of the IP packet by its own header, however much was captured; 0 unknown (jumbogram, segmentation offload). */
  ipBytes: number;
  /** True for every piece of a fragmented packet; `fragmentOffset` in bytes. */
  fragment: boolean;
  fragmentOffset: number;
  fragmentId: number;
  moreFragments: boolean;

  /** Captured bytes behind the IP headers: the transport header with its data, or the data of a later fragment. */
  transportAt: number;
  transportLength: number;
  /** True when fewer bytes were captured than the IP header announces. */
  cut: boolean;
  hasPorts: boolean;
  srcPort: number;
  dstPort: number;
  /** 255 unknown. */
  icmpType: number;
  icmpCode: number;
  /** The low eight flags; 0 where the header is cut before them. */
  tcpFlags: number;
  /** Captured payload of the transport, bounded by the lengths of IP and UDP. */
  payloadAt: number;
  payloadLength: number;

  /** Code in TUNNEL of the outermost tunnel that was entered, its end points and its number: VNI, GRE key, session, call. */
  tunnel: number;
  readonly outerSrc: Uint32Array;
  readonly outerDst: Uint32Array;
  tunnelId: number;
  /** Identification of the outermost packet where it is a first fragment and was entered all the same, and the protocol that it is keyed by; -1 else. */
  outerFragmentId: number;
  outerFragmentProtocol: number;

  /** Code in IPSEC; the strongest that was met on the way in. `spi` is that of the innermost IPsec header, 0 none. */
  ipsec: number;
  spi: number;
}

const NO_DATA = new DataView(new ArrayBuffer(0));

/** A PacketFields to be filled. */
export function newPacketFields(): PacketFields {
  return {
    data: NO_DATA,
    isUsual: false,
    problem: 0,
    hasMac: false,
    srcMacHi: 0,
    srcMacLo: 0,
    dstMacHi: 0,
    dstMacLo: 0,
    etherType: 0,
    vlan: 0,
    innerVlan: 0,
    mplsCount: 0,
    mpls: new Uint32Array(MAX_LABELS),
    hasIp: false,
    ipVersion: 0,
    ipAt: -1,
    srcAddr: new Uint32Array(4),
    dstAddr: new Uint32Array(4),
    protocol: 0,
    tos: 0,
    ttl: 0,
    flowLabel: 0,
    ipBytes: 0,
    fragment: false,
    fragmentOffset: 0,
    fragmentId: 0,
    moreFragments: false,
    transportAt: -1,
    transportLength: 0,
    cut: false,
    hasPorts: false,
    srcPort: 0,
    dstPort: 0,
    icmpType: NO_ICMP,
    icmpCode: NO_ICMP,
    tcpFlags: 0,
    payloadAt: -1,
    payloadLength: 0,
    tunnel: 0,
    outerSrc: new Uint32Array(4),
    outerDst: new Uint32Array(4),
    tunnelId: 0,
    outerFragmentId: -1,
    outerFragmentProtocol: 0,
    ipsec: IPSEC.none,
    spi: 0,
  };
}

/** Forgets the packet before. */
export function clearPacketFields(out: PacketFields): void {
  out.isUsual = false;
  out.problem = PACKET_PROBLEM.none;
  clearLink(out);
  out.etherType = 0;
  out.mplsCount = 0;
  out.hasIp = false;
  out.ipVersion = 0;
  out.ipAt = -1;
  clearWords(out.srcAddr);
  clearWords(out.dstAddr);
  out.protocol = 0;
  out.tos = 0;
  out.ttl = 0;
  out.flowLabel = 0;
  out.ipBytes = 0;
  clearFragment(out);
  clearTransport(out);
  out.transportAt = -1;
  out.transportLength = 0;
  out.cut = false;
  clearOuter(out);
  out.ipsec = IPSEC.none;
  out.spi = 0;
}

/** No tunnel was entered. */
export function clearOuter(out: PacketFields): void {
  out.tunnel = TUNNEL.none;
  clearWords(out.outerSrc);
  clearWords(out.outerDst);
  out.tunnelId = 0;
  out.outerFragmentId = -1;
  out.outerFragmentProtocol = 0;
}

/** No frame: neither addresses nor tags. */
function clearLink(out: PacketFields): void {
  out.hasMac = false;
  out.srcMacHi = 0;
  out.srcMacLo = 0;
  out.dstMacHi = 0;
  out.dstMacLo = 0;
  out.vlan = 0;
  out.innerVlan = 0;
}

export function clearFragment(out: PacketFields): void {
  out.fragment = false;
  out.fragmentOffset = 0;
  out.fragmentId = 0;
  out.moreFragments = false;
}

export function clearTransport(out: PacketFields): void {
  out.hasPorts = false;
  out.srcPort = 0;
  out.dstPort = 0;
  out.icmpType = NO_ICMP;
  out.icmpCode = NO_ICMP;
  out.tcpFlags = 0;
  out.payloadAt = -1;
  out.payloadLength = 0;
}

/** Written out: `fill` of four words costs more than the four stores. */
function clearWords(words: Uint32Array): void {
  words[0] = 0;
  words[1] = 0;
  words[2] = 0;
  words[3] = 0;
}

/** Notes a problem; the first one stays, as what follows may come of it. */
export function noteProblem(out: PacketFields, problem: number): void {
  if (out.problem === PACKET_PROBLEM.none) out.problem = problem;
}
