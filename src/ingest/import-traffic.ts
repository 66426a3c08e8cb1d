import type { FlowBatch } from '../flow/index.ts';
import { getWide, rowShape, setWide, TextColumns } from '../flow/index.ts';
import { type HomeNetworks, Labeller, type NamingSettings, type PlaceTableHandle } from '../label/index.ts';
import type { LedgerCounts, LedgerEntry } from '../truth/index.ts';
import { captureDrops } from './capture-drops.ts';
import { spanOf } from './capture-provenance.ts';
import { CONTINUED } from './continuity.ts';
import type { ImportBatches, OpenBatch } from './import-batches.ts';
import { ImportClock } from './import-clock.ts';
import { type MeterSettings, trafficOptions } from './meter-settings.ts';
import { type RowsTarget, TrafficReader } from './traffic-reader.ts';

export interface TrafficImportOptions {
  /** Name of the import: the column `source` of its rows. */
  readonly name: string;
  /** Time where a capture tells none. */
  readonly startMs: number;
  readonly meter: MeterSettings;
  readonly networks: HomeNetworks;
  readonly places?: PlaceTableHandle | null;
  /** What configuration adds to the names that come with Weir. */
  readonly naming?: NamingSettings | undefined;
}

const STAMPED = rowShape(['received', 'source']);
const MINUTE_MS = 60_000;

/** A capture of traffic, metered, into batches that may make it wait. */
export class TrafficImport implements RowsTarget {
  readonly reader: TrafficReader;
  rows = 0;
  /** Rows that do not continue another. */
  flows = 0;
  /** `time` of the rows, half-open. */
  from = Number.POSITIVE_INFINITY;
  to = Number.NEGATIVE_INFINITY;
  private readonly into: ImportBatches;
  private readonly name: string;
  private readonly texts = new TextColumns();
  private readonly labeller: Labeller;
  private readonly clock: ImportClock;
  private current: OpenBatch | null = null;
  private stamped = 0;
  /** Records by minute, of the current batch: this node received them, from nobody. */
  private minutes = new Map<number, number>();
  /** Packets that may be copies, by minute, of the current batch; and all of those that were counted. */
  private unsure = new Map<number, number>();
  private unsureSeen = 0;

  constructor(into: ImportBatches, { name, startMs, meter, networks, naming, places }: TrafficImportOptions) {
    this.into = into;
    this.name = name;
    this.clock = new ImportClock(startMs);
    this.labeller = new Labeller({ networks, naming }, this.texts);
    if (places) this.labeller.use(places);
    this.reader = new TrafficReader(trafficOptions(meter), this.texts, this);
  }

  async next(): Promise<FlowBatch> {
    this.closeBatch();
    this.current = await this.into.open(this.texts);
    this.stamped = 0;
    this.labeller.bind(this.current.batch);
    return this.current.batch;
  }

  pause(): boolean {
    this.noteUnsure();
    if (this.current) this.publish(this.current);
    return false;
  }

  /** Hands on what is in memory; rows are in segments when it returns. */
  async close(): Promise<void> {
    this.closeBatch();
    const { drops } = captureDrops(this.reader.capture?.interfaces ?? [], spanOf(this.reader));
    if (drops) await this.noteDrops(drops);
    await this.into.flush();
  }

  /** Lets queries see the rows that are there. */
  private publish(open: OpenBatch): void {
    this.stamp(open);
    this.into.publish(open);
  }

  private closeBatch(): void {
    const { current } = this;
    if (!current) return;
    this.publish(current);
    this.into.close(current, this.ledger());
    this.current = null;
  }

  /**
   * What the capturing machine dropped is missing in answers about the time of the capture. Nobody tells when packets were dropped: it stands at the end.
   */
  private async noteDrops(drops: number): Promise<void> {
    const batch = await this.into.open(this.texts);
    const minute = minuteOf(this.clock.of(this.reader.lastMs ?? Number.NaN));
    this.into.close(batch, [{ minute, exporter: '', domain: 0, counts: { unmetered_packets: drops } }]);
  }

  private ledger(): LedgerEntry[] {
    const of = (minute: number, counts: LedgerCounts) => ({ minute, exporter: '', domain: 0, counts });
    const entries = [
      ...[...this.minutes].map(([minute, records]) => of(minute, { records })),
      ...[...this.unsure].map(([minute, packets]) => of(minute, { duplicates_unsure: packets })),
    ];
    this.minutes = new Map();
    this.unsure = new Map();
    return entries;
  }

  /** Counts packets that may be copies for the minute that the capture has come to. */
  private noteUnsure(): void {
    const { duplicatesUnsure } = this.reader.metering.meter.counts;
    if (duplicatesUnsure === this.unsureSeen) return;
    const minute = minuteOf(this.clock.of(this.reader.lastMs ?? Number.NaN));
    this.unsure.set(minute, (this.unsure.get(minute) ?? 0) + duplicatesUnsure - this.unsureSeen);
    this.unsureSeen = duplicatesUnsure;
  }

  /** What the meter does not know of its rows: when they came into this store, by which import, and the names of their ends. */
  private stamp({ batch, receivedMs }: OpenBatch): void {
    const { rows } = batch;
    const first = this.stamped;
    if (rows === first) return;
    batch.open(STAMPED, first);
    const received = batch.u32('received');
    const time = batch.u32('time');
    const continued = batch.array('continued');
    batch.u32('source').fill(this.texts.of('source').code(this.name), first, rows);
    for (let row = first; row < rows; row++) {
      setWide(received, row, receivedMs);
      const ms = getWide(time, row);
      if (ms < this.from) this.from = ms;
      if (ms >= this.to) this.to = ms + 1;
      if (continued?.[row] !== CONTINUED.yes) this.flows += 1;
      const minute = minuteOf(this.clock.of(ms));
      this.minutes.set(minute, (this.minutes.get(minute) ?? 0) + 1);
    }
    this.labeller.rows(first, rows);
    this.rows += rows - first;
    this.stamped = rows;
  }
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}
