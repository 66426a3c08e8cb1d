import { type ColumnName, type Dictionary, enumCode, type TextColumns } from '../flow/index.ts';
import { dissectEthernet, dissectIp, newPacketFields, type PacketFields } from '../packet/index.ts';
import { TunnelTexts } from './sflow/tunnel-texts.ts';
import { type FieldPlace, lengthOf, lowWordOf, type Slots, type TemplateLayout } from './template-layout.ts';
import type { DataSet } from './template-set.ts';
import { type Targets, targetOf } from './template-targets.ts';

/** A record that carries the begin of one packet (RFC 7133, and Juniper's, Cisco's and Open vSwitch's sampled packets). */
export interface PacketPlan {
  /** dataLinkFrameSection (315) or ipHeaderPacketSection (313). */
  readonly section: FieldPlace;
  readonly frame: boolean;
  /** dataLinkFrameType (408): 1 is Ethernet. */
  readonly frameType: FieldPlace | null;
  /** dataLinkFrameSize (312), for frames that are no IP. */
  readonly frameSize: FieldPlace | null;
}

/** What a packet fills. */
export const PACKET_COLUMNS: readonly ColumnName[] = [
  'src_addr',
  'dst_addr',
  'src_port',
  'dst_port',
  'protocol',
  'icmp_type',
  'icmp_code',
  'raw_bytes',
  'raw_packets',
  'tcp_flags',
  'tos',
  'ttl',
  'flow_label',
  'src_mac',
  'dst_mac',
  'vlan',
  'inner_vlan',
  'mpls_label',
  'mpls_label2',
  'mpls_label3',
  'byte_layer',
  'tunnel',
  'spi',
  'ipsec',
];

export function planPacket(layout: TemplateLayout): PacketPlan | null {
  const found = layout.find(0, [315, 313]);
  if (!found || layout.find(0, [8, 27]) || layout.find(0, [12, 28])) return null;
  return {
    section: found.place,
    frame: found.id === 315,
    frameType: layout.find(0, [408])?.place ?? null,
    frameSize: layout.find(0, [312])?.place ?? null,
  };
}

const T = Object.fromEntries(
  [
    ...['src_hi', 'src_lo', 'dst_hi', 'dst_lo', 'src_port', 'dst_port', 'protocol', 'icmp_type', 'icmp_code'],
    ...['raw_bytes', 'raw_packets', 'tcp_flags', 'tos', 'ttl', 'flow_label', 'src_mac', 'dst_mac', 'vlan'],
    ...['inner_vlan', 'mpls_label', 'mpls_label2', 'mpls_label3', 'byte_layer', 'tunnel', 'spi', 'ipsec'],
  ].map((name) => [name, targetOf(name)]),
);
const LABELS = [T.mpls_label!, T.mpls_label2!, T.mpls_label3!];
const NO_LABEL = 0xffff_ffff;
const ETHERNET = 1;
const IP_LAYER = enumCode('byte_layer', 'ip');
const FRAME_LAYER = enumCode('byte_layer', 'frame');

/** Reads packets into rows; one for a decoder. */
export class RecordPackets {
  private readonly fields = newPacketFields();
  private readonly tunnels = new TunnelTexts();
  private readonly texts: TextColumns;
  private generation = -1;

  constructor(texts: TextColumns) {
    this.texts = texts;
  }

  write(plan: PacketPlan, slots: Slots, n: number, row: number, targets: Targets, { view, context }: DataSet): void {
    const { fields } = this;
    const names = this.names();
    const out = targets.u32[T.tunnel!]!;
    const at = slots[plan.section.slot]!;
    for (let i = 0; i < n; i++) {
      const p = at[i]! + plan.section.offset;
      const length = lengthOf(plan.section, slots, i);
      const ethernet = plan.frameType === null || lowWordOf(view, plan.frameType, slots, i) === ETHERNET;
      // A frame of 802.11 is not read: no bytes of it are given.
      if (plan.frame) dissectEthernet(view, p, ethernet ? length : 0, fields, context.settings);
      else dissectIp(view, p, length, fields, context.settings);
      const size = plan.frameSize === null ? length : lowWordOf(view, plan.frameSize, slots, i);
      writePacket(fields, row + i, size, targets);
      out[row + i] = this.tunnelCode(names);
    }
  }

  /** The texts of tunnels, whose codes may have changed. */
  private names(): Dictionary {
    if (this.generation !== this.texts.generation) this.tunnels.forget();
    this.generation = this.texts.generation;
    return this.texts.of('tunnel');
  }

  private tunnelCode(names: Dictionary): number {
    const { tunnel, outerSrc, outerDst, tunnelId } = this.fields;
    return tunnel === 0 ? 0 : this.tunnels.code(names, tunnel, outerSrc, outerDst, tunnelId);
  }
}

function writePacket(fields: PacketFields, r: number, frameBytes: number, targets: Targets): void {
  const { u8, u16, u32 } = targets;
  const ip = fields.hasIp && fields.ipBytes > 0;
  setAddress(u32[T.src_hi!]!, u32[T.src_lo!]!, r, fields.srcAddr);
  setAddress(u32[T.dst_hi!]!, u32[T.dst_lo!]!, r, fields.dstAddr);
  u16[T.src_port!]![r] = fields.srcPort;
  u16[T.dst_port!]![r] = fields.dstPort;
  u8[T.protocol!]![r] = fields.protocol;
  u8[T.icmp_type!]![r] = fields.icmpType;
  u8[T.icmp_code!]![r] = fields.icmpCode;
  setPair(u32[T.raw_bytes!]!, r, 0, ip ? fields.ipBytes : frameBytes);
  setPair(u32[T.raw_packets!]!, r, 0, 1);
  u8[T.byte_layer!]![r] = ip ? IP_LAYER : FRAME_LAYER;
  u8[T.tcp_flags!]![r] = fields.tcpFlags;
  u8[T.tos!]![r] = fields.tos;
  u8[T.ttl!]![r] = fields.ttl;
  u32[T.flow_label!]![r] = fields.flowLabel;
  setPair(u32[T.src_mac!]!, r, fields.srcMacHi, fields.srcMacLo);
  setPair(u32[T.dst_mac!]!, r, fields.dstMacHi, fields.dstMacLo);
  u16[T.vlan!]![r] = fields.vlan;
  u16[T.inner_vlan!]![r] = fields.innerVlan;
  u32[T.spi!]![r] = fields.spi;
  u8[T.ipsec!]![r] = fields.ipsec;
  for (let k = 0; k < LABELS.length; k++) u32[LABELS[k]!]![r] = k < fields.mplsCount ? fields.mpls[k]! : NO_LABEL;
}

function setAddress(hi: Uint32Array, lo: Uint32Array, r: number, words: Uint32Array): void {
  setPair(hi, r, words[0]!, words[1]!);
  setPair(lo, r, words[2]!, words[3]!);
}

function setPair(words: Uint32Array, r: number, high: number, low: number): void {
  words[2 * r] = low;
  words[2 * r + 1] = high;
}
