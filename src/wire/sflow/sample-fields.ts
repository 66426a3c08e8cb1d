import { newPacketFields, type PacketFields } from '../../packet/index.ts';

/** Columns that only some samples fill, by bit: rows of a datagram make live what they have. */
export const GROUP = {
  tags: 1,
  flowLabel: 2,
  mpls: 4,
  router: 8,
  gateway: 16,
  nat: 32,
  names: 64,
  tunnel: 128,
  forwarding: 256,
  source: 512,
  secured: 1_024,
} as const;

/** Values of GROUP masks are below it. */
export const GROUP_MASKS = 2_048;

/** No MPLS label: the `unknown` of these columns. */
const NO_LABEL = 0xffff_ffff;

/** Layer of `bytes`, as the column `byte_layer` has it. */
export const LAYER = { unknown: 0, ip: 1, frame: 2 } as const;

/** What a flow sample says; one object is filled again for each. Addresses are four words, most significant first, all zero unknown. */
export interface SampleFields {
  /** Bits of GROUP. */
  groups: number;
  samplingRate: number;
  inIf: number;
  outIf: number;
  /** Codes of the columns `flow_direction` and `forwarding`. */
  direction: number;
  forwarding: number;

  /** Offsets of the records that describe the packet, -1 where there is none, with their ends. */
  rawAt: number;
  rawEnd: number;
  ethernetAt: number;
  ethernetEnd: number;
  ipv4At: number;
  ipv6At: number;
  readonly packet: PacketFields;
  bytes: number;
  byteLayer: number;

  /** VLANs as records beside the packet tell them; those that the agent took off the frame stand before those of the frame. */
  inVlan: number;
  outVlan: number;
  strippedVlan: number;
  strippedInnerVlan: number;
  readonly labels: Uint32Array;

  readonly nextHop: Uint32Array;
  srcMask: number;
  dstMask: number;

  readonly bgpNextHop: Uint32Array;
  srcAs: number;
  dstAs: number;
  srcPeerAs: number;
  dstPeerAs: number;
  /** Codes of text columns. */
  asPath: number;
  user: number;
  serverName: number;
  tunnel: number;

  readonly srcNat: Uint32Array;
  readonly dstNat: Uint32Array;
  srcNatPort: number;
  dstNatPort: number;

  /** Code of TUNNEL of the header that the agent says it took off or put on, -1 none; `tunnelIngress`: it took it off. */
  tunnelKind: number;
  tunnelIngress: boolean;
  tunnelId: number;
  readonly tunnelSrc: Uint32Array;
  readonly tunnelDst: Uint32Array;
}

export function newSampleFields(): SampleFields {
  return {
    groups: 0,
    samplingRate: 0,
    inIf: 0,
    outIf: 0,
    direction: 0,
    forwarding: 0,
    rawAt: -1,
    rawEnd: -1,
    ethernetAt: -1,
    ethernetEnd: -1,
    ipv4At: -1,
    ipv6At: -1,
    packet: newPacketFields(),
    bytes: 0,
    byteLayer: LAYER.unknown,
    inVlan: 0,
    outVlan: 0,
    strippedVlan: 0,
    strippedInnerVlan: 0,
    labels: new Uint32Array(3),
    nextHop: new Uint32Array(4),
    srcMask: 0,
    dstMask: 0,
    bgpNextHop: new Uint32Array(4),
    srcAs: 0,
    dstAs: 0,
    srcPeerAs: 0,
    dstPeerAs: 0,
    asPath: 0,
    user: 0,
    serverName: 0,
    tunnel: 0,
    srcNat: new Uint32Array(4),
    dstNat: new Uint32Array(4),
    srcNatPort: 0,
    dstNatPort: 0,
    tunnelKind: -1,
    tunnelIngress: false,
    tunnelId: 0,
    tunnelSrc: new Uint32Array(4),
    tunnelDst: new Uint32Array(4),
  };
}

/** Forgets the sample before. What belongs to a group is cleared when the sample before had that group. */
export function clearSampleFields(f: SampleFields): void {
  const { groups } = f;
  f.groups = 0;
  f.direction = 0;
  f.forwarding = 0;
  f.rawAt = -1;
  f.ethernetAt = -1;
  f.ipv4At = -1;
  f.ipv6At = -1;
  f.bytes = 0;
  f.byteLayer = LAYER.unknown;
  f.inVlan = 0;
  f.tunnelKind = -1;
  f.tunnelId = 0;
  if (groups & GROUP.tags) f.outVlan = f.strippedVlan = f.strippedInnerVlan = 0;
  if (groups & GROUP.router) clearRouter(f);
  if (groups & GROUP.gateway) clearGateway(f);
  if (groups & GROUP.nat) clearNat(f);
  if (groups & GROUP.names) f.user = f.serverName = 0;
  f.tunnel = 0;
  f.labels.fill(NO_LABEL);
}

function clearRouter(f: SampleFields): void {
  f.nextHop.fill(0);
  f.srcMask = 0;
  f.dstMask = 0;
}

function clearGateway(f: SampleFields): void {
  f.bgpNextHop.fill(0);
  f.srcAs = 0;
  f.dstAs = 0;
  f.srcPeerAs = 0;
  f.dstPeerAs = 0;
  f.asPath = 0;
}

function clearNat(f: SampleFields): void {
  f.srcNat.fill(0);
  f.dstNat.fill(0);
  f.srcNatPort = 0;
  f.dstNatPort = 0;
}
