import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { asWeirError, type Clock, type Log } from '../../base/index.ts';
import type { FlowBatch } from '../../flow/index.ts';
import type { Duck } from '../duck.ts';
import type { Layout } from '../layout.ts';
import type { ManifestState, RollupEntry, SegmentEntry } from '../manifest.ts';
import type { ManifestFile } from '../manifest-file.ts';
import type { SegmentLeases } from '../segment-leases.ts';
import type { RollupDelta } from './delta.ts';
import { writeDelta } from './delta-files.ts';
import { hasFarTimes } from './far-times.ts';
import { ReadBack } from './read-back.ts';
import { remakeHour } from './remake.ts';
import { RollupBuilder } from './rollup-builder.ts';
import { SettleQueue } from './settle-queue.ts';

/** What the writer of history stands on. */
export interface HistoryHost {
  readonly duck: Duck;
  readonly layout: Layout;
  readonly manifest: ManifestFile;
  readonly leases: SegmentLeases;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether a segment is what the manifest says; one that is not is put aside. */
  readonly trusted: (segment: SegmentEntry) => Promise<boolean>;
  readonly trustedRollup: (rollup: RollupEntry) => Promise<boolean>;
  /** These roll-ups were just written and count. */
  readonly written: (rollups: readonly RollupEntry[]) => void;
}

/** A segment's rows are in roll-ups after this time at the latest (while the disk takes them). */
const AGE_MS = 60_000;
const MOST_ROWS = 5_000_000;
/** Rows between two moments in which others have the thread. */
const PIECE_ROWS = 16_384;
/** Background work lets others have the thread after this. */
const TURN_MS = 60;
const RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;

/**
 * Makes history of the rows of segments: adds them up in memory, writes what has come together as files of 1 min, and one commit names these files and marks the
 * segments `rolled`. Rows that are in no roll-up are read from their segments by every query, so nothing here is ever urgent, and whatever fails is dropped as a
 * whole: segments without the mark are read back and added up again, as those are that a crash or an earlier version left.
 */
export class HistoryWriter {
  private readonly host: HistoryHost;
  private readonly settling: SettleQueue;
  private builder: RollupBuilder | null = null;
  private withExtras = true;
  /** Segments whose rows are all in the builder or in `written`. */
  private readonly held = new Set<number>();
  private heldRows = 0;
  private heldSinceMs = 0;
  /** Files that no commit names yet. */
  private written: RollupEntry[] = [];
  private nextId = 0;
  private readBack: ReadBack | null = null;
  /** The turn that is going on. */
  private running: Promise<unknown> | null = null;
  private retryAtMs = 0;
  private retryMs = RETRY_MS;
  private message: string | null = null;

  constructor(host: HistoryHost) {
    this.host = host;
    this.settling = new SettleQueue(host);
  }

  /** Why history cannot be written at the moment; null when it can. */
  get failure(): string | null {
    return this.message;
  }

  /** Whether costly cubes look at keys; without it what is added is in their rest (RollupBuilder.extras). */
  extras(on: boolean): void {
    this.withExtras = on;
    this.builder?.extras(on);
  }

  /** Adds up the rows of a segment that was just committed; never fails: what cannot be added, or comes in the middle of a turn, is read back later. */
  async add(
    segment: SegmentEntry,
    parts: readonly { readonly batch: FlowBatch; readonly rows: number }[],
  ): Promise<void> {
    if (this.message !== null || this.running) return;
    await this.orDrop(async () => {
      for (const { batch, rows } of parts) await this.addRows(batch, rows);
      this.hold(segment);
    });
  }

  /** One turn of `work`; nothing where one is going on. It may take seconds, and segments may be written meanwhile. */
  async turn(): Promise<void> {
    if (!this.running) await this.alone(() => this.work());
  }

  /** One piece of work at a time. */
  private async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.running) await this.running.catch(() => undefined);
    const running = work();
    this.running = running;
    try {
      return await running;
    } finally {
      this.running = null;
    }
  }

  /** A turn of what waits: a flush that is due, segments to read back, hours to settle. True while there is more. */
  private async work(patient = true): Promise<boolean> {
    const now = this.host.clock.now();
    if (now < this.retryAtMs) return false;
    let more = false;
    await this.orDrop(async () => {
      if (await this.readSome()) more = true;
      else if (this.isDue(now)) {
        await this.commit();
        more = true;
      } else {
        const hour = this.host.manifest.state.remakeHours.at(-1);
        if (hour === undefined) more = await this.settling.step(now, patient);
        else {
          await remakeHour(this.host, hour);
          more = true;
        }
      }
    });
    return more;
  }

  /** Writes what is added up, whatever its age; false when the disk refuses. */
  async flush(): Promise<boolean> {
    return this.alone(() => this.flushAll());
  }

  /** All work that is due now, to its end; `patient` as in SettleQueue.step. `onStep` may end it earlier with false. */
  async finish(patient: boolean, onStep: () => boolean): Promise<void> {
    await this.alone(async () => {
      while (onStep() && (await this.work(patient)));
      await this.flushAll();
      while (onStep() && (await this.work(patient)));
    });
  }

  private flushAll(): Promise<boolean> {
    return this.orDrop(async () => {
      while (this.readBack) await this.readSome();
      await this.commit();
    });
  }

  private isDue(now: number): boolean {
    if (this.held.size === 0) return false;
    return this.heldRows >= MOST_ROWS || now - this.heldSinceMs >= AGE_MS || now < this.heldSinceMs;
  }

  private hold(segment: SegmentEntry): void {
    if (this.held.size === 0) this.heldSinceMs = this.host.clock.now();
    this.held.add(segment.id);
    this.heldRows += segment.rows;
  }

  private async addRows(batch: FlowBatch, rows: number): Promise<void> {
    if (!this.builder) {
      this.builder = new RollupBuilder();
      this.builder.extras(this.withExtras);
    }
    for (let row = 0; row < rows; ) {
      row = this.builder.add(batch, row, Math.min(rows, row + PIECE_ROWS));
      if (this.builder.full) await this.writeDelta(this.builder.take());
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private async writeDelta(delta: RollupDelta): Promise<void> {
    const { duck, layout, manifest } = this.host;
    if (this.written.length === 0) this.nextId = manifest.state.nextRollup;
    this.nextId = await writeDelta(duck, layout, delta, this.nextId, manifest.state.expired, this.written);
  }

  /** Reads back a piece of the newest segment that is not rolled; false when there is none. */
  private async readSome(): Promise<boolean> {
    const until = performance.now() + TURN_MS;
    do {
      this.readBack ??= await this.nextReadBack();
      if (!this.readBack) return false;
      const piece = await this.readBack.next();
      if (piece) await this.addRows(piece, piece.rows);
      else {
        this.hold(this.readBack.segment);
        this.readBack = null;
        if (this.heldRows >= MOST_ROWS) await this.commit();
      }
    } while (performance.now() < until);
    return true;
  }

  private async nextReadBack(): Promise<ReadBack | null> {
    const { manifest, trusted, duck, layout, leases } = this.host;
    for (;;) {
      const { segments } = manifest.state;
      const waiting = segments.filter((s) => !s.rolled && !s.far && !this.held.has(s.id));
      if (waiting.length === 0) return null;
      const newest = waiting.reduce((a, b) => (b.maxReceived > a.maxReceived ? b : a));
      if (!(await trusted(newest))) continue;
      if (!(await hasFarTimes(duck, layout, newest))) return ReadBack.start(duck, layout, leases, newest);
      manifest.commit(withFar(manifest.state, newest));
    }
  }

  private async commit(): Promise<void> {
    if (this.held.size === 0) return;
    const { manifest, clock, written } = this.host;
    if (this.builder && this.builder.rows > 0) await this.writeDelta(this.builder.take());
    manifest.commit(withDelta(manifest.state, this.written, this.held, this.nextId));
    written(this.written);
    for (const { from } of this.written) this.settling.touched(from, clock.now());
    this.written = [];
    this.held.clear();
    this.heldRows = 0;
    this.retryMs = RETRY_MS;
    if (this.message !== null) this.host.log.info('history is written again');
    this.message = null;
  }

  private async orDrop(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.drop(error);
      return false;
    }
  }

  /** Forgets what is not committed: its segments have no mark and are read back. */
  private drop(error: unknown): void {
    const { layout, manifest, log, clock } = this.host;
    const { message } = asWeirError(error);
    if (this.message !== message)
      log.error({ err: error }, 'cannot write history: it is made again from the segments when the disk takes it');
    this.message = message;
    this.retryAtMs = clock.now() + this.retryMs;
    this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    for (const { file } of this.written)
      if (!manifest.mayName(file)) rmSync(join(layout.rollups, file), { force: true });
    this.written = [];
    this.builder = null;
    this.held.clear();
    this.heldRows = 0;
    this.readBack?.end();
    this.readBack = null;
  }
}

/** The manifest with a segment of an earlier version that has rows of all times: they stay records. */
function withFar(state: ManifestState, { id }: SegmentEntry): ManifestState {
  return { ...state, segments: state.segments.map((s) => (s.id === id ? { ...s, far: true } : s)) };
}

/** The manifest with new files of 1 min, in place of reading these segments. */
function withDelta(
  state: ManifestState,
  files: readonly RollupEntry[],
  rolled: ReadonlySet<number>,
  nextRollup: number,
): ManifestState {
  const hours = new Set([...state.dirtyHours, ...files.map((f) => f.from)]);
  return {
    ...state,
    nextRollup: Math.max(state.nextRollup, nextRollup),
    rollups: [...state.rollups, ...files],
    dirtyHours: [...hours].sort((a, b) => a - b),
    segments: state.segments.map((s) => {
      if (!rolled.has(s.id)) return s;
      const { rolledBefore: _, ...rest } = s;
      return { ...rest, rolled: true };
    }),
  };
}
