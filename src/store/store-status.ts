import type { Gap } from '../truth/index.ts';
import type { ManifestState } from './manifest.ts';
import type { Damage } from './reader.ts';
import type { StoreLevel } from './store-levels.ts';
import type { LocalStoreOptions } from './store-options.ts';
import type { StoreParts } from './store-parts.ts';

/** What a store says of itself. */
export interface StoreStatus {
  readonly root: string;
  readonly segments: number;
  readonly rowsAtRest: number;
  readonly bytesAtRest: number;
  readonly rowsInMemory: number;
  readonly journalBytes: number;
  /** Age of the oldest row that is not in a segment. */
  readonly lagMs: number;
  readonly damaged: readonly Damage[];
  readonly expiredRows: number;
  /** Of them, rows that the disk budget took before they were in a roll-up. */
  readonly expiredUnrolledRows: number;
  /** What the data directory may take on disk; null: no bound. */
  readonly retentionBytes: number | null;
  /** The part of the file system that stays free, 0 to 1. */
  readonly freeShare: number;
  /** Why the store cannot write at the moment; null when it can. */
  readonly failure: string | null;
  readonly oldestReceived: number | null;
  readonly newestReceived: number | null;
  /** What each part takes on disk, now and at full age. */
  readonly levels: readonly StoreLevel[];
  readonly historyWaiting: HistoryWaiting;
  /** The last time within a day that the clock of this machine was set; null where it was not. */
  readonly clockSet: ClockSet | null;
}

interface ClockSet {
  /** The time that it was set to. */
  readonly toMs: number;
  readonly back: boolean;
}

const DAY_MS = 86_400_000;

function clockSet(gaps: readonly Gap[], nowMs: number): ClockSet | null {
  const last = gaps.findLast(({ cause }) => cause === 'clock' || cause === 'set_back');
  if (last === undefined) return null;
  const back = last.cause === 'set_back';
  const toMs = back ? last.from : last.to!;
  return Math.abs(nowMs - toMs) < DAY_MS ? { toMs, back } : null;
}

/** What history is still to be made of: until then questions read records, or finer levels, in its place. */
interface HistoryWaiting {
  /** At rest and in no roll-up; without those that never will be. */
  readonly rows: number;
  /** Hours whose 5 min and 1 h are to be made; the one that runs is among them. */
  readonly hours: number;
  /** Days whose 1 day is to be made; the one that runs is among them. */
  readonly days: number;
}

function historyWaiting(state: Pick<ManifestState, 'segments' | 'dirtyHours' | 'dirtyDays'>): HistoryWaiting {
  const { segments, dirtyHours, dirtyDays } = state;
  const waiting = segments.filter((s) => !s.rolled && !s.far);
  return { rows: waiting.reduce((n, s) => n + s.rows, 0), hours: dirtyHours.length, days: dirtyDays.length };
}

/** `failure`: why segments cannot be written at the moment. */
export function storeStatus(parts: StoreParts, options: LocalStoreOptions, failure: string | null): StoreStatus {
  const { manifest, expiry, hot, journals, damage, history } = parts;
  const { state } = manifest;
  const { segments, expired } = state;
  const { totals } = expiry;
  const oldest = hot.oldestMs();
  return {
    root: parts.layout.root,
    segments: segments.length,
    rowsAtRest: totals.rows,
    bytesAtRest: totals.bytes,
    rowsInMemory: hot.rows(),
    journalBytes: journals.bytes,
    lagMs: oldest === null ? 0 : options.clock.now() - oldest,
    damaged: damage.all,
    expiredRows: expired.rows,
    expiredUnrolledRows: expired.unrolledRows ?? 0,
    levels: expiry.levels(),
    historyWaiting: historyWaiting(state),
    clockSet: clockSet(parts.gaps.all, options.clock.now()),
    retentionBytes: options.retention.bytes,
    freeShare: options.retention.freeShare ?? 0,
    failure: failure ?? history.failure,
    oldestReceived: segments.length ? totals.minReceived : null,
    newestReceived: segments.length ? totals.maxReceived : null,
  };
}
