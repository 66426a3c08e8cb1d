import { type DissectOptions, dissectLink, LINK_TYPE, type PacketFields } from '../../packet/index.ts';
import { GROUP, LAYER, type SampleFields } from './sample-fields.ts';
import { HEADER_PROTOCOL } from './sflow-format.ts';
import { readIpv4Words, readIpv6Words } from './xdr.ts';

/** Bytes of a label stack with its packet that are looked at: agents send 128 unless told otherwise. */
const MPLS_BYTES = 1_024;
/** PPP's number for MPLS (RFC 3032 section 4.3), which names to the dissector what a bare label stack cannot. */
const PPP_MPLS = 0x0281;
const NOTHING = -1;
const ICMP = 1;
const ICMPV6 = 58;

/** Whether a record of the sample describes a packet: what applications report in flow samples has none. */
export function hasPacket(f: SampleFields): boolean {
  return f.rawAt >= 0 || f.ipv4At >= 0 || f.ipv6At >= 0 || f.ethernetAt >= 0;
}

/** Reads the packet of a sample. A header in bytes says most; records of a decoded header fill what it does not say. */
export class SampledPackets {
  private readonly labels = new DataView(new ArrayBuffer(MPLS_BYTES));

  read(view: DataView, f: SampleFields, options: DissectOptions): void {
    const { packet } = f;
    if (f.rawAt >= 0) this.readRaw(view, f, options);
    else dissectLink(view, 0, 0, NOTHING, packet, options);
    if (!packet.hasIp) readDecoded(view, f);
    if (!packet.hasMac && f.ethernetAt >= 0) readEthernet(view, f);
  }

  /**
   * Octets are those of the IP packet by its own header. Where that has no length (segmentation offload, jumbograms) they are those
   * of the frame less what stands in front of IP; a frame without IP counts as a whole, less what the agent took off it.
   */
  private readRaw(view: DataView, f: SampleFields, options: DissectOptions): void {
    const { packet, rawAt } = f;
    const frame = view.getUint32(rawAt + 4);
    const stripped = view.getUint32(rawAt + 8);
    const frameBytes = stripped > frame ? frame : frame - stripped;
    const at = rawAt + 16;
    const length = Math.min(view.getUint32(rawAt + 12), f.rawEnd - at);
    const protocol = view.getUint32(rawAt);
    let before: number;
    if (protocol === HEADER_PROTOCOL.mpls) {
      this.dissectLabels(view, at, length, packet, options);
      before = packet.ipAt - 2;
    } else {
      dissectLink(view, at, length, linkTypeOf(protocol), packet, options);
      before = packet.ipAt - at;
    }
    f.byteLayer = packet.hasIp ? LAYER.ip : LAYER.frame;
    f.bytes = !packet.hasIp ? frameBytes : packet.ipBytes > 0 ? packet.ipBytes : Math.max(0, frameBytes - before);
  }

  private dissectLabels(
    view: DataView,
    at: number,
    length: number,
    packet: PacketFields,
    options: DissectOptions,
  ): void {
    const count = Math.min(length, MPLS_BYTES - 2);
    this.labels.setUint16(0, PPP_MPLS);
    for (let i = 0; i < count; i++) this.labels.setUint8(2 + i, view.getUint8(at + i));
    dissectLink(this.labels, 0, 2 + count, LINK_TYPE.ppp, packet, options);
  }
}

/** Of the other protocols of a header (token ring, FDDI, 802.11 ...) none is read: their frames are counted. */
function linkTypeOf(protocol: number): number {
  switch (protocol) {
    case HEADER_PROTOCOL.ethernet:
      return LINK_TYPE.ethernet;
    case HEADER_PROTOCOL.ppp:
    case HEADER_PROTOCOL.pos:
      return LINK_TYPE.ppp;
    case HEADER_PROTOCOL.ipv4:
    case HEADER_PROTOCOL.ipv6:
      return LINK_TYPE.raw;
    default:
      return NOTHING;
  }
}

/** `sampled_ipv4` and `sampled_ipv6`: length of the packet, protocol, addresses, ports, flags, and type of service or priority. */
function readDecoded(view: DataView, f: SampleFields): void {
  const { packet } = f;
  const four = f.ipv4At >= 0;
  const at = four ? f.ipv4At : f.ipv6At;
  if (at < 0) return;
  if (four) {
    readIpv4Words(view, at + 8, packet.srcAddr);
    readIpv4Words(view, at + 12, packet.dstAddr);
  } else {
    readIpv6Words(view, at + 8, packet.srcAddr);
    readIpv6Words(view, at + 24, packet.dstAddr);
  }
  const rest = four ? at + 16 : at + 40;
  const protocol = view.getUint32(at + 4) & 255;
  const ports = protocol !== ICMP && protocol !== ICMPV6;
  packet.hasIp = true;
  packet.ipVersion = four ? 4 : 6;
  packet.protocol = protocol;
  packet.srcPort = ports ? view.getUint32(rest) & 0xffff : 0;
  packet.dstPort = ports ? view.getUint32(rest + 4) & 0xffff : 0;
  packet.tcpFlags = view.getUint32(rest + 8) & 255;
  packet.tos = view.getUint32(rest + 12) & 255;
  f.bytes = view.getUint32(at);
  f.byteLayer = LAYER.ip;
}

/** `sampled_ethernet`: length, addresses of six bytes, padded to eight by those who follow XDR, type. */
function readEthernet(view: DataView, f: SampleFields): void {
  const { packet, ethernetAt: at } = f;
  const dst = at + (f.ethernetEnd - at >= 24 ? 12 : 10);
  packet.hasMac = true;
  packet.srcMacHi = view.getUint16(at + 4);
  packet.srcMacLo = view.getUint32(at + 6);
  packet.dstMacHi = view.getUint16(dst);
  packet.dstMacLo = view.getUint32(dst + 2);
  if (f.byteLayer !== LAYER.unknown) return;
  f.bytes = view.getUint32(at);
  f.byteLayer = LAYER.frame;
}

/**
 * The VLAN as the packet came in: the outermost tag that the agent took off, else what the switch says, which knows of ports
 * without tags, else the tag of the frame.
 */
export function joinVlans(f: SampleFields): void {
  const { packet } = f;
  const frame = packet.vlan > 4_094 ? 0 : packet.vlan;
  const told = f.inVlan !== 0 ? f.inVlan : frame;
  if (f.strippedVlan === 0) {
    f.inVlan = told;
    f.strippedInnerVlan = packet.innerVlan;
  } else {
    f.inVlan = f.strippedVlan;
    if (f.strippedInnerVlan === 0) f.strippedInnerVlan = told === f.strippedVlan ? frame : told;
  }
  if (f.strippedInnerVlan !== 0) f.groups |= GROUP.tags;
}
