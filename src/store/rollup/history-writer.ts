import { Mutex } from '../../base/index.ts';
import type { FlowBatch } from '../../flow/index.ts';
import type { SegmentEntry } from '../manifest.ts';
import type { RollupDelta } from './delta.ts';
import { writeDelta } from './delta-files.ts';
import { Held, withHeld } from './held.ts';
import { type HistoryHost, removeUncommitted } from './history-host.ts';
import { HistoryTrouble } from './history-trouble.ts';
import type { ReadBack } from './read-back.ts';
import { nextReadBack } from './read-back-queue.ts';
import { RemakeQueue } from './remake.ts';
import { RollupBuilder } from './rollup-builder.ts';
import { SettleQueue } from './settle-queue.ts';

/** A segment's rows are in roll-ups after this time at the latest (while the disk takes them). */
const AGE_MS = 60_000;
const MOST_ROWS = 5_000_000;
/** Sooner when somebody asks: each question reads these rows one by one. */
const ASKED_ROWS = 1_000_000;
/** Rows between two moments in which others have the thread. */
const PIECE_ROWS = 16_384;
/** Background work lets others have the thread after this. */
const TURN_MS = 60;

/** A segment that was just written, and its rows. */
export interface WrittenRows {
  readonly segment: SegmentEntry;
  readonly parts: readonly { readonly batch: FlowBatch; readonly rows: number }[];
}

/**
 * Makes history of the rows of segments: adds them up in memory, writes what has come together as files of 1 min, and one commit names these files and marks the
 * segments `rolled`. Rows that are in no roll-up are read from their segments by every query, so nothing here is ever urgent, and whatever fails is dropped as a
 * whole: segments without the mark are read back and added up again, as those are that a crash or an earlier version left.
 */
export class HistoryWriter {
  private readonly host: HistoryHost;
  private readonly remaking: RemakeQueue;
  private readonly settling: SettleQueue;
  private builder: RollupBuilder | null = null;
  private withExtras = true;
  private held = new Held();
  /** Who has the builder and what is held: rows come while a commit or the settling of an hour goes on. */
  private readonly adding = new Mutex();
  /** Segments that are being added: they need not be read back. (While a commit goes on nothing is.) */
  private readonly underway = new Set<number>();
  private asked = false;
  private readBack: ReadBack | null = null;
  /** One piece of work at a time. */
  private readonly working = new Mutex();
  private readonly trouble: HistoryTrouble;

  constructor(host: HistoryHost) {
    this.host = host;
    this.remaking = new RemakeQueue(host);
    this.settling = new SettleQueue(host);
    this.trouble = new HistoryTrouble(host.clock, host.log);
  }

  /** Why history cannot be written at the moment; null when it can. */
  get failure(): string | null {
    return this.trouble.message;
  }

  /** Hours to which rows came a moment ago, from any time: parts of their last minutes may be still to come. */
  recentHours(): number[] {
    return this.settling.recentHours(this.host.clock.now());
  }

  /** Whether costly cubes look at keys; without it what is added is in their rest (RollupBuilder.extras). */
  extras(on: boolean): void {
    this.withExtras = on;
    this.builder?.extras(on);
  }

  /** Somebody asks: what is held is better written soon. */
  wanted(): void {
    this.asked = true;
  }

  /** Adds up the rows of segments that were committed in this very moment; never fails: what cannot be added is read back later. */
  async add(fresh: readonly WrittenRows[]): Promise<void> {
    if (this.trouble.message !== null) return;
    for (const { segment } of fresh) this.underway.add(segment.id);
    try {
      await this.holding(async () => {
        for (const { segment, parts } of fresh) {
          for (const { batch, rows } of parts) await this.addRows(batch, rows);
          this.hold(segment);
        }
      });
    } catch (error) {
      await this.drop(error);
    } finally {
      for (const { segment } of fresh) this.underway.delete(segment.id);
    }
  }

  /** One turn of `work`; nothing where one is going on. It may take seconds, and segments may be written meanwhile. */
  async turn(): Promise<void> {
    if (!this.working.busy) await this.working.run(() => this.work());
  }

  /** Commits what is due, and nothing else: for when segments are written all the time. */
  async keepUp(): Promise<void> {
    const now = this.host.clock.now();
    if (this.working.busy || this.trouble.isWaiting(now) || !this.isDue(now)) return;
    await this.working.run(() => this.flushAll());
  }

  /** A turn of what waits: a flush that is due, segments to read back, hours to settle. True while there is more. */
  private async work(patient = true): Promise<boolean> {
    const now = this.host.clock.now();
    if (this.trouble.isWaiting(now)) return false;
    let more = false;
    await this.orDrop(async () => {
      if (await this.readSome()) more = true;
      else if (this.isDue(now)) {
        await this.commit();
        more = true;
      } else more = (await this.remaking.step(now)) || (await this.settling.step(now, patient));
    });
    return more;
  }

  /** Writes what is added up, whatever its age; false when the disk refuses. */
  async flush(): Promise<boolean> {
    return this.working.run(() => this.flushAll());
  }

  /** All work that is due now, to its end; `patient` as in SettleQueue.step. `onStep` may end it earlier with false. */
  async finish(patient: boolean, onStep: () => boolean): Promise<void> {
    await this.working.run(async () => {
      while (onStep() && (await this.work(patient)));
      await this.flushAll();
      while (onStep() && (await this.work(patient)));
    });
  }

  private flushAll(): Promise<boolean> {
    return this.orDrop(async () => {
      // Rows that are read back are in the builder before their segment is held: that one is read to its end, and no other begun.
      while (this.readBack) await this.readPiece(this.readBack);
      await this.commit();
    });
  }

  private isDue(now: number): boolean {
    const { segments, rows, sinceMs } = this.held;
    if (segments.size === 0) return false;
    return rows >= (this.asked ? ASKED_ROWS : MOST_ROWS) || now - sinceMs >= AGE_MS || now < sinceMs;
  }

  private hold(segment: SegmentEntry): void {
    const { held } = this;
    if (held.segments.size === 0) held.sinceMs = this.host.clock.now();
    held.segments.add(segment.id);
    held.rows += segment.rows;
  }

  private async addRows(batch: FlowBatch, rows: number): Promise<void> {
    if (!this.builder) {
      this.builder = new RollupBuilder();
      this.builder.extras(this.withExtras);
    }
    for (let row = 0; row < rows; ) {
      row = this.builder.add(batch, row, Math.min(rows, row + PIECE_ROWS));
      if (this.builder.full) await this.writeDelta(this.builder.take(), this.held);
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private writeDelta(delta: RollupDelta, { written }: Held): Promise<void> {
    const { duck, layout, ids, manifest } = this.host;
    return writeDelta(duck, layout, delta, ids, manifest.state.expired, written);
  }

  /** Reads back a piece of the newest segment that is not rolled; false when there is none. */
  private async readSome(): Promise<boolean> {
    const until = performance.now() + TURN_MS;
    do {
      this.readBack ??= await nextReadBack(this.host, (id) => this.held.segments.has(id) || this.underway.has(id));
      const reading = this.readBack;
      if (!reading) return false;
      await this.readPiece(reading);
      if (!this.readBack && this.held.rows >= MOST_ROWS) await this.commit();
    } while (performance.now() < until);
    return true;
  }

  private async readPiece(reading: ReadBack): Promise<void> {
    const piece = await reading.next();
    await this.holding(async () => {
      // Meanwhile all may have been dropped, with the rows that were read before.
      if (this.readBack !== reading) return;
      if (piece) await this.addRows(piece, piece.rows);
      else {
        this.hold(reading.segment);
        this.readBack = null;
      }
    });
  }

  /** Has the builder and what is held. When it fails both are forgotten before anybody else sees what is left of them. */
  private holding(work: () => Promise<void>): Promise<void> {
    return this.adding.run(async () => {
      try {
        await work();
      } catch (error) {
        this.forget();
        throw error;
      }
    });
  }

  private async commit(): Promise<void> {
    const { manifest, clock } = this.host;
    const { held, delta } = await this.adding.run(async () => this.take());
    if (held.segments.size === 0) return;
    try {
      if (delta) await this.writeDelta(delta, held);
      manifest.commit(withHeld(manifest.state, held));
    } catch (error) {
      removeUncommitted(this.host, held.written);
      throw error;
    }
    this.host.written(held.written);
    for (const { from } of held.written) this.settling.touched(from, clock.now());
    this.trouble.over();
  }

  /** Takes what is held: what is added from now on is for the next commit. */
  private take(): { held: Held; delta: RollupDelta | null } {
    const { held, builder } = this;
    if (held.segments.size === 0) return { held, delta: null };
    this.held = new Held();
    this.asked = false;
    return { held, delta: builder && builder.rows > 0 ? builder.take() : null };
  }

  private async orDrop(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      await this.drop(error);
      return false;
    }
  }

  /** Forgets what is not committed: its segments have no mark and are read back. */
  private async drop(error: unknown): Promise<void> {
    this.trouble.met(error);
    await this.adding.run(async () => this.forget());
  }

  private forget(): void {
    const { held, readBack } = this;
    this.held = new Held();
    this.builder = null;
    this.readBack = null;
    readBack?.end();
    removeUncommitted(this.host, held.written);
  }
}
