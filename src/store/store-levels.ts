import { statSync } from 'node:fs';
import { join } from 'node:path';
import { folderBytes } from './files.ts';
import { DAY_MS, HOUR_MS, layoutOf } from './layout.ts';
import { DAYS_FILE, hourOfFile } from './ledger-format.ts';
import { type ManifestState, type RollupEntry, readManifest, type SegmentEntry } from './manifest.ts';
import { type LevelLimits, RAW_SHARE, type RetentionLimits } from './retention.ts';
import { LEVELS } from './rollup/cubes.ts';

/** What came in this time is what comes in a day. */
const LATELY_MS = 7 * DAY_MS;
/** The level of a day is one file for each month. */
const LATELY_DAYS_MS = 62 * DAY_MS;
/** Where no age is set: what it takes after so long. */
const FULL_AGE_MS = 3_650 * DAY_MS;
const NAMES = ['1m', '5m', '1h', '1d'] as const;

/** What a part of the store takes on disk now, and what it will take. Times in ms since 1970, of receipt for records, else of the buckets. */
export interface StoreLevel {
  readonly level: 'raw' | (typeof NAMES)[number] | 'ledger' | 'journal';
  readonly bytes: number;
  /** Null where nothing counts them. */
  readonly rows: number | null;
  readonly oldest: number | null;
  readonly newest: number | null;
  /** Times of the flows themselves: of those that were imported they lie before their receipt. Null where there are none. */
  readonly oldestFlow: number | null;
  readonly newestFlow: number | null;
  /** As seen lately; null where less than an hour is there to tell. */
  readonly bytesADay: number | null;
  readonly ageMs: number | null;
  readonly byteLimit: number | null;
  /** Bytes a day times the age (without one: ten years), within its bound and what the bound of the store leaves; null where nobody can tell. */
  readonly atFullAge: number | null;
  /** What the bound of the store takes from it at full age. */
  readonly cutBytes: number;
}

/** What the manifest does not tell. */
export interface BesideLevels {
  readonly ledgerBytes: number;
  readonly ledgerOldest: number | null;
  readonly journalBytes: number;
}

/** Each part of a store, finest first. */
export function storeLevels(
  state: Pick<ManifestState, 'segments' | 'rollups'>,
  limits: RetentionLimits,
  beside: BesideLevels,
): StoreLevel[] {
  const history = LEVELS.map((level, i) =>
    levelOf(
      NAMES[i]!,
      state.rollups.filter((r) => r.level === level).map(spanOfRollup),
      limits.levels?.[level] ?? { ageMs: null, bytes: null },
      level === DAY_MS ? LATELY_DAYS_MS : LATELY_MS,
    ),
  );
  const ledger = ledgerLevel(beside, limits, newestOf(state.segments));
  const journal: StoreLevel = {
    ...EMPTY,
    level: 'journal',
    bytes: beside.journalBytes,
    atFullAge: beside.journalBytes,
  };
  const raw = levelOf('raw', state.segments.map(spanOfSegment), { ageMs: limits.ageMs, bytes: null }, LATELY_MS);
  return withinBudget({ ...raw, ...flowTimes(state.segments) }, history, [ledger, journal], limits.bytes);
}

/** What retention takes where all of it at full age is more than the store may have: records down to their share, the finest history first, then the last records. */
function withinBudget(
  raw: StoreLevel,
  history: readonly StoreLevel[],
  beside: readonly StoreLevel[],
  budget: number | null,
): StoreLevel[] {
  if (budget === null) return [raw, ...history, ...beside];
  const share = RAW_SHARE * budget;
  const wanted = (level: StoreLevel) => level.atFullAge ?? level.bytes;
  // Nobody knows how much records want that came within an hour: their share is not given away.
  const records = raw.atFullAge ?? (raw.bytes > 0 ? Math.max(raw.bytes, share) : 0);
  let over = [...history, ...beside].reduce((n, level) => n + wanted(level), records) - budget;
  const take = (most: number) => {
    const by = Math.max(0, Math.min(over, most));
    over -= by;
    return by;
  };
  let ofRaw = take(records - share);
  const cut = history.map((level) => less(level, take(wanted(level))));
  ofRaw += take(records - ofRaw);
  return [raw.atFullAge === null ? raw : less(raw, ofRaw), ...cut, ...beside];
}

function less(level: StoreLevel, bytes: number): StoreLevel {
  const cutBytes = Math.round(bytes);
  return { ...level, cutBytes, atFullAge: level.atFullAge === null ? null : level.atFullAge - cutBytes };
}

/** Of a store that no node runs on. WeirError `corrupt` where its manifest cannot be believed. */
export function levelsOnDisk(root: string, limits: RetentionLimits): StoreLevel[] {
  const layout = layoutOf(root);
  const state = readManifest(layout.manifest);
  const hours = Object.entries(state.ledgers);
  return storeLevels(state, limits, {
    ledgerBytes: hours.reduce((n, [, length]) => n + length, 0) + fileBytes(join(layout.ledger, DAYS_FILE)),
    ledgerOldest: hours.length > 0 ? Math.min(...hours.map(([file]) => hourOfFile(file))) : null,
    journalBytes: folderBytes(layout.journal),
  });
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly rows: number;
}

const EMPTY = {
  rows: null,
  oldest: null,
  newest: null,
  oldestFlow: null,
  newestFlow: null,
  bytesADay: null,
  ageMs: null,
  byteLimit: null,
  cutBytes: 0,
} as const;

function flowTimes(segments: readonly SegmentEntry[]): Pick<StoreLevel, 'oldestFlow' | 'newestFlow'> {
  if (segments.length === 0) return { oldestFlow: null, newestFlow: null };
  return {
    oldestFlow: segments.reduce((min, s) => Math.min(min, s.minTime), Number.POSITIVE_INFINITY),
    newestFlow: segments.reduce((max, s) => Math.max(max, s.maxTime), Number.NEGATIVE_INFINITY),
  };
}

function spanOfSegment({ minReceived, maxReceived, bytes, rows }: SegmentEntry): Span {
  return { from: minReceived, to: maxReceived, bytes, rows };
}

function spanOfRollup({ minTime, maxTime, level, bytes, rows }: RollupEntry): Span {
  return { from: minTime, to: maxTime + level, bytes, rows };
}

function levelOf(
  level: StoreLevel['level'],
  files: readonly Span[],
  limits: LevelLimits,
  latelyMs: number,
): StoreLevel {
  const bytes = files.reduce((n, f) => n + f.bytes, 0);
  const oldest = files.reduce((min, f) => Math.min(min, f.from), Number.POSITIVE_INFINITY);
  const newest = files.reduce((max, f) => Math.max(max, f.to), Number.NEGATIVE_INFINITY);
  const lately = files.filter((f) => f.to > newest - latelyMs);
  const first = lately.reduce((min, f) => Math.min(min, f.from), newest);
  const span = newest - first;
  const bytesADay = span >= HOUR_MS ? (lately.reduce((n, f) => n + f.bytes, 0) * DAY_MS) / span : null;
  return {
    level,
    bytes,
    rows: files.reduce((n, f) => n + f.rows, 0),
    oldest: files.length > 0 ? oldest : null,
    newest: files.length > 0 ? newest : null,
    // Of history its buckets; records have times of their own.
    oldestFlow: files.length > 0 ? oldest : null,
    newestFlow: files.length > 0 ? newest : null,
    bytesADay: bytesADay === null ? null : Math.round(bytesADay),
    ageMs: limits.ageMs,
    byteLimit: limits.bytes,
    atFullAge: projected(bytesADay, limits.ageMs, limits.bytes),
    cutBytes: 0,
  };
}

function ledgerLevel(beside: BesideLevels, limits: RetentionLimits, newest: number | null): StoreLevel {
  const { ledgerBytes: bytes, ledgerOldest: oldest } = beside;
  const span = oldest === null || newest === null ? 0 : newest - oldest;
  const bytesADay = span >= HOUR_MS ? Math.round((bytes * DAY_MS) / span) : null;
  const atFullAge = projected(bytesADay, limits.ageMs, limits.bytes);
  return { ...EMPTY, level: 'ledger', bytes, oldest, newest, bytesADay, ageMs: limits.ageMs, atFullAge };
}

function newestOf(segments: readonly SegmentEntry[]): number | null {
  return segments.reduce<number | null>((max, s) => Math.max(max ?? s.maxReceived, s.maxReceived), null);
}

function projected(bytesADay: number | null, ageMs: number | null, most: number | null): number | null {
  if (bytesADay === null) return null;
  return Math.round(Math.min((bytesADay * (ageMs ?? FULL_AGE_MS)) / DAY_MS, most ?? Number.POSITIVE_INFINITY));
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
