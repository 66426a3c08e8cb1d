import { type ColumnName, enumCode, type FlowBatch, rowShape, setWide } from '../flow/index.ts';
import { ClockRule } from './clock-rule.ts';
import { FORMAT } from './export-header.ts';
import type { FlowContext } from './flow-context.ts';
import { NETFLOW5_HEADER_BYTES, NETFLOW5_MOST_RECORDS } from './netflow5-format.ts';
import type { Netflow5Header } from './netflow5-header.ts';

/** The columns that NetFlow v5 and v7 fill, with those that their receiver knows. */
export const NETFLOW5_SHAPE: readonly ColumnName[] = [
  'start',
  'end',
  'received',
  'time',
  'src_addr',
  'dst_addr',
  'src_port',
  'dst_port',
  'protocol',
  'icmp_type',
  'icmp_code',
  'raw_bytes',
  'raw_packets',
  'sampling',
  'sampling_origin',
  'tcp_flags',
  'tos',
  'exporter',
  'domain',
  'in_if',
  'out_if',
  'next_hop',
  'src_as',
  'dst_as',
  'src_mask',
  'dst_mask',
  'format',
  'byte_layer',
];
/** By whether the AS fields hold the adjacent AS (1) and whether the rows are of an import (2). */
const SHAPES = [0, 1, 2, 3].map((kind) => {
  const peer: Record<string, string> = kind & 1 ? { src_as: 'src_peer_as', dst_as: 'dst_peer_as' } : {};
  const names = NETFLOW5_SHAPE.map((name) => peer[name] ?? name);
  return rowShape(kind & 2 ? [...names, 'source'] : names);
});
const IP_LAYER = enumCode('byte_layer', 'ip');

const MAPPED = 0xffff;
const ICMP = 1;
const ICMPV6 = 58;
const NO_ICMP = 255;

/**
 * Writes the records of NetFlow v5 datagrams into one batch, whose arrays it looks up once. Every column of the shape is
 * written for every row, because batches are used again. No allocation; nothing here throws for what the bytes hold.
 */
export class Netflow5Writer {
  /** Records of the last `decode` whose times were moved: the exporter's clock is off, or its times are impossible. */
  correctedClocks = 0;
  /** Records of the last `decode` that the sieve did not keep. */
  shed = 0;
  /** Where the records lie that become rows. */
  private readonly places = new Uint32Array(NETFLOW5_MOST_RECORDS);
  private readonly capacity: number;
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
  private readonly exporterHi: Uint32Array;
  private readonly exporterLo: Uint32Array;
  private readonly domain: Uint32Array;
  private readonly inIf: Uint32Array;
  private readonly outIf: Uint32Array;
  private readonly nextHopHi: Uint32Array;
  private readonly nextHopLo: Uint32Array;
  private readonly srcAs: Uint32Array;
  private readonly dstAs: Uint32Array;
  private readonly srcPeerAs: Uint32Array;
  private readonly dstPeerAs: Uint32Array;
  private readonly srcMask: Uint8Array;
  private readonly dstMask: Uint8Array;
  private readonly format: Uint8Array;
  private readonly byteLayer: Uint8Array;
  private readonly source: Uint32Array;
  private readonly batch: FlowBatch;
  private readonly clock = new ClockRule();

  constructor(batch: FlowBatch) {
    this.batch = batch;
    this.capacity = batch.capacity;
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
    this.exporterHi = batch.u32('exporter_hi');
    this.exporterLo = batch.u32('exporter_lo');
    this.domain = batch.u32('domain');
    this.inIf = batch.u32('in_if');
    this.outIf = batch.u32('out_if');
    this.nextHopHi = batch.u32('next_hop_hi');
    this.nextHopLo = batch.u32('next_hop_lo');
    this.srcAs = batch.u32('src_as');
    this.dstAs = batch.u32('dst_as');
    this.srcPeerAs = batch.u32('src_peer_as');
    this.dstPeerAs = batch.u32('dst_peer_as');
    this.srcMask = batch.u8('src_mask');
    this.dstMask = batch.u8('dst_mask');
    this.format = batch.u8('format');
    this.byteLayer = batch.u8('byte_layer');
    this.source = batch.u32('source');
  }

  /**
   * Writes the whole records of the datagram at `offset` into the rows from `row` on; how many were written (fewer than
   * `header.wholeRecords` only when the batch is full, or by what was `shed`). `batch.rows` is the caller's to raise.
   */
  decode(view: DataView, offset: number, header: Netflow5Header, row: number, context: FlowContext): number {
    const fit = Math.min(header.wholeRecords, Math.max(0, this.capacity - row));
    const count = this.locate(view, offset + NETFLOW5_HEADER_BYTES, header.recordBytes, fit, context);
    this.correctedClocks = 0;
    this.shed = fit - count;
    if (count === 0) return 0;
    const peer = context.settings.asType === 'peer';
    const imported = context.sourceCode !== 0;
    this.batch.begin(SHAPES[Number(peer) + 2 * Number(imported)]!, row, count);
    if (imported) this.source.fill(context.sourceCode, row, row + count);
    this.writeShared(header, row, count, context);
    this.writeTimes(view, header, row, count, context);
    this.writeRecords(view, row, count, peer);
    return count;
  }

  /** Notes where the records lie that are kept of the `count` from `at` on; how many. */
  private locate(view: DataView, at: number, recordBytes: number, count: number, { sieve }: FlowContext): number {
    const { places } = this;
    if (sieve === null) {
      for (let i = 0; i < count; i++) places[i] = at + i * recordBytes;
      return count;
    }
    for (let i = 0; i < count; i++) sieve.sizes[i] = view.getUint32(at + i * recordBytes + 20);
    const n = sieve.sift(count);
    for (let i = 0; i < n; i++) places[i] = at + sieve.kept[i]! * recordBytes;
    return n;
  }

  /** What all records of a datagram have in common, column by column. */
  private writeShared(header: Netflow5Header, row: number, count: number, context: FlowContext): void {
    const to = row + count;
    const { exporter, receivedMs } = context;
    const receivedLow = receivedMs >>> 0;
    const receivedHigh = Math.floor(receivedMs / 4_294_967_296);
    for (let r = row; r < to; r++) {
      this.received[2 * r] = receivedLow;
      this.received[2 * r + 1] = receivedHigh;
      this.exporterHi[2 * r] = exporter[1]!;
      this.exporterHi[2 * r + 1] = exporter[0]!;
      this.exporterLo[2 * r] = exporter[3]!;
      this.exporterLo[2 * r + 1] = exporter[2]!;
    }
    this.srcHi.fill(0, 2 * row, 2 * to);
    this.dstHi.fill(0, 2 * row, 2 * to);
    this.nextHopHi.fill(0, 2 * row, 2 * to);
    this.sampling.fill(context.sampling, row, to);
    this.samplingOrigin.fill(context.samplingOrigin, row, to);
    this.domain.fill(header.engineType * 256 + header.engineId, row, to);
    this.format.fill(header.version === 7 ? FORMAT.netflow7 : FORMAT.netflow5, row, to);
    this.byteLayer.fill(IP_LAYER, row, to);
  }

  /**
   * First and last are in milliseconds since boot, modulo 2^32 like the header's uptime: the age of a flow is their signed
   * 32-bit difference, which is right across the wrap (every 49.7 days) for flows up to 24.8 days old. Where only the
   * header's clock is off (nfreplay writes one an hour ahead) the end is plausible as it is.
   */
  private writeTimes(view: DataView, header: Netflow5Header, row: number, count: number, context: FlowContext): void {
    const { exportMs, uptimeMs } = header;
    const { clock, places } = this;
    clock.set(exportMs, context, context.receivedMs);
    let corrected = 0;
    for (let i = 0; i < count; i++) {
      const at = places[i]!;
      const r = row + i;
      const end = Math.max(0, exportMs - ((uptimeMs - view.getUint32(at + 28)) | 0));
      // A flow that starts after its end has no duration, instead of a negative one that would spoil sums.
      const start = Math.min(end, Math.max(0, exportMs - ((uptimeMs - view.getUint32(at + 24)) | 0)));
      const time = clock.timeOf(end);
      if (time !== end) corrected++;
      setWide(this.start, r, start);
      setWide(this.end, r, end);
      setWide(this.time, r, time);
    }
    this.correctedClocks = corrected;
  }

  private writeRecords(view: DataView, row: number, count: number, peer: boolean): void {
    const { places } = this;
    const srcAs = peer ? this.srcPeerAs : this.srcAs;
    const dstAs = peer ? this.dstPeerAs : this.dstAs;
    for (let i = 0; i < count; i++) {
      const at = places[i]!;
      const r = row + i;
      const low = 2 * r;
      this.srcLo[low] = view.getUint32(at);
      this.srcLo[low + 1] = MAPPED;
      this.dstLo[low] = view.getUint32(at + 4);
      this.dstLo[low + 1] = MAPPED;
      const nextHop = view.getUint32(at + 8);
      this.nextHopLo[low] = nextHop;
      this.nextHopLo[low + 1] = nextHop === 0 ? 0 : MAPPED;
      this.inIf[r] = view.getUint16(at + 12);
      this.outIf[r] = view.getUint16(at + 14);
      this.packets[low] = view.getUint32(at + 16);
      this.packets[low + 1] = 0;
      this.bytes[low] = view.getUint32(at + 20);
      this.bytes[low + 1] = 0;
      this.srcPort[r] = view.getUint16(at + 32);
      this.tcpFlags[r] = view.getUint8(at + 37);
      const protocol = view.getUint8(at + 38);
      this.protocol[r] = protocol;
      this.tos[r] = view.getUint8(at + 39);
      srcAs[r] = view.getUint16(at + 40);
      dstAs[r] = view.getUint16(at + 42);
      this.srcMask[r] = view.getUint8(at + 44);
      this.dstMask[r] = view.getUint8(at + 45);
      // Type and code of ICMP travel in the destination port (type x 256 + code), where no port is.
      const icmp = protocol === ICMP || protocol === ICMPV6;
      const port = view.getUint16(at + 34);
      this.dstPort[r] = icmp ? 0 : port;
      this.icmpType[r] = icmp ? port >>> 8 : NO_ICMP;
      this.icmpCode[r] = icmp ? port & 255 : NO_ICMP;
    }
  }
}
