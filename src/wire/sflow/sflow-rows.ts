import { enumCode, type FlowBatch } from '../../flow/index.ts';
import { type ExportHeader, FORMAT } from '../export-header.ts';
import type { FlowContext } from '../flow-context.ts';
import { GroupColumns } from './group-columns.ts';
import type { RowShapes } from './row-shapes.ts';
import { LAYER, type SampleFields } from './sample-fields.ts';

/** By value of LAYER: the code of the column `byte_layer`. */
const BYTE_LAYERS = Uint8Array.from(['unknown', 'ip', 'frame'], (name) => enumCode('byte_layer', name));
/** Rows that a batch is asked to prepare at a time: more would be prepared in vain where samples of one kind follow those of another. */
const PREPARED = 16;
const HIGH = 4_294_967_296;

/** Writes samples as rows of one batch, whose arrays it looks up once. */
export class SflowRows {
  readonly capacity: number;
  private readonly batch: FlowBatch;
  private readonly shapes: RowShapes;
  private readonly groups: GroupColumns;
  private readonly start: Uint32Array;
  private readonly end: Uint32Array;
  private readonly received: Uint32Array;
  private readonly time: Uint32Array;
  private readonly srcHi: Uint32Array;
  private readonly srcLo: Uint32Array;
  private readonly dstHi: Uint32Array;
  private readonly dstLo: Uint32Array;
  private readonly srcPort: Uint16Array;
  private readonly dstPort: Uint16Array;
  private readonly protocol: Uint8Array;
  private readonly icmpType: Uint8Array;
  private readonly icmpCode: Uint8Array;
  private readonly bytes: Uint32Array;
  private readonly packets: Uint32Array;
  private readonly sampling: Uint32Array;
  private readonly samplingOrigin: Uint8Array;
  private readonly tcpFlags: Uint8Array;
  private readonly tos: Uint8Array;
  private readonly ttl: Uint8Array;
  private readonly exporterHi: Uint32Array;
  private readonly exporterLo: Uint32Array;
  private readonly domain: Uint32Array;
  private readonly agentHi: Uint32Array;
  private readonly agentLo: Uint32Array;
  private readonly inIf: Uint32Array;
  private readonly outIf: Uint32Array;
  private readonly direction: Uint8Array;
  private readonly srcMac: Uint32Array;
  private readonly dstMac: Uint32Array;
  private readonly vlan: Uint16Array;
  private readonly format: Uint8Array;
  private readonly byteLayer: Uint8Array;
  /** Rows from here on are not prepared for `preparedGroups`. */
  private preparedTo = 0;
  private preparedGroups = -1;

  constructor(batch: FlowBatch, shapes: RowShapes) {
    this.batch = batch;
    this.capacity = batch.capacity;
    this.shapes = shapes;
    this.groups = new GroupColumns(batch);
    this.start = batch.u32('start');
    this.end = batch.u32('end');
    this.received = batch.u32('received');
    this.time = batch.u32('time');
    this.srcHi = batch.u32('src_hi');
    this.srcLo = batch.u32('src_lo');
    this.dstHi = batch.u32('dst_hi');
    this.dstLo = batch.u32('dst_lo');
    this.srcPort = batch.u16('src_port');
    this.dstPort = batch.u16('dst_port');
    this.protocol = batch.u8('protocol');
    this.icmpType = batch.u8('icmp_type');
    this.icmpCode = batch.u8('icmp_code');
    this.bytes = batch.u32('raw_bytes');
    this.packets = batch.u32('raw_packets');
    this.sampling = batch.u32('sampling');
    this.samplingOrigin = batch.u8('sampling_origin');
    this.tcpFlags = batch.u8('tcp_flags');
    this.tos = batch.u8('tos');
    this.ttl = batch.u8('ttl');
    this.exporterHi = batch.u32('exporter_hi');
    this.exporterLo = batch.u32('exporter_lo');
    this.domain = batch.u32('domain');
    this.agentHi = batch.u32('agent_address_hi');
    this.agentLo = batch.u32('agent_address_lo');
    this.inIf = batch.u32('in_if');
    this.outIf = batch.u32('out_if');
    this.direction = batch.u8('flow_direction');
    this.srcMac = batch.u32('src_mac');
    this.dstMac = batch.u32('dst_mac');
    this.vlan = batch.u16('vlan');
    this.format = batch.u8('format');
    this.byteLayer = batch.u8('byte_layer');
  }

  /** Before the rows of a datagram: other writers may have used the batch in between. */
  begin(): void {
    this.preparedTo = 0;
    this.preparedGroups = -1;
  }

  /** Writes one sample as row `row`, which is behind the last one. `more` are the rows that may follow it, at most. */
  write(f: SampleFields, row: number, more: number, header: ExportHeader, context: FlowContext): void {
    const { groups } = f;
    if (groups !== this.preparedGroups || row >= this.preparedTo) {
      const count = Math.min(1 + more, PREPARED, this.capacity - row);
      this.batch.begin(this.shapes.of(groups), row, count);
      this.preparedGroups = groups;
      this.preparedTo = row + count;
    }
    this.writeShared(row, header, context);
    this.writePacket(f, row);
    this.sampling[row] = context.sampling;
    this.samplingOrigin[row] = context.samplingOrigin;
    this.inIf[row] = f.inIf;
    this.outIf[row] = f.outIf;
    this.direction[row] = f.direction;
    if (groups !== 0) this.groups.write(f, row, context.sourceCode);
  }

  /** sFlow has no time of a packet: that of the datagram's receipt is at most a second or so late. */
  private writeShared(row: number, header: ExportHeader, context: FlowContext): void {
    const { receivedMs, exporter } = context;
    const { agent } = header;
    const at = 2 * row;
    const low = receivedMs >>> 0;
    const high = Math.floor(receivedMs / HIGH);
    this.start[at] = low;
    this.start[at + 1] = high;
    this.end[at] = low;
    this.end[at + 1] = high;
    this.received[at] = low;
    this.received[at + 1] = high;
    this.time[at] = low;
    this.time[at + 1] = high;
    this.exporterHi[at] = exporter[1]!;
    this.exporterHi[at + 1] = exporter[0]!;
    this.exporterLo[at] = exporter[3]!;
    this.exporterLo[at + 1] = exporter[2]!;
    this.agentHi[at] = agent[1]!;
    this.agentHi[at + 1] = agent[0]!;
    this.agentLo[at] = agent[3]!;
    this.agentLo[at + 1] = agent[2]!;
    this.domain[row] = header.domain;
    this.format[row] = FORMAT.sflow;
  }

  private writePacket(f: SampleFields, row: number): void {
    const { packet } = f;
    const { srcAddr, dstAddr } = packet;
    const at = 2 * row;
    this.srcHi[at] = srcAddr[1]!;
    this.srcHi[at + 1] = srcAddr[0]!;
    this.srcLo[at] = srcAddr[3]!;
    this.srcLo[at + 1] = srcAddr[2]!;
    this.dstHi[at] = dstAddr[1]!;
    this.dstHi[at + 1] = dstAddr[0]!;
    this.dstLo[at] = dstAddr[3]!;
    this.dstLo[at + 1] = dstAddr[2]!;
    this.srcPort[row] = packet.srcPort;
    this.dstPort[row] = packet.dstPort;
    this.protocol[row] = packet.protocol;
    this.icmpType[row] = packet.icmpType;
    this.icmpCode[row] = packet.icmpCode;
    this.bytes[at] = f.bytes;
    this.bytes[at + 1] = 0;
    this.packets[at] = 1;
    this.packets[at + 1] = 0;
    this.tcpFlags[row] = packet.tcpFlags;
    this.tos[row] = packet.tos;
    this.ttl[row] = packet.ttl;
    this.srcMac[at] = packet.srcMacLo;
    this.srcMac[at + 1] = packet.srcMacHi;
    this.dstMac[at] = packet.dstMacLo;
    this.dstMac[at + 1] = packet.dstMacHi;
    this.vlan[row] = f.inVlan;
    this.byteLayer[row] = BYTE_LAYERS[f.byteLayer] ?? LAYER.unknown;
  }
}
