import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { asWeirError, type Clock, type Log, systemClock, type WeirError } from '../base/index.ts';
import { lockFile } from '../system/index.ts';
import type { Gap, LedgerEntry } from '../truth/index.ts';
import { Compactor } from './compactor.ts';
import { DamageList } from './damage-list.ts';
import { Duck } from './duck.ts';
import { GapFile } from './gap-file.ts';
import { type ClosedAt, HotBatches, type ProducedBatch, type Writable } from './hot-batches.ts';
import { JournalFolder, type UnfinishedJournal } from './journal-folder.ts';
import { hourOf, type Layout, prepareLayout } from './layout.ts';
import { upgradeLayout } from './layout-versions.ts';
import { LedgerFiles } from './ledger-files.ts';
import type { ManifestState, RollupEntry, SegmentEntry } from './manifest.ts';
import { ManifestFile } from './manifest-file.ts';
import { gapSinceLastRun } from './node-runs.ts';
import { openManifest } from './open-manifest.ts';
import { rollupPath, segmentPath } from './paths.ts';
import type { TimeRange } from './reader.ts';
import { expiredUntil, planExpiry, type RetentionLimits } from './retention.ts';
import { DamagedRollups } from './rollup/damaged-rollups.ts';
import { historySnapshot } from './rollup/history-snapshot.ts';
import { HistoryWriter } from './rollup/history-writer.ts';
import { RollupTotals } from './rollup-totals.ts';
import { SegmentLeases } from './segment-leases.ts';
import { Totals } from './segment-totals.ts';
import { writeSegment } from './segment-writer.ts';
import type { Snapshot, SnapshotSource } from './snapshot.ts';
import { SteadyClock } from './steady-clock.ts';
import { type StoreLevel, storeLevels } from './store-levels.ts';
import type { StoreStatus } from './store-status.ts';
import { removeStrays } from './strays.ts';
import { Verification } from './verification.ts';

export interface LocalStoreOptions {
  readonly root: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly retention: RetentionLimits;
  /** Rows of a segment; it is larger only by what one batch holds. */
  readonly segmentRows: number;
  /** A row is in a segment after this time at the latest (while the disk takes it). */
  readonly segmentAgeMs: number;
  readonly writerMemoryBytes: number;
  /** Time that nobody sets, in ms from any start; default: the process's own, or `clock` where that is not the system's. */
  readonly monotonicMs?: () => number;
}

type Wrote = 'some' | 'nothing' | 'refused';

/**
 * The store of one node: it knows which batches are in memory, which segments count, and how far the journal is in them. One thread of one
 * process has it (the lock); readers in other threads get snapshots.
 */
export class LocalStore implements SnapshotSource {
  readonly layout: Layout;
  private readonly options: LocalStoreOptions;
  private readonly lock: { release(): void };
  private readonly duck: Duck;
  private readonly ledgerFiles: LedgerFiles;
  private readonly hot = new HotBatches();
  private readonly manifest: ManifestFile;
  private readonly totals = new Totals();
  private readonly rollupTotals = new RollupTotals();
  private readonly steady: SteadyClock;
  private readonly damage: DamageList;
  /** Files that are what the manifest says, by path below the data directory. */
  private readonly checked = new Set<string>();
  private readonly verification = new Verification();
  private readonly history: HistoryWriter;
  private readonly damagedRollups: DamagedRollups;
  private readonly leases: SegmentLeases;
  private readonly journals: JournalFolder;
  private readonly compactor: Compactor;
  private readonly held = new Map<number, readonly LedgerEntry[]>();
  private flushing: Promise<void> | null = null;
  private failure: WeirError | null = null;
  private retryAt = 0;
  /** `failure` is about letting go, not about writing. */
  private houseFailed = false;
  /** When all that was received before is visible; set by the producers' owner. */
  completeUntil: () => number;
  /** Times without measurement that are over. */
  readonly gaps: GapFile;
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
    this.duck = duck;
    this.manifest = new ManifestFile(layout.manifest, state, options.log);
    this.journals = new JournalFolder(layout.journal, options.log);
    this.leases = new SegmentLeases(layout);
    this.damage = new DamageList(layout, options.log);
    this.ledgerFiles = new LedgerFiles(layout, state.ledgers, (file, reason, range) =>
      this.damage.ledger(file, reason, range),
    );
    this.completeUntil = () => Math.max(0, this.totals.for(this.state.segments).maxReceived);
    this.gaps = new GapFile(layout.gaps, options.log);
    const down = gapSinceLastRun(layout.heartbeat);
    this.openGaps = () => down && [down];
    const { clock, log } = options;
    const { manifest, leases } = this;
    const trusted = (segment: SegmentEntry) => this.trusted(segment);
    this.damagedRollups = new DamagedRollups(layout, manifest, this.damage);
    this.history = new HistoryWriter({
      duck,
      layout,
      manifest,
      leases,
      clock,
      log,
      trusted,
      trustedRollup: (rollup) => this.matches(rollupPath(rollup), rollup),
      written: (rollups) => this.verified(rollups.map(rollupPath)),
    });
    this.compactor = new Compactor({
      duck,
      layout,
      manifest,
      log,
      now: () => clock.now(),
      leaving: () => leases.leaving(),
      isBroken: (id) => this.damage.isBroken(id),
      trusted,
      room: () => this.room(),
      merged: (merged, sources) => {
        this.checked.add(segmentPath(merged));
        leases.doom(sources);
        this.removeDoomed();
      },
    });
    this.steady = new SteadyClock(
      () => clock.now(),
      options.monotonicMs ?? (clock === systemClock ? () => performance.now() : () => clock.now()),
      state.segments.length > 0 ? this.totals.for(state.segments).maxReceived : null,
    );
  }

  private get state(): ManifestState {
    return this.manifest.state;
  }

  static async open(options: LocalStoreOptions): Promise<LocalStore> {
    const layout = prepareLayout(options.root);
    const lock = lockFile(layout.lock);
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
    return this.journals.unfinished(this.state);
  }

  /** A number for the next journal file that is larger than any that was used. */
  nextJournalSequence(): number {
    return this.journals.nextSequence(this.state);
  }

  // --- producers ---

  beginBatch(produced: ProducedBatch): void {
    this.hot.open(produced, this.options.clock.now());
  }
  addLedger(key: string, entries: readonly LedgerEntry[]): void {
    this.hot.addLedger(key, entries);
  }
  /** What a producer has counted and no batch carries yet, in place of what it said before: it stands in views, and is committed with a batch later. */
  holdLedger(producer: number, entries: readonly LedgerEntry[]): void {
    this.held.set(producer, entries);
  }
  closeBatch(key: string, closed: ClosedAt): void {
    this.hot.close(key, closed);
  }
  /** The producer writes no more to this file; it goes when all its rows are in segments. */
  journalClosed(file: string): void {
    this.journals.closed.add(file);
  }
  /** A journal file turned out to be damaged: its readable rows are in, the file is kept for people to look at. */
  journalDamaged(file: string, reason: string): void {
    this.damage.journal(file, reason);
  }

  // --- writing ---

  /** Writes segments when enough waits or the oldest has waited long enough, and lets go what is too old. Call it a few times a second. */
  async tick(pressure = false): Promise<void> {
    if (this.flushing || this.options.clock.now() < this.retryAt) return;
    await this.exclusively(async () => {
      if (!this.keepHouse()) return;
      let hurry = pressure;
      while (this.isDue(hurry) && (await this.writeOnce()) === 'some') hurry = false;
      this.compactor.step(pressure);
      await this.history.work();
    });
  }

  /** Merges all small segments that are due now, without waiting for the next tick. */
  async compact(): Promise<void> {
    for (let before = -1; before !== this.compactor.done.merges; ) {
      before = this.compactor.done.merges;
      while (this.flushing) await this.flushing;
      await this.exclusively(async () => this.compactor.step(false));
      await this.compactor.settled();
      await this.exclusively(async () => this.compactor.step(false));
    }
  }

  private isDue(pressure: boolean): boolean {
    const waiting = this.hot.waiting(this.options.clock.now());
    return (
      waiting.batches > 0 &&
      (pressure || waiting.rows >= this.options.segmentRows || waiting.ageMs >= this.options.segmentAgeMs)
    );
  }

  /** Writes all closed batches; false when the disk refuses and some are left. */
  async flush(): Promise<boolean> {
    while (this.flushing) await this.flushing;
    let wrote = 'some' as Wrote;
    await this.exclusively(async () => {
      while (wrote === 'some') wrote = await this.writeOnce();
    });
    return wrote !== 'refused';
  }

  /** Whether history keeps the tables that cost most; they are the first that a node gives up when more comes than it can do. */
  extras(on: boolean): void {
    this.history.extras(on);
  }

  /** Does all work of history that is due now: what ticks do little by little. */
  async makeHistory(): Promise<void> {
    while (this.flushing) await this.flushing;
    await this.exclusively(() => this.history.finish());
  }

  private async exclusively(work: () => Promise<void>): Promise<void> {
    this.flushing = work();
    try {
      await this.flushing;
    } finally {
      this.flushing = null;
    }
  }

  /** Writes what is closed, up to a segment's size. */
  private async writeOnce(): Promise<Wrote> {
    const writable = this.hot.writable(this.options.segmentRows);
    const finished = [...this.journals.closed].some((file) => !this.hot.refersTo(file, writable.keys));
    if (writable.keys.length === 0 && !finished) return 'nothing';
    try {
      await this.write(writable);
    } catch (error) {
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
      this.expire(0);
      if (this.damage.waiting) this.settleDamage();
      if (this.damagedRollups.waiting) this.damagedRollups.putAside();
      if (this.houseFailed) this.failure = null;
      this.houseFailed = false;
    } catch (error) {
      this.houseFailed = true;
      this.cannotWrite(error);
    }
    return !this.houseFailed;
  }

  private cannotWrite(error: unknown): void {
    const failure = asWeirError(error);
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
    this.expire(writable.groups.reduce((n, g) => n + g.batches.reduce((m, b) => m + b.rows, 0), 0) * 32);
    const journals = { ...this.state.journals };
    for (const [file, position] of Object.entries(writable.journals)) journals[file] = position;
    for (const file of this.journals.closed) {
      if (!this.hot.refersTo(file, writable.keys))
        journals[file] = { ...(journals[file] ?? { offset: 0, skip: 0 }), done: true };
    }
    let id = this.state.nextSegment;
    const fresh: SegmentEntry[] = [];
    let ledgers: ManifestState['ledgers'];
    try {
      for (const group of writable.groups) {
        fresh.push(
          await writeSegment(this.duck, this.layout, id++, group.hour, { parts: group.batches }, writable.journals),
        );
      }
      ledgers = this.ledgerFiles.append(writable.ledger);
      this.manifest.commit({
        ...this.state,
        nextSegment: id,
        segments: [...this.state.segments, ...fresh],
        journals,
        ledgers,
      });
    } catch (error) {
      for (const { file } of fresh) {
        if (!this.manifest.mayName(file)) rmSync(join(this.layout.segments, file), { force: true });
      }
      throw error;
    }
    // Committed: nothing that goes wrong from here on may touch the new segments.
    this.ledgerFiles.commit(ledgers, this.manifest.durable);
    for (const segment of fresh) this.checked.add(segmentPath(segment));
    // Views read the segments from now on; the batches are kept until history has their rows.
    this.hot.hold(writable.keys);
    this.hot.written(writable.keys);
    for (const file of Object.keys(journals)) if (journals[file]!.done) this.journals.closed.delete(file);
    // Not written at once: a file that is gone needs no position, and the next commit leaves it out.
    if (this.manifest.durable) this.manifest.amend(this.journals.forget(this.state));
    for (const [i, { batches }] of writable.groups.entries()) await this.history.add(fresh[i]!, batches);
    this.hot.unlease(writable.keys);
  }

  /** Lets go what is too old or too much; cheap when nothing is. */
  private expire(reserveBytes: number): void {
    const { retention } = this.options;
    const { ageMs, bytes } = retention;
    if (ageMs === null && bytes === null && !retention.levels) return;
    const now = this.steady.now();
    const { segments: before, rollups, expired } = this.state;
    const other = bytes === null ? 0 : reserveBytes + this.otherBytes();
    const gone = this.mustExpire(now, other)
      ? planExpiry(this.state, retention, now, other)
      : { segments: [], rollups: [] };
    const ids = new Set(gone.segments.map((s) => s.id));
    const left = gone.segments.length === 0 ? before : before.filter((s) => !ids.has(s.id));
    // A ledger without the rows it is about is kept in short; one that no rows were ever beside is kept as long as rows are.
    let from = ageMs === null ? Number.NEGATIVE_INFINITY : hourOf(now - ageMs);
    if (gone.segments.length > 0 || expired.rows > 0)
      from = Math.max(from, Math.min(this.totals.for(left).oldestHour, hourOf(now)));
    // An import of an old capture has its losses at the time of the capture, beside its rows.
    from = Math.min(from, hourOf(this.totals.for(left).oldestTime));
    const files = this.ledgerFiles.before(from);
    if (gone.segments.length === 0 && gone.rollups.length === 0 && files.length === 0) return;
    this.ledgerFiles.keepSummaries(files);
    const ledgers = this.ledgerFiles.without(files);
    const rollupIds = new Set(gone.rollups.map((r) => r.id));
    const rowsOf = (list: readonly SegmentEntry[]) => list.reduce((n, s) => n + s.rows, 0);
    this.manifest.commit({
      ...this.state,
      segments: left,
      ledgers,
      rollups: rollups.filter((r) => !rollupIds.has(r.id)),
      rollupsExpired: expiredUntil(this.state.rollupsExpired, gone.rollups),
      expired: {
        rows: expired.rows + rowsOf(gone.segments),
        until: gone.segments.reduce((max, s) => Math.max(max, s.maxTime), expired.until),
        unrolledRows: (expired.unrolledRows ?? 0) + rowsOf(gone.segments.filter((s) => !s.rolled)),
      },
    });
    this.ledgerFiles.commit(ledgers, this.manifest.durable);
    this.leases.doom(gone.segments);
    this.leases.doomRollups(gone.rollups);
    this.removeDoomed();
  }

  /** Whether it pays to look at each file. */
  private mustExpire(now: number, other: number): boolean {
    const { ageMs, bytes, levels } = this.options.retention;
    const { bytes: used, oldestMaxReceived } = this.totals.for(this.state.segments);
    if (ageMs !== null && oldestMaxReceived < now - ageMs) return true;
    if (bytes !== null && used + this.rollupTotals.of(this.state.rollups).bytes + other > bytes) return true;
    return levels !== undefined && this.rollupTotals.of(this.state.rollups).mustExpire(levels, now);
  }

  /** What the data directory takes beside segments and roll-ups. */
  private otherBytes(): number {
    const { bytes } = this.options.retention;
    // What was put aside may not push out what is good: beyond a tenth of the budget it is the operator's to clear away.
    const aside = bytes === null ? 0 : Math.min(this.damage.bytes, bytes / 10);
    return this.journals.bytes + this.ledgerFiles.bytes + aside;
  }

  /** Bytes that the data directory may still grow by. */
  private room(): number {
    const { bytes } = this.options.retention;
    if (bytes === null) return Number.POSITIVE_INFINITY;
    const { segments, rollups } = this.state;
    return bytes - this.totals.for(segments).bytes - this.rollupTotals.of(rollups).bytes - this.otherBytes();
  }

  private removeDoomed(): void {
    if (this.manifest.durable) this.leases.removeDoomed();
  }

  // --- reading ---

  async snapshot(range: TimeRange): Promise<Snapshot> {
    await this.ledgerFiles.prepare(range);
    // From here to the end nothing waits: rows and ledger are those of one moment. What comes in meanwhile is not promised.
    const completeUntil = this.completeUntil();
    const segments = this.state.segments.filter(
      (s) => s.minTime < range.to && s.maxTime >= range.from && !this.damage.isBroken(s.id),
    );
    const { keys, handles } = this.hot.lease();
    const history = historySnapshot(this.layout, this.state, this.damagedRollups, range);
    const rollups = history?.rollups ?? [];
    const id = this.leases.take({ segments, rollups, batches: keys });
    const ledger = this.ledgerFiles.read(range);
    for (const e of [...this.hot.ledger(), ...[...this.held.values()].flat()]) {
      if (e.minute + 60_000 > range.from && e.minute < range.to) ledger.push(e);
    }
    return {
      id,
      directory: this.layout.segments,
      segments,
      unverified: [...segments.map(segmentPath), ...rollups.map(rollupPath)].filter((file) => !this.checked.has(file)),
      hot: handles,
      ledger,
      gaps: this.gapsOf(range),
      damaged: this.damage.of(range),
      completeUntil,
      history,
    };
  }

  private gapsOf(range: TimeRange): Gap[] | null {
    const open = this.openGaps();
    if (open === null && this.gaps.unknown) return null;
    return [...this.gaps.of(range), ...(open ?? []).filter((g) => g.from < range.to)];
  }

  release(id: number): void {
    const lease = this.leases.end(id);
    if (!lease) return;
    this.hot.unlease(lease.batches);
    this.removeDoomed();
  }

  verified(files: readonly string[]): void {
    for (const file of files) this.checked.add(file);
  }

  async damaged(file: string, reason: string): Promise<void> {
    const rollup = this.state.rollups.find((r) => rollupPath(r) === file);
    if (rollup) {
      this.damagedRollups.add(rollup, reason);
      this.keepHouse();
    }
    const segment = this.state.segments.find((s) => segmentPath(s) === file);
    if (!segment || this.damage.isBroken(segment.id)) return;
    // From here on no view has it: what follows may fail without a query noticing.
    this.damage.segment(segment, reason);
    this.keepHouse();
  }

  private async trusted(segment: SegmentEntry): Promise<boolean> {
    return !this.damage.isBroken(segment.id) && this.matches(segmentPath(segment), segment);
  }

  /** Whether a file is what the manifest says; one that is not is put aside. */
  private async matches(file: string, entry: SegmentEntry | RollupEntry): Promise<boolean> {
    if (this.checked.has(file)) return true;
    const reason = await this.verification.of(this.layout.root, file, entry);
    if (reason === null) this.verified([file]);
    else await this.damaged(file, reason);
    return reason === null;
  }

  private settleDamage(): void {
    const { done, error } = this.damage.putAside();
    if (done.length > 0) {
      const ids = new Set(done.map((s) => s.id));
      this.manifest.commit({ ...this.state, segments: this.state.segments.filter((s) => !ids.has(s.id)) });
      this.damage.settled(done);
    }
    if (error) throw error;
  }

  private levels(): StoreLevel[] {
    const { bytes: ledgerBytes, oldestDay: ledgerOldest } = this.ledgerFiles;
    const beside = { ledgerBytes, ledgerOldest, journalBytes: this.journals.bytes };
    return storeLevels(this.state, this.options.retention, beside);
  }

  status(): StoreStatus {
    const now = this.options.clock.now();
    const oldest = this.hot.oldestMs();
    const { segments } = this.state;
    const totals = this.totals.for(segments);
    return {
      root: this.layout.root,
      segments: segments.length,
      rowsAtRest: totals.rows,
      bytesAtRest: totals.bytes,
      rowsInMemory: this.hot.rows(),
      journalBytes: this.journals.bytes,
      lagMs: oldest === null ? 0 : now - oldest,
      damaged: this.damage.all,
      expiredRows: this.state.expired.rows,
      expiredUnrolledRows: this.state.expired.unrolledRows ?? 0,
      levels: this.levels(),
      retentionBytes: this.options.retention.bytes,
      failure: this.failure?.message ?? this.history.failure,
      oldestReceived: segments.length ? totals.minReceived : null,
      newestReceived: segments.length ? totals.maxReceived : null,
    };
  }

  async close(): Promise<void> {
    await this.compactor.stop();
    await this.flush();
    await this.exclusively(async () => void (await this.history.flush()));
    const rows = this.hot.rows();
    if (rows > 0)
      this.options.log.error(
        { rows },
        'rows in memory could not be written before the end: those that the journal has are recovered at the next start',
      );
    this.duck.close();
    this.lock.release();
  }
}
