import type { Dictionary, FlowBatch, TextColumns } from '../../flow/index.ts';
import { IPSEC, TUNNEL } from '../../packet/index.ts';
import type { DecodeError } from '../decode-errors.ts';
import type { ExportHeader } from '../export-header.ts';
import type { FlowContext } from '../flow-context.ts';
import { readCounterSample } from './counter-sample.ts';
import { FlowRecords } from './flow-records.ts';
import { newSampleHead, readSampleHead } from './flow-sample.ts';
import { RowShapes } from './row-shapes.ts';
import { clearSampleFields, GROUP, newSampleFields, type SampleFields } from './sample-fields.ts';
import { hasPacket, joinVlans, SampledPackets } from './sampled-packet.ts';
import { padded, SAMPLE, SFLOW_MOST_ROWS, SFLOW_MOST_SAMPLES } from './sflow-format.ts';
import { newSflowResult, resetSflowResult, type SflowResult } from './sflow-result.ts';
import { SflowRows } from './sflow-rows.ts';
import { setDropSampling, setSflowSampling } from './sflow-sampling.ts';
import type { SflowSession } from './sflow-session.ts';
import { TunnelTexts } from './tunnel-texts.ts';

/** In `sampleClasses`: discarded packets have a sequence of their own beside the samples of the same source. */
const DISCARDED_CLASS = 0x1000;

/**
 * Reads the samples of sFlow datagrams: flow samples and discarded packets into rows of the bound batch, interface counters into the
 * session. One for each receiving thread; `result` is about the last datagram. No allocation for a sample; nothing throws for what bytes hold.
 */
export class SflowDecoder {
  /** Rows of one datagram at most: what a batch must have room for. */
  readonly maxRows = SFLOW_MOST_ROWS;
  readonly result: SflowResult = newSflowResult(SFLOW_MOST_SAMPLES);
  private readonly texts: TextColumns;
  private generation = -1;
  private tunnels: Dictionary;
  private readonly tunnelTexts = new TunnelTexts();
  private readonly records: FlowRecords;
  private readonly packets = new SampledPackets();
  private readonly shapes = new RowShapes();
  private readonly head = newSampleHead();
  private readonly fields: SampleFields = newSampleFields();
  private rows: SflowRows | null = null;
  private batch: FlowBatch | null = null;

  constructor(texts: TextColumns) {
    this.texts = texts;
    this.tunnels = texts.of('tunnel');
    this.records = new FlowRecords(texts);
  }

  /** Rows go to this batch from now on. Its text columns are those of `texts`. */
  bind(batch: FlowBatch | null): void {
    this.batch = batch;
    this.rows = batch === null ? null : new SflowRows(batch, this.shapes);
  }

  /**
   * Reads the datagram at [at, at + length), whose header has been read. With `write`, rows are written behind `batch.rows`, which
   * is the caller's to raise by `result.rows`.
   */
  decode(
    view: DataView,
    at: number,
    length: number,
    header: ExportHeader,
    session: SflowSession,
    context: FlowContext,
    write: boolean,
  ): void {
    const { result } = this;
    resetSflowResult(result);
    this.renewTexts();
    session.begin(header.uptimeMs, context.receivedMs);
    this.rows?.begin();
    const end = at + length;
    let next = at + header.headerBytes;
    for (let i = 0; i < header.count; i++) {
      const sampleEnd = next + 8 > end ? -1 : next + 8 + view.getUint32(next + 4);
      if (sampleEnd < 0 || sampleEnd > end) {
        result.unreadable += header.count - i;
        this.problem('truncated');
        return;
      }
      this.readSample(view, next, sampleEnd, header, session, context, write);
      next = Math.min(end, next + 8 + padded(sampleEnd - next - 8));
    }
    if (next < end) this.problem('trailing_bytes');
  }

  private readSample(
    view: DataView,
    at: number,
    end: number,
    header: ExportHeader,
    session: SflowSession,
    context: FlowContext,
    write: boolean,
  ): void {
    const format = view.getUint32(at);
    switch (format) {
      case SAMPLE.flow:
      case SAMPLE.expandedFlow:
      case SAMPLE.discarded:
        this.readFlowSample(view, format, at + 8, end, header, session, context, write);
        return;
      case SAMPLE.counters:
      case SAMPLE.expandedCounters:
        this.result.counterSamples += 1;
        if (!readCounterSample(view, at + 8, end, format === SAMPLE.expandedCounters, session, context.receivedMs))
          this.unreadable();
        return;
      // Those of vendors, and of formats that are not known, are stepped over.
    }
  }

  private readFlowSample(
    view: DataView,
    format: number,
    at: number,
    end: number,
    header: ExportHeader,
    session: SflowSession,
    context: FlowContext,
    write: boolean,
  ): void {
    const { result, head, fields } = this;
    clearSampleFields(fields);
    if (!readSampleHead(view, format, at, end, head, fields)) {
      this.unreadable();
      return;
    }
    result.records += 1;
    const discarded = format === SAMPLE.discarded;
    const n = result.sources;
    result.sampleClasses[n] = (head.sourceClass & 0xfff) | (discarded ? DISCARDED_CLASS : 0);
    result.sampleSources[n] = head.sourceIndex;
    result.sampleSequences[n] = head.sequence;
    result.sources = n + 1;
    result.exporterDrops += session.dropsSince(discarded ? 1 : 0, head.sourceClass, head.sourceIndex, head.drops);
    const whole = this.readRecords(view, end, fields);
    // A packet that was dropped is one, also where nothing more is told of it.
    if (!discarded && !hasPacket(fields)) {
      if (whole) result.withoutPacket += 1;
      else this.unreadable();
      return;
    }
    if (!whole) this.problem('bad_sample');
    if (discarded) setDropSampling(context);
    else setSflowSampling(fields.samplingRate, context);
    if (!write || this.rows === null) return;
    // A sample is one packet: none is large.
    if (context.sieve !== null) context.sieve.sizes[0] = 0;
    if (context.sieve !== null && context.sieve.sift(1) === 0) result.shed += 1;
    else this.writeRow(view, header, context);
  }

  /** False when a record runs over the end of the sample; what stands before it is read. */
  private readRecords(view: DataView, end: number, fields: SampleFields): boolean {
    let next = this.head.recordsAt;
    let whole = true;
    for (let i = 0; i < this.head.recordCount; i++) {
      if (next + 8 > end) return false;
      const length = view.getUint32(next + 4);
      const at = next + 8;
      if (length > end - at) return false;
      if (!this.records.read(view, view.getUint32(next), at, at + length, fields)) whole = false;
      next = Math.min(end, at + padded(length));
    }
    return whole;
  }

  private writeRow(view: DataView, header: ExportHeader, context: FlowContext): void {
    const { result, fields } = this;
    const row = this.batch!.rows + result.rows;
    if (result.rows === SFLOW_MOST_ROWS || row >= this.rows!.capacity) {
      result.unwritten += 1;
      this.problem('too_many_records');
      return;
    }
    this.packets.read(view, fields, context.settings);
    this.join(fields);
    if (context.sourceCode !== 0) fields.groups |= GROUP.source;
    this.rows!.write(fields, row, SFLOW_MOST_ROWS - result.rows - 1, header, context);
    result.rows += 1;
    if (context.sampling > 1) result.sampledRows += 1;
  }

  /** What the packet says of itself and what the records beside it say, into one. */
  private join(f: SampleFields): void {
    const { packet, labels } = f;
    joinVlans(f);
    if (packet.flowLabel !== 0) f.groups |= GROUP.flowLabel;
    if (packet.ipsec !== IPSEC.none) f.groups |= GROUP.secured;
    if (packet.mplsCount > 0) {
      f.groups |= GROUP.mpls;
      for (let i = 0; i < labels.length && i < packet.mplsCount; i++) labels[i] = packet.mpls[i]!;
    }
    const { tunnelTexts, tunnels } = this;
    if (packet.tunnel !== TUNNEL.none) {
      f.tunnel = tunnelTexts.code(tunnels, packet.tunnel, packet.outerSrc, packet.outerDst, packet.tunnelId);
    } else if (f.tunnelKind >= 0) {
      f.tunnel = tunnelTexts.code(tunnels, f.tunnelKind, f.tunnelSrc, f.tunnelDst, f.tunnelId);
    }
    if (f.tunnel !== 0) f.groups |= GROUP.tunnel;
  }

  private renewTexts(): void {
    if (this.generation === this.texts.generation) return;
    this.generation = this.texts.generation;
    this.tunnels = this.texts.of('tunnel');
    this.tunnelTexts.forget();
    this.records.renew();
  }

  private unreadable(): void {
    this.result.unreadable += 1;
    this.problem('bad_sample');
  }

  /** The first cause is the one that is told. */
  private problem(cause: DecodeError): void {
    this.result.problem ??= cause;
  }
}
