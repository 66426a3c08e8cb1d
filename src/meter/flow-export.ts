import { columnOf } from '../flow/index.ts';
import type { FlowEncoder, RefilledFlow } from '../wire/index.ts';
import { NO_LABEL } from './flow-record.ts';
import type { FlowColumns, FlowSink, Flows } from './flows.ts';
import { fillNames } from './record-names.ts';

const END_REASONS = columnOf('end_reason').values!;
const IPSEC = columnOf('ipsec').values!;
const CONTINUED = ['no', 'yes'] as const;
const NO_ICMP = 255;

export interface FlowExportOptions {
  /** Both directions in one record (RFC 5103), which only IPFIX can say; else one record for each. */
  readonly reverse: boolean;
}

/** Gives flows of a meter to an encoder. Nothing is made for a flow: one record is filled again. */
export class FlowExport implements FlowSink {
  /** The clock when flows are given: it stands in the headers of what is sent. Whoever meters sets it. */
  nowMs = 0;
  private readonly encoder: FlowEncoder;
  private readonly reverse: boolean;
  private readonly src = new Uint32Array(4);
  private readonly dst = new Uint32Array(4);
  private readonly srcMac = new Uint32Array(2);
  private readonly dstMac = new Uint32Array(2);
  private readonly record: RefilledFlow = {
    start: 0,
    end: 0,
    src_addr: this.src,
    dst_addr: this.dst,
    src_port: 0,
    dst_port: 0,
    protocol: 0,
    icmp_type: undefined,
    icmp_code: undefined,
    raw_bytes: 0,
    raw_packets: 0,
    tcp_flags: 0,
    tos: 0,
    ttl: undefined,
    flow_label: undefined,
    vlan: undefined,
    inner_vlan: undefined,
    src_mac: undefined,
    dst_mac: undefined,
    mpls_label: undefined,
    in_if: 0,
    out_if: 0,
    tunnel: '',
    spi: undefined,
    ipsec: 'none',
    continued: 'no',
    end_reason: 'unknown',
    sampling: 1,
    sampling_origin: undefined,
    application: undefined,
    application_evidence: undefined,
    security: undefined,
    client_side: undefined,
    server_name: undefined,
    server_name_source: undefined,
    rev_bytes: 0,
    rev_packets: undefined,
    rev_tcp_flags: 0,
    rev_tos: 0,
    rev_start: 0,
    rev_end: 0,
  };

  constructor(encoder: FlowEncoder, options: FlowExportOptions) {
    this.encoder = encoder;
    this.reverse = options.reverse;
  }

  flow(flows: Flows, slot: number, endReason: number): void {
    const { record } = this;
    this.fill(flows, slot, endReason);
    const both = flows.revPackets[slot]! > 0;
    record.rev_packets = undefined;
    if (both && this.reverse) this.opposite(flows, slot);
    this.encoder.add(record, this.nowMs);
    if (!both || this.reverse) return;
    this.fill(flows.back, slot, endReason);
    this.encoder.add(record, this.nowMs);
  }

  private fill(flows: FlowColumns, slot: number, endReason: number): void {
    this.common(flows, slot, endReason);
    this.forward(flows, slot);
  }

  /** What both directions have. */
  private common(flows: FlowColumns, slot: number, endReason: number): void {
    const { record } = this;
    record.protocol = flows.protocol[slot]!;
    const type = flows.icmpType[slot]!;
    record.icmp_type = type === NO_ICMP ? undefined : type;
    record.icmp_code = type === NO_ICMP ? undefined : flows.icmpCode[slot]!;
    record.vlan = flows.vlan[slot]! || undefined;
    record.inner_vlan = flows.innerVlan[slot]! || undefined;
    record.in_if = flows.inIf[slot]!;
    record.out_if = flows.outIf[slot]!;
    record.tunnel = flows.tunnels[flows.tunnel[slot]!]!;
    record.spi = flows.spi[slot]! || undefined;
    record.ipsec = IPSEC[flows.ipsec[slot]!]!;
    record.continued = CONTINUED[flows.continued[slot] === 1 ? 1 : 0];
    record.end_reason = END_REASONS[endReason]!;
    record.sampling = flows.sampling[slot]!;
    record.sampling_origin = flows.wholeFlows ? 'flows' : undefined;
    fillNames(record, flows, slot);
  }

  private forward(flows: FlowColumns, slot: number): void {
    const { record, src, dst, srcMac, dstMac } = this;
    for (let i = 0; i < 4; i++) {
      src[i] = flows.srcAddr[4 * slot + i]!;
      dst[i] = flows.dstAddr[4 * slot + i]!;
    }
    record.src_port = flows.srcPort[slot]!;
    record.dst_port = flows.dstPort[slot]!;
    srcMac[0] = flows.srcMacHi[slot]!;
    srcMac[1] = flows.srcMacLo[slot]!;
    dstMac[0] = flows.dstMacHi[slot]!;
    dstMac[1] = flows.dstMacLo[slot]!;
    const hasMac = (srcMac[0] | srcMac[1] | dstMac[0] | dstMac[1]) !== 0;
    record.src_mac = hasMac ? srcMac : undefined;
    record.dst_mac = hasMac ? dstMac : undefined;
    record.raw_bytes = flows.bytes[slot]!;
    record.raw_packets = flows.packets[slot]!;
    record.start = flows.start[slot]!;
    record.end = flows.end[slot]!;
    record.tcp_flags = flows.tcpFlags[slot]!;
    record.tos = flows.tos[slot]!;
    record.ttl = flows.ttl[slot]! || undefined;
    record.flow_label = flows.flowLabel[slot]! || undefined;
    const label = flows.mplsLabel[slot]!;
    record.mpls_label = label === NO_LABEL ? undefined : label;
  }

  /** The opposite direction beside the flow. */
  private opposite(flows: Flows, slot: number): void {
    const { record } = this;
    record.rev_bytes = flows.revBytes[slot]!;
    record.rev_packets = flows.revPackets[slot]!;
    record.rev_tcp_flags = flows.revTcpFlags[slot]!;
    record.rev_tos = flows.revTos[slot]!;
    record.rev_start = flows.revStart[slot]!;
    record.rev_end = flows.revEnd[slot]!;
  }
}
