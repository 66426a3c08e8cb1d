import { join } from 'node:path';
import type { DamageList } from '../damage-list.ts';
import { DAY_MS, HOUR_MS, type Layout } from '../layout.ts';
import type { ManifestState, RollupEntry } from '../manifest.ts';
import type { ManifestFile } from '../manifest-file.ts';
import type { Damage, TimeRange } from '../reader.ts';
import type { HistoryHole } from '../snapshot.ts';
import { LEVELS, type Level } from './cubes.ts';
import { levelOfFile, periodOfDay, periodOfHour, rollupFile } from './rollup-paths.ts';

const [ONE_MINUTE, FIVE_MINUTES, ONE_HOUR, ONE_DAY] = LEVELS;
const NOTHING_FINER = 'no finer rows are there to make it of again';

/**
 * Roll-ups that could not be believed: in no view from the moment they are found, put aside, and made again from what they were made of: records, or rows of a finer level.
 * Where that has expired, every answer that misses them names them.
 */
export class DamagedRollups {
  private readonly layout: Layout;
  private readonly manifest: ManifestFile;
  private readonly damage: DamageList;
  private readonly broken = new Map<number, { readonly entry: RollupEntry; readonly reason: string }>();

  constructor(layout: Layout, manifest: ManifestFile, damage: DamageList) {
    this.layout = layout;
    this.manifest = manifest;
    this.damage = damage;
  }

  get waiting(): boolean {
    return this.broken.size > 0;
  }
  isBroken(id: number): boolean {
    return this.broken.has(id);
  }

  add(entry: RollupEntry, reason: string): void {
    this.broken.set(entry.id, { entry, reason });
  }

  /** What levels do not have for it. */
  holes(): HistoryHole[] {
    return [
      ...lostRanges(this.damage.all),
      ...[...this.broken.values()].map(({ entry: { level, from, to } }) => ({ level, from, to })),
    ];
  }

  /** Whether rows of a level in a range are lost for good. */
  isLost(level: Level, range: TimeRange): boolean {
    return isLost(this.damage.all, level, range);
  }

  /** Whether all records of a range are there, as far as is known at this moment. */
  hasAllRecords({ from, to }: TimeRange): boolean {
    return hasAllRecords(this.manifest.state, this.damage.all, from, to);
  }

  /** Rows of 1 min of an hour were to be made again of records, and now these are gone: coarser levels keep what they have. */
  loseHour(hour: number): void {
    const { state } = this.manifest;
    this.lose(ONE_MINUTE, periodOfHour(hour), 'it could not be made again: records of its hour are gone');
    this.manifest.commit({ ...state, remakeHours: state.remakeHours.filter((h) => h !== hour) });
  }

  /** Names rows of a level that are gone for good, with what they were made of; `of`: the file that had them, where it is known. */
  lose(level: Level, { from, to }: TimeRange, reason: string, of?: string): void {
    if (this.isLost(level, { from, to })) return;
    const known = this.damage.all.findLast((d) => d.from === from && d.to === to - 1 && levelOfFile(d.file) === level);
    const file = of ?? known?.file ?? `rollups/${rollupFile(level, { from, to }, 0)}`;
    this.damage.history({ file, reason, rows: null, from, to: to - 1 });
  }

  /** Puts them aside and has them made again; fails where the disk refuses. */
  putAside(): void {
    for (const { entry, reason } of [...this.broken.values()]) {
      const { state } = this.manifest;
      const again = madeAgain(state, entry, this.damage.all);
      const damage: Damage = {
        file: `rollups/${entry.file}`,
        reason: again ? `${reason}; it is made again` : reason,
        rows: again ? 0 : entry.rows,
        from: entry.from,
        to: entry.to - 1,
      };
      this.damage.rollup(join(this.layout.rollups, entry.file), damage);
      for (const range of again?.lost ?? []) this.lose(entry.level, range, `${reason}; ${NOTHING_FINER}`, damage.file);
      this.manifest.commit({ ...state, ...again?.work, rollups: state.rollups.filter((r) => r.id !== entry.id) });
      this.broken.delete(entry.id);
    }
  }
}

/** How a roll-up is made again. */
export interface MadeAgain {
  /** What has to be done. */
  readonly work: Partial<ManifestState>;
  /** Parts of its time of which no finer rows are there. */
  readonly lost: readonly TimeRange[];
}

/** How a roll-up is made again, of the finest rows that are there; null where all that it was made of is gone. `damage`: all that is known. */
export function madeAgain(state: ManifestState, entry: RollupEntry, damage: readonly Damage[]): MadeAgain | null {
  const { level, from, to } = entry;
  if (level === ONE_DAY) return daysAgain(state, entry, damage);
  if (level === ONE_MINUTE) {
    if (!hasAllRecords(state, damage, from, to)) return null;
    return { work: { remakeHours: sorted([...state.remakeHours, from]) }, lost: [] };
  }
  const minutes = from >= (state.rollupsExpired[ONE_MINUTE] ?? Number.NEGATIVE_INFINITY);
  const lost = startsOf(entry, HOUR_MS)
    .map(periodOfHour)
    .filter((hour) => isLost(damage, ONE_MINUTE, hour));
  if (level === ONE_HOUR && (!minutes || lost.length > 0)) {
    const fives = from >= (state.rollupsExpired[FIVE_MINUTES] ?? Number.NEGATIVE_INFINITY);
    if (fives && !isLost(damage, FIVE_MINUTES, entry))
      return { work: { remakeDays: sorted([...state.remakeDays, from]) }, lost: [] };
  }
  if (!minutes || lost.length * HOUR_MS === to - from) return null;
  const files = state.rollups.filter((r) => r.level === ONE_MINUTE && r.from < to && r.to > from);
  return { work: { dirtyHours: sorted([...state.dirtyHours, ...files.map((f) => f.from)]) }, lost };
}

/** A month of days: of those whose hours are there, or are made again. */
function daysAgain(state: ManifestState, entry: RollupEntry, damage: readonly Damage[]): MadeAgain | null {
  const { from, to } = entry;
  const expired = state.rollupsExpired[ONE_HOUR] ?? Number.NEGATIVE_INFINITY;
  const lost = startsOf(entry, DAY_MS)
    .map(periodOfDay)
    .filter((day) => day.from < expired || isLost(damage, ONE_HOUR, day));
  if (lost.length * DAY_MS === to - from) return null;
  const isThere = (day: number) => !lost.some((l) => l.from === day);
  const files = state.rollups.filter((r) => r.level === ONE_HOUR && r.from < to && r.to > from);
  const days = [...files.map((f) => periodOfDay(f.from).from), ...state.remakeDays].filter((d) => d >= from && d < to);
  return { work: { dirtyDays: sorted([...state.dirtyDays, ...days.filter(isThere)]) }, lost };
}

function startsOf({ from, to }: TimeRange, width: number): number[] {
  return Array.from({ length: (to - from) / width }, (_, i) => from + i * width);
}

/** What levels have lost for good. */
function lostRanges(damage: readonly Damage[]): (HistoryHole & { readonly level: Level })[] {
  return damage.flatMap(({ file, rows, from, to }) => {
    const level = levelOfFile(file);
    return level === null || rows === 0 || from === null || to === null ? [] : [{ level, from, to: to + 1 }];
  });
}

function isLost(damage: readonly Damage[], level: Level, { from, to }: TimeRange): boolean {
  return lostRanges(damage).some((lost) => lost.level === level && lost.from < to && lost.to > from);
}

/** Whether no record with a time in [from, to) has expired or was in a segment that is lost: else what was added up of them is all that is left. */
export function hasAllRecords(
  { expired }: Pick<ManifestState, 'expired'>,
  damage: readonly Damage[],
  from: number,
  to: number,
): boolean {
  if (expired.rows > 0 && expired.until >= from) return false;
  return !damage.some(
    (d) => d.file.startsWith('segments/') && d.rows !== 0 && (d.from ?? from) < to && (d.to ?? from) >= from,
  );
}

function sorted(times: readonly number[]): number[] {
  return [...new Set(times)].sort((a, b) => a - b);
}
