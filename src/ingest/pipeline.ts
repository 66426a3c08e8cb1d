import { randomInt } from 'node:crypto';
import type { CounterSheet } from '../base/index.ts';
import type { FlowBatch, TextColumns } from '../flow/index.ts';
import { type HomeNetworks, Labeller, NO_NAMING, type PlaceTableHandle } from '../label/index.ts';
import { type DecodeError, type FlowContext, FlowSieve } from '../wire/index.ts';
import { Continuity } from './continuity.ts';
import { ExporterRules } from './exporter-rules.ts';
import { Exporters } from './exporters.ts';
import type { IngestCounter } from './ingest-counters.ts';
import { FixedIntake } from './intake-fixed.ts';
import { SflowIntake } from './intake-sflow.ts';
import { TemplateIntake } from './intake-templates.ts';
import type { AcceptMode, ConfiguredState, Datagram, PipelineOptions, PipelineState } from './pipeline-options.ts';
import { ScaledBytes } from './scaled-bytes.ts';
import { FAMILY, type Stream } from './stream.ts';
import { COUNTER } from './stream-ledger.ts';

/** Bytes that hold a row at least: a record of two addresses, of which a biflow makes two. */
const LEAST_ROW_BYTES = 4;
/** Rows that one datagram makes at most. */
const MOST_ROWS = 16_384;

/** How often it is looked for data that waits for its template in vain. */
const EXPIRY_MS = 10_000;

/**
 * Datagrams into rows, one at a time, with what happened written to the exporter's ledger. The same code decodes live traffic and
 * journals, so that a replay gives the same rows and the same losses. Nothing here reads a clock or throws for what the bytes hold.
 */
export class Pipeline {
  readonly exporters: Exporters;
  private readonly counters: CounterSheet<IngestCounter>;
  private readonly texts: TextColumns;
  private readonly slots: {
    datagrams: number;
    octets: number;
    records: number;
    lost: number;
    errors: number;
    storeDrops: number;
    shed: number;
  };
  private batch: FlowBatch | null = null;
  /** Rows of it that have their names. */
  private named = 0;
  private readonly source: string | null;
  private readonly configured: Omit<Required<ConfiguredState>, 'streams'>;
  private readonly fixed: FixedIntake;
  private readonly templates: TemplateIntake;
  private readonly sflow: SflowIntake;
  private readonly labeller: Labeller;
  readonly continuity = new Continuity();
  private readonly sieve: FlowSieve;
  private readonly scaledBytes = new ScaledBytes();
  private textsOverflowed = 0;
  private expiredMs = 0;
  /** When the datagrams were read, on a monotonic clock in ms; NaN where nobody read them just now: journals, imports. */
  readMs = Number.NaN;
  private readonly datagram: Datagram = {
    view: new DataView(new ArrayBuffer(0)),
    at: 0,
    length: 0,
    source: new Uint32Array(4),
    sourceAt: 0,
    port: 0,
    receivedMs: 0,
    mode: 'keep',
  };

  constructor(options: PipelineOptions) {
    const { maxExporters, counters, texts, rules, elements, networks, naming = NO_NAMING, source } = options;
    this.source = source ?? null;
    // Nodes of a fleet must not err all in the same direction, nor a node after each start.
    this.sieve = new FlowSieve(randomInt(2 ** 32));
    this.exporters = new Exporters(maxExporters, new ExporterRules(rules));
    const { connections = false, metered = false } = options;
    this.configured = { rules, elements, networks, naming, connections, metered };
    this.counters = counters;
    this.texts = texts;
    this.slots = {
      datagrams: counters.slot('datagrams'),
      octets: counters.slot('octets'),
      records: counters.slot('records'),
      lost: counters.slot('lost'),
      errors: counters.slot('errors'),
      storeDrops: counters.slot('store_drops'),
      shed: counters.slot('shed'),
    };
    this.fixed = new FixedIntake(this);
    this.templates = new TemplateIntake(this, texts, elements);
    this.sflow = new SflowIntake(this, texts);
    this.labeller = new Labeller({ networks, naming }, texts);
  }

  /** From the next row on, what is known of addresses, by a table that was made for these networks; absent: for those of this pipeline. */
  use(places: PlaceTableHandle, madeFor?: HomeNetworks): void {
    this.labeller.use(places, madeFor);
  }

  /** Rows go to this batch from now on. */
  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.named = batch.rows;
    this.labeller.bind(batch);
    this.continuity.bind(batch);
    this.scaledBytes.bind(batch);
    for (const intake of [this.fixed, this.templates, this.sflow]) {
      intake.context.importing = this.source !== null;
      intake.context.metered = this.configured.metered;
      // Codes are those of the dictionary that the batch has.
      intake.context.sourceCode = this.source === null ? 0 : this.texts.of('source').code(this.source);
      intake.bind(batch);
    }
  }

  /** Whether the rows are those of this node's own meter. */
  get metered(): boolean {
    return this.configured.metered;
  }

  /** Whether the bound batch takes a datagram of `length` bytes whole. */
  hasRoom(length: number): boolean {
    const { batch } = this;
    if (batch === null) return false;
    // A template brings the rows of all that waited for it.
    const most = this.templates.holds ? MOST_ROWS : Math.min(MOST_ROWS, Math.ceil(length / LEAST_ROW_BYTES));
    return batch.capacity - batch.rows >= most;
  }

  /**
   * Takes one datagram: counts it and, with `keep`, writes its records to the bound batch, where they have no names before `settle`. `cut` says that the socket's slot was too small for it.
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
    if (length === 0 && this.configured.connections) {
      this.giveUp(this.exporters.giveUpHeld(undefined, this.exporters.table.from(source, sourceAt, port)));
      if (this.configured.metered) this.exporters.loseOpen(source, sourceAt, port);
      this.exporters.close(source, sourceAt, port);
      return;
    }
    this.expire(receivedMs);
    const d = this.datagram;
    d.view = view;
    d.at = at;
    d.length = length;
    d.source = source;
    d.sourceAt = sourceAt;
    d.port = port;
    d.receivedMs = receivedMs;
    d.mode = mode;
    if (mode !== 'keep') this.continuity.interrupt(receivedMs);
    const stream = this.take(d);
    if (this.readMs >= 0) stream.bursts.count(1, this.readMs);
    if (cut) this.error(stream, 'truncated_by_socket', receivedMs);
    const overflowed = this.texts.overflowed;
    if (overflowed > this.textsOverflowed) {
      this.exporters.count(stream, COUNTER.text_overflow, overflowed - this.textsOverflowed, receivedMs);
      this.textsOverflowed = overflowed;
    }
  }

  /** Any port takes any protocol: the first bytes tell which. */
  private take(d: Datagram): Stream {
    const version = d.length >= 2 ? d.view.getUint16(d.at) : -1;
    if (version === 5 || version === 7) return this.fixed.take(d);
    if (version === 9 || version === 10) return this.templates.take(d, version);
    if (version === 0 && d.length >= 4 && d.view.getUint16(d.at + 2) === 5) return this.sflow.take(d);
    const stream = this.enter(d, FAMILY.unknown, 0, -1);
    this.error(stream, d.length < 4 ? 'too_short' : 'unsupported_version', d.receivedMs);
    return stream;
  }

  /** The stream of a datagram, which is counted there. `sequence` is -1 where the header does not tell. */
  enter(d: Datagram, family: number, domain: number, sequence: number, agent?: Uint32Array): Stream {
    const { exporters } = this;
    const stream = exporters.table.find(
      d.source,
      d.sourceAt,
      agent ?? d.source,
      agent ? 0 : d.sourceAt,
      d.port,
      family,
      domain,
      d.receivedMs,
      sequence,
    );
    stream.lastMs = d.receivedMs;
    if (!this.configured.metered) stream.presentMs = d.receivedMs;
    if (stream.firstMs === 0) stream.firstMs = d.receivedMs;
    this.raise(stream, COUNTER.datagrams, 1, d.receivedMs, this.slots.datagrams);
    this.raise(stream, COUNTER.octets, d.length, d.receivedMs, this.slots.octets);
    return stream;
  }

  /** From now on one record in `rate` becomes a row, and stands for so many; 1: all do. What is read from a journal is never shed. */
  shed(rate: number): void {
    this.sieve.rate = rate;
  }

  /** What a decoder must know of the datagram beside its bytes. */
  describe(context: FlowContext, stream: Stream, d: Datagram): void {
    context.receivedMs = d.receivedMs;
    context.settings = stream.settings;
    context.sieve = this.sieve.rate > 1 ? this.sieve : null;
    this.sieve.begin();
    for (let i = 0; i < 4; i++) context.exporter[i] = d.source[d.sourceAt + i]!;
  }

  /** Records of a datagram that were decoded, or could not be kept. */
  records(stream: Stream, records: number, d: Datagram): void {
    if (d.mode === 'drop') this.raise(stream, COUNTER.store_drops, records, d.receivedMs, this.slots.storeDrops);
    this.raise(stream, COUNTER.records, records, d.receivedMs, this.slots.records);
  }

  /** Nothing more will come, as at the end of a file: data that still waits for its template is an error. */
  finish(): void {
    this.giveUp(this.exporters.giveUpHeld());
  }

  /** Data that waits too long is told as lost, also of exporters that send nothing more. By the time of datagrams, so that a replay tells it too. */
  private expire(nowMs: number): void {
    if (Math.abs(nowMs - this.expiredMs) < EXPIRY_MS) return;
    this.expiredMs = nowMs;
    if (this.templates.holds) this.giveUp(this.exporters.giveUpHeld(nowMs));
  }

  private giveUp(waited: ReturnType<Exporters['giveUpHeld']>): void {
    for (const { stream, sets } of waited) this.error(stream, 'no_template', stream.lastMs, sets);
  }

  /** Rows that a decoder wrote behind those of the bound batch, and how many it did not because the sieve kept their records back. */
  written(stream: Stream, rows: number, shed: number, receivedMs: number): void {
    const { batch } = this;
    if (!batch) return;
    if (shed > 0) {
      this.raise(stream, COUNTER.shed, shed, receivedMs, this.slots.shed);
      this.continuity.interrupt(receivedMs);
    }
    if (rows === 0) return;
    const first = batch.rows;
    // Of the exporter, before rows are marked: what this node sheds is none of its doing.
    stream.sampling = batch.u32('sampling')[first + rows - 1]!;
    stream.samplingOrigin = batch.u8('sampling_origin')[first + rows - 1]!;
    if (this.sieve.rate > 1) this.sieve.mark(batch, first, rows);
    batch.rows = first + rows;
    stream.heardBytes += this.scaledBytes.sum(first, first + rows);
    if (stream.rowsSinceMs === 0) stream.rowsSinceMs = stream.lastMs;
    // Where the piece before may have been shed, nobody can say what continues it.
    if (this.sieve.rate === 1) this.continuity.rows(first, batch.rows, stream.rowsSinceMs);
  }

  /** Gives the rows that were written since their names: before anyone is shown them. Those of many datagrams together, which costs less. */
  settle(): void {
    const { batch } = this;
    if (batch === null || batch.rows === this.named) return;
    this.labeller.rows(this.named, batch.rows);
    this.named = batch.rows;
  }

  /** What the stream's tracker said of the datagram just observed. */
  judged(stream: Stream, receivedMs: number): void {
    const { exporters } = this;
    const { lost, recovered, duplicated, restarted } = stream.tracker;
    this.lost(stream, lost, receivedMs);
    exporters.count(stream, COUNTER.recovered, recovered, receivedMs);
    exporters.count(stream, COUNTER.duplicated, duplicated, receivedMs);
    exporters.count(stream, COUNTER.restarts, restarted, receivedMs);
  }

  lost(stream: Stream, records: number, receivedMs: number): void {
    if (records > 0) this.raise(stream, COUNTER.lost, records, receivedMs, this.slots.lost);
  }

  error(stream: Stream, cause: DecodeError, receivedMs: number, n = 1): void {
    if (n === 0) return;
    this.raise(stream, COUNTER[`error_${cause}`], n, receivedMs, this.slots.errors);
    this.counters.add(cause, n);
  }

  private raise(stream: Stream, counter: number, n: number, receivedMs: number, slot: number): void {
    this.exporters.count(stream, counter, n, receivedMs);
    this.counters.values[slot] = this.counters.values[slot]! + n;
  }

  save(): ConfiguredState {
    return { ...this.configured, streams: this.exporters.save() };
  }

  restore(state: unknown): void {
    const streams = (state as PipelineState | null)?.streams;
    if (!Array.isArray(streams)) return;
    this.exporters.restore(streams);
    // What they hold counts from now on, not from their first datagram.
    for (const { templates } of this.exporters.table.all()) if (templates) this.templates.attach(templates);
  }
}
