import { existsSync } from 'node:fs';
import { asWeirError, type Log, systemClock } from '../base/index.ts';
import type { NamingSettings } from '../label/index.ts';
import {
  DuckReader,
  ExporterStates,
  LocalStore,
  NodeRuns,
  type ReaderOptions,
  type RetentionLimits,
  readClocks,
  type StoreReader,
} from '../store/index.ts';
import { type ExporterState, type Gap, isMeasured, type LedgerEntry, sameGap } from '../truth/index.ts';
import { recoverJournals } from './recover-journals.ts';
import type { ReplayOptions } from './replay.ts';
import type { KnownPlaces, StoreThreadStatus } from './store-messages.ts';

const SEGMENT_ROWS = 250_000;
const MAX_EXPORTERS = 1_000;

export interface JournalledOptions extends Pick<ReaderOptions, 'threads' | 'memoryBytes'> {
  readonly root: string;
  readonly retention: RetentionLimits;
  /** What configuration says of names: for those that rows get late. */
  readonly naming?: NamingSettings | undefined;
  /** What is known of addresses: asked for where there are rows to be made, and no sooner. */
  readonly places?: () => Promise<KnownPlaces | null>;
}

/** How far the process that receives is. */
export interface JournalledUpTo {
  /** The file that it writes to; all others are closed. */
  readonly open: string;
  /** All that it received before is in the others. */
  readonly nowMs: number;
  readonly states: readonly ExporterState[];
  /** What was lost for want of room on the disk and is in no file yet. */
  readonly lost: readonly LedgerEntry[];
  /** What its clocks did that it does not know to be stored, in the order of its happening: sleeps of the machine, and settings of its clock. It may have been told before. */
  readonly gaps: readonly Gap[];
  readonly sync: StoreThreadStatus['journalSync'];
}

/**
 * The store of a node whose receiving process has the lock and writes journals and nothing else: opened now and then, in another process, to make rows of
 * the files that are closed, and to be asked.
 */
export class JournalledStore {
  private readonly store: LocalStore;
  private readonly options: JournalledOptions;
  private readonly log: Log;
  private readonly exporters: ExporterStates;
  private upTo: JournalledUpTo | null = null;
  private reading: Promise<DuckReader> | null = null;
  /** One after the other: they read the same files. */
  private turn: Promise<void> = Promise.resolve();

  private constructor(store: LocalStore, options: JournalledOptions, log: Log) {
    this.store = store;
    this.options = options;
    this.log = log;
    this.exporters = new ExporterStates(store.layout.exporters);
  }

  static async open(options: JournalledOptions, log: Log): Promise<JournalledStore> {
    const { root, retention, memoryBytes, naming } = options;
    const wanted = { root, retention, naming, clock: systemClock, log, segmentRows: SEGMENT_ROWS, segmentAgeMs: 0 };
    const locked = { release() {} };
    return new JournalledStore(
      await LocalStore.open({ ...wanted, writerMemoryBytes: memoryBytes }, locked),
      options,
      log,
    );
  }

  /** The first of a run: what a crash left is made rows, and the time without measurement ends now. Gives the number of the next journal file. */
  async begin(): Promise<number> {
    const { store, log } = this;
    const hadRun = existsSync(store.layout.heartbeat);
    const { rows } = await recoverJournals(store, await this.replayOptions(null), log);
    const { oldestReceived, newestReceived: newest } = store.status();
    const known = { oldest: hadRun || rows > 0 ? oldestReceived : null, newest, crashed: rows > 0 };
    const runs = new NodeRuns(store.layout.heartbeat, store.gaps, known, systemClock.now(), log);
    runs.listening(true, readClocks());
    runs.close();
    return store.nextJournalSequence();
  }

  /** Makes rows of what was closed. What the disk refuses stays in the journal, and answers say up to when they are complete. Gives the gaps that are on disk now. */
  takeIn(upTo: JournalledUpTo): Promise<readonly Gap[]> {
    const next = this.turn.then(() => this.decode(upTo));
    this.turn = next.then(
      () => {},
      () => {},
    );
    return next;
  }

  private async decode(upTo: JournalledUpTo): Promise<readonly Gap[]> {
    const { store, exporters, log } = this;
    this.upTo = upTo;
    exporters.add(upTo.states);
    try {
      exporters.write(upTo.nowMs);
    } catch (error) {
      log.warn({ err: asWeirError(error) }, 'what exporters say of themselves cannot be written: it is tried again');
    }
    store.holdLedger(0, upTo.lost);
    const known = upTo.gaps.findLastIndex((gap) => store.gaps.all.some((each) => sameGap(each, gap)));
    for (const gap of upTo.gaps.slice(known + 1)) {
      if (isMeasured(gap)) store.gaps.cut(gap.from);
      store.gaps.add([gap]);
    }
    store.gaps.write(upTo.nowMs);
    store.openGaps = () => [];
    const { postponed } = await recoverJournals(store, await this.replayOptions(upTo.open), log, upTo.open);
    store.completeUntil = () => postponed.reduce((min, p) => Math.min(min, p.sinceMs), upTo.nowMs);
    return store.gaps.stored ? upTo.gaps : [];
  }

  private async replayOptions(open: string | null): Promise<ReplayOptions> {
    const waiting = this.store.unfinishedJournals().some(({ name }) => name !== open);
    const places = waiting ? ((await this.options.places?.()) ?? null) : null;
    return { maxExporters: MAX_EXPORTERS, flushRows: SEGMENT_ROWS, places };
  }

  /** Writes what a question need not wait for: small segments become larger ones, history is made, what is too old goes. */
  async settle(): Promise<void> {
    await this.store.tick();
    await this.store.compact();
    await this.store.makeHistory();
    // History takes room as well: nobody looks again before the next time.
    await this.store.tick();
  }

  reader(): Promise<StoreReader> {
    const { store, options } = this;
    this.reading ??= DuckReader.start(store, {
      threads: options.threads,
      memoryBytes: options.memoryBytes,
      tempDirectory: store.layout.tmp,
      spillBytes: options.memoryBytes * 4,
      directories: [store.layout.root],
    });
    return this.reading;
  }

  status(): StoreThreadStatus {
    const journalSync = this.upTo?.sync ?? { failure: null, slowestMs: 0, syncs: 0 };
    return { ...this.store.status(), journalSync, deferredFiles: 0, completeUntil: this.store.completeUntil() };
  }

  async close(): Promise<void> {
    await this.turn;
    await (await this.reading)?.close();
    await this.store.close();
  }
}
