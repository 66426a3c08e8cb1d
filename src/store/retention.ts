import { HOUR_MS } from './layout.ts';
import type { ManifestState, RollupEntry, SegmentEntry } from './manifest.ts';
import { LEVELS, type Level } from './rollup/cubes.ts';

export interface LevelLimits {
  /** What is older goes: records by receipt, roll-ups by the end of their buckets; null keeps it. */
  readonly ageMs: number | null;
  /** What it may take on disk; null: no bound of its own. */
  readonly bytes: number | null;
}

export interface RetentionLimits {
  /** Rows received longer ago go; null keeps them. */
  readonly ageMs: number | null;
  /** What the data directory may take on disk, roll-ups and all; null: no bound. */
  readonly bytes: number | null;
  /** The part of the file system that stays free, 0 to 1; absent: none. */
  readonly freeShare?: number;
  /** Of each level of history; one that is absent has none. */
  readonly levels?: Readonly<Partial<Record<Level, LevelLimits>>>;
}

/** What must go. */
export interface Expiry {
  readonly segments: readonly SegmentEntry[];
  readonly rollups: readonly RollupEntry[];
}

/** The part of the disk budget that the newest records keep where history would take all of it. */
export const RAW_SHARE = 0.1;

/**
 * Bytes that must go so that `reserveBytes` more leave free what must stay free. None where not even half of that is free: it was not this store that took so much,
 * and what others take for a while is no reason to delete; then nothing is written (free-space.ts). `leavingBytes` go as soon as nobody reads them.
 */
export function lackOf(
  { room, floor }: { readonly room: number; readonly floor: number },
  reserveBytes: number,
  leavingBytes: number,
): number {
  return room < -floor / 2 ? 0 : Math.max(0, reserveBytes - room - leavingBytes);
}

/**
 * What must go, oldest first: what is too old, what a level has too much of, and what the disk budget has no room for. There records go first, for history tells
 * more for each byte, but the newest of them keep a tenth of the budget; then the finest level. Age waits for history: records that are in no roll-up, or that damaged
 * ones are made again from, and hours that are not settled stay; the disk budget does not wait.
 *
 * What the file system lacks (`lackBytes`) is made of the oldest records alone, up to nine tenths of what the store has: history stays.
 *
 * Records by receipt: a late flow does not keep an old file alive.
 */
export function planExpiry(
  state: Pick<
    ManifestState,
    'segments' | 'rollups' | 'dirtyHours' | 'dirtyDays' | 'remakeHours' | 'remakeDays' | 'rollupsExpired'
  >,
  limits: RetentionLimits,
  nowMs: number,
  otherBytes: number,
  recentHours: readonly number[] = [],
  lackBytes = 0,
): Expiry {
  const segments: SegmentEntry[] = [];
  const rollups: RollupEntry[] = [];
  const { ageMs, bytes } = limits;
  const raw = [...state.segments].sort((a, b) => a.maxReceived - b.maxReceived || a.id - b.id);
  const kept = raw.filter((s) => {
    const isNeeded = (!s.rolled && !s.far) || state.remakeHours.some((hour) => touchesHour(s, hour));
    const old = ageMs !== null && s.maxReceived < nowMs - ageMs && !isNeeded;
    if (old) segments.push(s);
    return !old;
  });
  const levels = LEVELS.map((level) => {
    const files = state.rollups.filter((r) => r.level === level).sort((a, b) => a.to - b.to || a.id - b.id);
    const gone = expiredOfLevel(files, limits.levels?.[level], nowMs, staysFor(state, level, recentHours));
    rollups.push(...gone);
    return files.filter((r) => !gone.includes(r));
  });
  let records = bytesOf(kept);
  const taken = (segment: SegmentEntry) => {
    segments.push(segment);
    records -= segment.bytes;
    return segment.bytes;
  };
  const all = bytesOf(raw) + bytesOf(state.rollups);
  const takeForOthers = () => {
    let gone = bytesOf(segments) + bytesOf(rollups);
    while (gone < lackBytes && records > all * RAW_SHARE && kept.length > 0) gone += taken(kept.shift()!);
    return { segments, rollups };
  };
  if (bytes === null) return takeForOthers();
  let used = records + levels.reduce((n, files) => n + bytesOf(files), 0) + otherBytes;
  const takeRecords = (least: number) => {
    while (used > bytes && records > least && kept.length > 0) {
      used -= taken(kept.shift()!);
    }
  };
  takeRecords(levels.some((files) => files.length > 0) ? bytes * RAW_SHARE : 0);
  for (const files of levels) {
    while (used > bytes && files.length > 0) {
      const file = files.shift()!;
      rollups.push(file);
      used -= file.bytes;
    }
  }
  takeRecords(0);
  return takeForOthers();
}

/** From which time on each level has been taken away, with what goes now. */
export function expiredUntil(
  before: ManifestState['rollupsExpired'],
  gone: readonly RollupEntry[],
): ManifestState['rollupsExpired'] {
  const until = { ...before };
  for (const { level, to } of gone) until[level] = Math.max(until[level] ?? 0, to);
  return until;
}

function expiredOfLevel(
  files: readonly RollupEntry[],
  limits: LevelLimits | undefined,
  nowMs: number,
  stays: (file: RollupEntry) => boolean,
): RollupEntry[] {
  if (!limits) return [];
  let used = bytesOf(files);
  return files.filter((file) => {
    const old = limits.ageMs !== null && file.to <= nowMs - limits.ageMs;
    const over = limits.bytes !== null && used > limits.bytes;
    if ((!old && !over) || stays(file)) return false;
    used -= file.bytes;
    return true;
  });
}

/**
 * Whether a file is still needed: a coarser level is to be made of it, or more may come to its minutes. Later ones wait with it: what comes to a time that has been
 * taken away is added to coarser rows, which must not have it yet.
 */
function staysFor(
  {
    dirtyHours,
    dirtyDays,
    remakeDays,
    rollupsExpired,
  }: Pick<ManifestState, 'dirtyHours' | 'dirtyDays' | 'remakeDays' | 'rollupsExpired'>,
  level: Level,
  recentHours: readonly number[],
): (file: RollupEntry) => boolean {
  const needs: Readonly<Record<Level, readonly number[]>> = {
    60000: [...dirtyHours, ...recentHours],
    300000: remakeDays,
    3600000: dirtyDays,
    86400000: [],
  };
  const starts = needs[level];
  const gone = rollupsExpired[level] ?? Number.NEGATIVE_INFINITY;
  const first = starts.reduce((min, start) => (start >= gone ? Math.min(min, start) : min), Number.POSITIVE_INFINITY);
  // Late rows have files too, from before the first that is kept.
  return ({ from, to }) => to > first || starts.some((start) => start >= from && start < to);
}

function touchesHour({ minTime, maxTime }: SegmentEntry, hour: number): boolean {
  return minTime < hour + HOUR_MS && maxTime >= hour;
}

function bytesOf(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((n, file) => n + file.bytes, 0);
}
