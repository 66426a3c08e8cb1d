import { getWide, setWide, TextColumns } from '../flow/index.ts';
import type { HomeNetworks, NamingSettings, PlaceTableHandle } from '../label/index.ts';
import { addCounts, type LedgerCounts, type LedgerEntry, mergeLedger } from '../truth/index.ts';
import { DEFAULT_EXPORTER_SETTINGS, type ElementMapping } from '../wire/index.ts';
import { CONTINUED } from './continuity.ts';
import type { ExporterRule } from './exporter-rules.ts';
import type { ImportBatches, OpenBatch } from './import-batches.ts';
import { ImportClock } from './import-clock.ts';
import { ingestCounters } from './ingest-counters.ts';
import { Pipeline } from './pipeline.ts';

export interface ImportRowsOptions {
  /** Name of the import: the column `source` of its rows. */
  readonly name: string;
  /** Time where a capture tells none. */
  readonly startMs: number;
  /** One packet in N, for exporters that say nothing of it. */
  readonly sampling: number | null;
  readonly rules: readonly ExporterRule[];
  readonly elements: readonly ElementMapping[];
  readonly networks: HomeNetworks;
  /** What is known of addresses; null where no table is finished yet. */
  readonly places?: PlaceTableHandle | null;
  /** What configuration adds to the names that come with Weir. */
  readonly naming?: NamingSettings | undefined;
  readonly maxExporters: number;
}

/** More ledger entries than this are merged before their batch is full. */
const MANY_ENTRIES = 10_000;

/** What tells the pipeline that a connection has ended. */
const NOTHING = new DataView(new ArrayBuffer(0));

interface Waiting {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly source: Uint32Array;
  readonly port: number;
  readonly timeMs: number;
}

/** Export datagrams of an import into rows: the pipeline of live traffic, with the clock of the capture, into batches that may make it wait. */
export class ImportRows {
  readonly clock: ImportClock;
  rows = 0;
  /** Rows that do not continue another. */
  flows = 0;
  /** `time` of the rows, half-open. */
  from = Number.POSITIVE_INFINITY;
  to = Number.NEGATIVE_INFINITY;
  private readonly into: ImportBatches;
  private readonly texts = new TextColumns();
  private readonly pipeline: Pipeline;
  private readonly totals: LedgerCounts = {};
  private readonly seen = new Set<string>();
  private waiting: Waiting[] = [];
  private current: OpenBatch | null = null;
  private stamped = 0;
  private ledger: LedgerEntry[] = [];

  constructor(into: ImportBatches, options: ImportRowsOptions) {
    this.into = into;
    this.clock = new ImportClock(options.startMs);
    const { name: source, maxExporters, elements, networks, naming } = options;
    this.pipeline = new Pipeline({
      maxExporters,
      counters: ingestCounters(),
      texts: this.texts,
      rules: withSampling(options.rules, options.sampling),
      elements,
      networks,
      naming,
      source,
      connections: true,
    });
    if (options.places) this.pipeline.use(options.places);
  }

  /** What was counted so far. */
  get counts(): LedgerCounts {
    this.takeLedger();
    return this.totals;
  }

  /** Addresses that sent datagrams; that of an IPFIX file is not known, and not one of them. */
  get exporters(): number {
    this.takeLedger();
    return this.seen.size;
  }

  /** Whether datagrams wait for `settle`, which must come before the next packet. */
  get behind(): boolean {
    return this.waiting.length > 0;
  }

  /** Takes a datagram, which has bytes, at once where the batch has room, else keeps a copy until `settle`. */
  take(view: DataView, at: number, length: number, source: Uint32Array, port: number, timeMs: number): void {
    if (this.current && !this.behind && this.pipeline.hasRoom(length)) {
      this.accept(view, at, length, source, port, timeMs);
      return;
    }
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length).slice() as Uint8Array<ArrayBuffer>;
    this.waiting.push({ bytes, source: source.slice(), port, timeMs });
  }

  /** A connection from there has ended, and what its streams remember with it. */
  end(source: Uint32Array, port: number, timeMs: number): void {
    this.take(NOTHING, 0, 0, source, port, timeMs);
  }

  /** Takes what waits. */
  async settle(): Promise<void> {
    const { waiting } = this;
    for (const { bytes, source, port, timeMs } of waiting) {
      await this.makeRoom(bytes.length);
      this.accept(new DataView(bytes.buffer), 0, bytes.length, source, port, timeMs);
    }
    this.waiting = [];
  }

  /** Lets queries see what was taken. */
  publish(): void {
    if (!this.current) return;
    this.pipeline.settle();
    this.stamp(this.current);
    this.into.publish(this.current);
  }

  /** Hands on what is in memory; rows are in segments when it returns. */
  async close(): Promise<void> {
    this.pipeline.finish();
    this.takeLedger();
    // Entries need a batch that carries them, if only an empty one.
    if (!this.current && this.ledger.length > 0) await this.openBatch();
    this.closeBatch();
    await this.into.flush();
  }

  private accept(view: DataView, at: number, length: number, source: Uint32Array, port: number, timeMs: number): void {
    const ms = this.clock.of(timeMs);
    if (this.pipeline.exporters.minuteEnded(ms)) this.takeLedger();
    this.pipeline.accept(view, at, length, source, 0, port, ms, 'keep', false);
  }

  private async makeRoom(length: number): Promise<void> {
    if (this.current && !this.pipeline.hasRoom(length)) this.closeBatch();
    if (!this.current) await this.openBatch();
  }

  private async openBatch(): Promise<void> {
    this.current = await this.into.open(this.texts);
    this.stamped = 0;
    this.pipeline.bind(this.current.batch);
  }

  private closeBatch(): void {
    const { current } = this;
    if (!current) return;
    this.publish();
    this.takeLedger();
    this.into.close(current, this.ledger);
    this.ledger = [];
    this.current = null;
  }

  /**
   * The pipeline writes the time of the capture into `received`, by which it judged the exporter's clock. Rows are filed and kept by when they
   * came into this store: else retention would delete an old capture as soon as it is read.
   */
  private stamp({ batch, receivedMs }: OpenBatch): void {
    const { rows } = batch;
    if (rows === this.stamped) return;
    const received = batch.u32('received');
    const time = batch.u32('time');
    const continued = batch.array('continued');
    for (let r = this.stamped; r < rows; r++) {
      setWide(received, r, receivedMs);
      const ms = getWide(time, r);
      if (ms < this.from) this.from = ms;
      if (ms >= this.to) this.to = ms + 1;
      if (continued?.[r] !== CONTINUED.yes) this.flows += 1;
    }
    this.rows += rows - this.stamped;
    this.stamped = rows;
  }

  private takeLedger(): void {
    for (const entry of this.pipeline.exporters.takeLedger()) {
      addCounts(this.totals, entry.counts);
      if (entry.exporter !== '::' && entry.exporter !== '') this.seen.add(entry.exporter);
      this.ledger.push(entry);
    }
    if (this.ledger.length > MANY_ENTRIES) this.ledger = mergeLedger(this.ledger);
  }
}

/** What configuration says of a prefix comes first; the rate of the import holds where it says none. */
function withSampling(rules: readonly ExporterRule[], rate: number | null): readonly ExporterRule[] {
  if (rate === null) return rules;
  const sampling = { rate, mode: 'default' } as const;
  return [
    // ::/0 is IPv6 alone.
    ...['::/0', '0.0.0.0/0'].map((prefix) => ({ prefix, settings: { ...DEFAULT_EXPORTER_SETTINGS, sampling } })),
    ...rules.map((r) => ({ ...r, settings: { sampling, ...r.settings } })),
  ];
}
