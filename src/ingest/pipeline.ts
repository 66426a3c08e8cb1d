import type { CounterSheet } from '../base/index.ts';
import type { FlowBatch } from '../flow/index.ts';
import type { LedgerEntry } from '../truth/index.ts';
import {
  applyNetflow5Sampling,
  type DecodeError,
  Netflow5Writer,
  newFlowContext,
  newNetflow5Header,
  readNetflow5Header,
} from '../wire/index.ts';
import { COUNTER, Exporters } from './exporters.ts';
import type { IngestCounter } from './ingest-counters.ts';
import type { SavedStream, Stream } from './stream.ts';

/** The most records that one datagram can hold: a batch with less room is closed first. */
const MAX_RECORDS_PER_DATAGRAM = 1_365;

/** What becomes of a datagram's records: rows of the batch; left to a later reading of the journal; or lost, and counted so. */
export type AcceptMode = 'keep' | 'defer' | 'drop';

/** What the decoder must know to go on where another left off. */
export interface PipelineState {
  readonly streams: readonly SavedStream[];
}

/** What a journal file begins with: the decoder's state, and what was counted before it and stands in no batch yet. */
export interface JournalState extends PipelineState {
  readonly ledger?: readonly LedgerEntry[];
}

/**
 * Datagrams into rows, one at a time, with what happened written to the exporter's ledger. The same code decodes live traffic and
 * journals, so that a replay gives the same rows and the same losses. Nothing here reads a clock or throws for what the bytes hold.
 */
export class Pipeline {
  readonly exporters: Exporters;
  private readonly header = newNetflow5Header();
  private readonly context = newFlowContext();
  private readonly counters: CounterSheet<IngestCounter>;
  private readonly slots: {
    datagrams: number;
    octets: number;
    records: number;
    lost: number;
    errors: number;
    storeDrops: number;
  };
  private writer: Netflow5Writer | null = null;
  private batch: FlowBatch | null = null;

  constructor(maxExporters: number, counters: CounterSheet<IngestCounter>) {
    this.exporters = new Exporters(maxExporters);
    this.counters = counters;
    this.slots = {
      datagrams: counters.slot('datagrams'),
      octets: counters.slot('octets'),
      records: counters.slot('records'),
      lost: counters.slot('lost'),
      errors: counters.slot('errors'),
      storeDrops: counters.slot('store_drops'),
    };
  }

  /** Rows go to this batch from now on. */
  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.writer = new Netflow5Writer(batch);
  }

  /** Whether the bound batch takes any datagram whole. */
  hasRoom(): boolean {
    return this.batch !== null && this.batch.capacity - this.batch.rows >= MAX_RECORDS_PER_DATAGRAM;
  }

  /**
   * Takes one datagram: counts it and, with `keep`, writes its records to the bound batch. `cut` says that the socket's slot was too small for it.
   */
  accept(
    view: DataView,
    at: number,
    length: number,
    source: Uint32Array,
    sourceAt: number,
    port: number,
    receivedMs: number,
    mode: AcceptMode,
    cut: boolean,
  ): void {
    const { header, exporters } = this;
    const problem = readNetflow5Header(view, at, length, header);
    const readable = problem !== 'too_short' && problem !== 'unsupported_version';
    const domain = readable ? header.engineType * 256 + header.engineId : 0;
    const stream = exporters.find(source, sourceAt, port, domain, receivedMs, readable ? header.sequence : -1);
    stream.lastMs = receivedMs;
    if (stream.firstMs === 0) stream.firstMs = receivedMs;
    this.raise(stream, COUNTER.datagrams, 1, receivedMs, this.slots.datagrams);
    this.raise(stream, COUNTER.octets, length, receivedMs, this.slots.octets);
    if (problem !== null) this.error(stream, problem, receivedMs);
    if (cut) this.error(stream, 'truncated_by_socket', receivedMs);
    if (!readable || header.count === 0) return;

    exporters.count(stream, COUNTER.unreadable, header.missingRecords, receivedMs);
    if (stream.tracked) this.observe(stream, receivedMs);
    if (mode === 'drop')
      this.raise(stream, COUNTER.store_drops, header.wholeRecords, receivedMs, this.slots.storeDrops);
    if (mode === 'keep' && this.writer && this.batch) this.decode(view, at, stream, source, sourceAt, receivedMs);
    this.raise(stream, COUNTER.records, header.wholeRecords, receivedMs, this.slots.records);
  }

  private observe(stream: Stream, receivedMs: number): void {
    const { header, exporters } = this;
    const tracker = stream.tracker;
    tracker.observe(header.sequence, header.count, header.exportMs - header.uptimeMs);
    if (tracker.lost > 0) this.raise(stream, COUNTER.lost, tracker.lost, receivedMs, this.slots.lost);
    exporters.count(stream, COUNTER.recovered, tracker.recovered, receivedMs);
    exporters.count(stream, COUNTER.duplicated, tracker.duplicated, receivedMs);
    exporters.count(stream, COUNTER.restarts, tracker.restarted, receivedMs);
  }

  private decode(
    view: DataView,
    at: number,
    stream: Stream,
    source: Uint32Array,
    sourceAt: number,
    receivedMs: number,
  ): void {
    const { header, context, exporters, batch } = this;
    context.receivedMs = receivedMs;
    for (let i = 0; i < 4; i++) context.exporter[i] = source[sourceAt + i]!;
    applyNetflow5Sampling(header, context);
    stream.sampling = context.sampling;
    stream.samplingOrigin = context.samplingOrigin;
    const rows = this.writer!.decode(view, at, header, batch!.rows, context);
    batch!.rows += rows;
    exporters.count(stream, COUNTER.clock_corrected, this.writer!.correctedClocks, receivedMs);
    if (context.sampling > 1) exporters.count(stream, COUNTER.sampled_records, rows, receivedMs);
  }

  private error(stream: Stream, cause: DecodeError, receivedMs: number): void {
    this.raise(stream, COUNTER[`error_${cause}`], 1, receivedMs, this.slots.errors);
    this.counters.add(cause);
  }

  private raise(stream: Stream, counter: number, n: number, receivedMs: number, slot: number): void {
    this.exporters.count(stream, counter, n, receivedMs);
    this.counters.values[slot] = this.counters.values[slot]! + n;
  }

  save(): PipelineState {
    return { streams: this.exporters.save() };
  }

  restore(state: unknown): void {
    const streams = (state as PipelineState | null)?.streams;
    if (Array.isArray(streams)) this.exporters.restore(streams);
  }
}
