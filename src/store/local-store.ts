import { rmSync } from 'node:fs';
import { asWeirError, Mutex, WeirError } from '../base/index.ts';
import { LateLabels } from '../label/index.ts';
import { lockFile } from '../system/index.ts';
import type { Gap, LedgerEntry } from '../truth/index.ts';
import { Duck } from './duck.ts';
import type { GapFile } from './gap-file.ts';
import type { ClosedAt, ProducedBatch, Writable } from './hot-batches.ts';
import type { UnfinishedJournal } from './journal-folder.ts';
import { type Layout, prepareLayout } from './layout.ts';
import { upgradeLayout } from './layout-versions.ts';
import type { ManifestState } from './manifest.ts';
import { gapSinceLastRun } from './node-runs.ts';
import { openManifest } from './open-manifest.ts';
import type { TimeRange } from './reader.ts';
import { commitSegments } from './segment-commit.ts';
import type { Snapshot, SnapshotSource } from './snapshot.ts';
import type { LocalStoreOptions } from './store-options.ts';
import { type StoreParts, storeParts } from './store-parts.ts';
import { type StoreStatus, storeStatus } from './store-status.ts';
import { removeStrays } from './strays.ts';
import { takeSnapshot } from './view-snapshots.ts';

/** Share of a segment's age. */
const SETTLING = 0.2;

type Wrote = 'some' | 'nothing' | 'refused';

/**
 * The store of one node: it knows which batches are in memory, which segments count, and how far the journal is in them. One thread of one
 * process has it (the lock); readers in other threads get snapshots.
 */
export class LocalStore implements SnapshotSource {
  readonly layout: Layout;
  private readonly options: LocalStoreOptions;
  private readonly lock: { release(): void };
  private readonly parts: StoreParts;
  private readonly held = new Map<number, readonly LedgerEntry[]>();
  /** Who writes segments, lets go or settles history to its end. */
  private readonly writing = new Mutex();
  private readonly late: LateLabels;
  private failure: WeirError | null = null;
  private retryAt = 0;
  /** `failure` is about letting go, not about writing. */
  private houseFailed = false;
  /** When all that was received before is visible; set by the producers' owner. */
  completeUntil: () => number;
  /** Those that last; null where no node ever ran. Set by the node that runs. */
  openGaps: () => readonly Gap[] | null;

  private constructor(
    options: LocalStoreOptions,
    layout: Layout,
    lock: { release(): void },
    duck: Duck,
    state: ManifestState,
  ) {
    this.options = options;
    this.layout = layout;
    this.lock = lock;
    this.parts = storeParts(options, layout, duck, state, () => this.keepHouse());
    this.late = new LateLabels(options.naming);
    this.completeUntil = () => Math.max(0, this.parts.expiry.totals.maxReceived);
    const down = gapSinceLastRun(layout.heartbeat);
    this.openGaps = () => down && [down];
  }

  /** Times without measurement that are over. */
  get gaps(): GapFile {
    return this.parts.gaps;
  }

  private get state(): ManifestState {
    return this.parts.manifest.state;
  }

  /** `held`: the lock, where the caller has it. */
  static async open(options: LocalStoreOptions, held?: { release(): void }): Promise<LocalStore> {
    const layout = prepareLayout(options.root);
    const lock = held ?? lockFile(layout.lock);
    try {
      rmSync(layout.tmp, { recursive: true, force: true });
      prepareLayout(options.root);
      upgradeLayout(layout, options.log);
      const duck = await Duck.start({
        threads: 1,
        memoryBytes: options.writerMemoryBytes,
        tempDirectory: layout.tmp,
        spillBytes: options.writerMemoryBytes,
        directories: [layout.root],
        cacheFiles: false,
      });
      const state = await openManifest(layout, duck, options.log);
      await removeStrays(layout, duck, state, options.log);
      return new LocalStore(options, layout, lock, duck, state);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Journal files with rows that are not in segments, oldest first. */
  unfinishedJournals(): UnfinishedJournal[] {
    return this.parts.journals.unfinished(this.state);
  }

  /** A number for the next journal file that is larger than any that was used. */
  nextJournalSequence(): number {
    return this.parts.journals.nextSequence(this.state);
  }

  // --- producers ---

  beginBatch(produced: ProducedBatch): void {
    this.parts.hot.open(produced, this.options.clock.now());
  }
  addLedger(key: string, entries: readonly LedgerEntry[]): void {
    this.parts.hot.addLedger(key, entries);
  }
  /** What a producer has counted and no batch carries yet, in place of what it said before: it stands in views, and is committed with a batch later. */
  holdLedger(producer: number, entries: readonly LedgerEntry[]): void {
    this.held.set(producer, entries);
  }
  closeBatch(key: string, closed: ClosedAt): void {
    this.parts.hot.close(key, closed);
  }
  /** The producer writes no more to this file; it goes when all its rows are in segments. */
  journalClosed(file: string): void {
    this.parts.journals.closed.add(file);
  }
  /** A journal file turned out to be damaged: its readable rows are in, the file is kept for people to look at. */
  journalDamaged(file: string, reason: string): void {
    this.parts.damage.journal(file, reason);
  }

  // --- names ---

  /**
   * Gives rows in memory the names that follow from other flows. Views and segments do it themselves; who calls it once a second, not `whole`, spares them most
   * of the work.
   */
  nameLate(whole = true): void {
    this.late.turn(this.parts.hot.unfrozen(), performance.now(), whole);
  }

  /** Names that rows got late, facts that they rest on, and facts for which there was no room. */
  get lateNames(): LateLabels['counts'] {
    return this.late.counts;
  }

  // --- writing ---

  /** Writes segments when enough waits or the oldest has waited long enough, and lets go what is too old. Call it a few times a second. */
  async tick(pressure = false): Promise<void> {
    if (this.options.clock.now() < this.retryAt) return;
    if (this.writing.busy) return this.parts.history.keepUp();
    let refused = false;
    await this.writing.run(async () => {
      refused = !this.keepHouse();
      if (refused) return;
      let hurry = pressure;
      while (this.isDue(hurry) && (await this.writeOnce(this.settlingMs(hurry))) === 'some') hurry = false;
      this.parts.compactor.step(pressure);
    });
    // Other ticks write segments meanwhile.
    if (!refused && this.failure === null) await this.parts.history.turn();
  }

  /** Merges all small segments that are due now, without waiting for the next tick. */
  async compact(): Promise<void> {
    for (let before = -1; before !== this.parts.compactor.done.merges; ) {
      before = this.parts.compactor.done.merges;
      await this.writing.run(async () => this.parts.compactor.step(false));
      await this.parts.compactor.settled();
      await this.writing.run(async () => this.parts.compactor.step(false));
    }
  }

  private isDue(pressure: boolean): boolean {
    const waiting = this.parts.hot.waiting(this.options.clock.now());
    return (
      waiting.batches > 0 &&
      (pressure || waiting.rows >= this.options.segmentRows || waiting.ageMs >= this.options.segmentAgeMs)
    );
  }

  /** Where no room is wanted, rows wait this long at least for other flows that say what they are (ms). */
  private settlingMs(pressure: boolean): number {
    const { segmentRows, segmentAgeMs, clock } = this.options;
    return pressure || this.parts.hot.waiting(clock.now()).rows >= segmentRows ? 0 : segmentAgeMs * SETTLING;
  }

  /** Writes all closed batches; false when the disk refuses and some are left. */
  async flush(): Promise<boolean> {
    let wrote = 'some' as Wrote;
    await this.writing.run(async () => {
      while (wrote === 'some') wrote = await this.writeOnce();
    });
    return wrote !== 'refused';
  }

  /** Whether history keeps the tables that cost most; they are the first that a node gives up when more comes than it can do. */
  extras(on: boolean): void {
    this.parts.history.extras(on);
  }

  /** Does all work of history that is due now: what ticks do little by little. */
  async makeHistory(): Promise<void> {
    await this.writing.run(() => this.parts.history.finish(true, () => true));
  }

  /**
   * The same, also of hours to which rows came a moment ago: nothing more is to come, as after an import. What the signal leaves undone is done by whoever opens the store
   * next for longer.
   */
  async settleHistory(signal?: AbortSignal, onProgress?: (share: number) => void): Promise<void> {
    let most = 0;
    const onStep = () => {
      const { dirtyHours, dirtyDays } = this.state;
      const left = dirtyHours.length + dirtyDays.length;
      most = Math.max(most, left);
      if (most > 0) onProgress?.(1 - left / most);
      return !signal?.aborted;
    };
    await this.writing.run(() => this.parts.history.finish(false, onStep));
  }

  /** Writes what is closed, up to a segment's size. */
  private async writeOnce(settlingMs = 0): Promise<Wrote> {
    this.nameLate();
    const writable = this.parts.hot.writable(this.options.segmentRows, this.options.clock.now(), settlingMs);
    const finished = [...this.parts.journals.closed].some((file) => !this.parts.hot.refersTo(file, writable.keys));
    if (writable.keys.length === 0 && !finished) return 'nothing';
    this.parts.hot.freeze(writable.keys, true);
    try {
      await this.write(writable);
    } catch (error) {
      this.parts.hot.freeze(writable.keys, false);
      this.cannotWrite(error);
      return 'refused';
    }
    if (this.failure) this.options.log.info('the store writes again');
    this.failure = null;
    return 'some';
  }

  /** Lets go what is too old and puts aside what is damaged; false where the disk refuses: a full one does not even take a smaller manifest. */
  private keepHouse(): boolean {
    try {
      this.parts.expiry.run(0);
      this.parts.files.putAside();
      if (this.houseFailed) this.failure = null;
      this.houseFailed = false;
    } catch (error) {
      this.houseFailed = true;
      this.cannotWrite(error);
    }
    return !this.houseFailed;
  }

  private cannotWrite(error: unknown): void {
    const failure = withAdvice(asWeirError(error));
    if (this.failure?.message !== failure.message) {
      this.options.log.error(
        { err: failure },
        'cannot write to the store: rows stay in memory and in the journal, and the write is tried again every 5 s',
      );
    }
    this.failure = failure;
    this.retryAt = this.options.clock.now() + 5_000;
  }

  private async write(writable: Writable): Promise<void> {
    this.parts.expiry.run(writable.groups.reduce((n, g) => n + g.batches.reduce((m, b) => m + b.rows, 0), 0) * 32);
    this.parts.expiry.check();
    await commitSegments(this.parts, writable);
  }

  // --- reading ---

  async snapshot(range: TimeRange): Promise<Snapshot> {
    const { openGaps, completeUntil } = this;
    const heldLedger = () => [...this.held.values()].flat();
    const nameLate = () => this.nameLate();
    return takeSnapshot({ ...this.parts, openGaps, completeUntil, heldLedger, nameLate }, range);
  }

  release(id: number): void {
    const { leases, hot, manifest } = this.parts;
    const lease = leases.end(id);
    if (!lease) return;
    hot.unlease(lease.batches);
    if (manifest.durable) leases.removeDoomed();
  }

  verified(files: readonly string[]): void {
    this.parts.files.verified(files);
  }

  async damaged(file: string, reason: string): Promise<void> {
    this.parts.files.damaged(file, reason);
  }

  status(): StoreStatus {
    return storeStatus(this.parts, this.options, this.failure?.message ?? null);
  }

  async close(): Promise<void> {
    await this.parts.compactor.stop();
    await this.flush();
    await this.writing.run(async () => void (await this.parts.history.flush()));
    const rows = this.parts.hot.rows();
    if (rows > 0)
      this.options.log.error(
        { rows },
        'rows in memory could not be written before the end: those that the journal has are recovered at the next start',
      );
    this.parts.duck.close();
    this.lock.release();
  }
}

/** A full disk met outside a segment's own file (manifest, ledger) says what to do about it as well. */
function withAdvice(error: WeirError): WeirError {
  if (error.code !== 'disk_full' || error.message.includes('retention_bytes')) return error;
  const message = `no space left to write to the store: free some, or lower retention_bytes (${error.message})`;
  return new WeirError('disk_full', message, { cause: error });
}
