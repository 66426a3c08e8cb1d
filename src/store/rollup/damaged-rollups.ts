import { join } from 'node:path';
import type { DamageList } from '../damage-list.ts';
import type { Layout } from '../layout.ts';
import type { ManifestState, RollupEntry } from '../manifest.ts';
import type { ManifestFile } from '../manifest-file.ts';
import type { Damage, TimeRange } from '../reader.ts';
import type { HistoryHole } from '../snapshot.ts';
import { LEVELS, type Level } from './cubes.ts';
import { levelOfFile, periodOfDay, periodOfHour, rollupFile } from './rollup-paths.ts';

const [ONE_MINUTE, , ONE_HOUR, ONE_DAY] = LEVELS;

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
    const lost = this.damage.all.flatMap(({ file, rows, from, to }) => {
      const level = levelOfFile(file);
      return level === null || rows === 0 || from === null || to === null ? [] : [{ level, from, to: to + 1 }];
    });
    return [...lost, ...[...this.broken.values()].map(({ entry: { level, from, to } }) => ({ level, from, to }))];
  }

  /** Whether a level is known to lack rows in a range. */
  isHole(level: Level, { from, to }: TimeRange): boolean {
    return this.holes().some((hole) => hole.level === level && hole.from < to && hole.to > from);
  }

  /** Whether all records of a range are there, as far as is known at this moment. */
  hasAllRecords({ from, to }: TimeRange): boolean {
    return hasAllRecords(this.manifest.state, this.damage.all, from, to);
  }

  /** Rows of 1 min of an hour were to be made again of records, and now these are gone: coarser levels keep what they have. */
  lose(hour: number): void {
    const { state } = this.manifest;
    const { from, to } = periodOfHour(hour);
    const isOfHour = (file: string, start: number | null) => start === from && levelOfFile(file) === ONE_MINUTE;
    const notes = this.damage.all.filter((d) => isOfHour(d.file, d.from));
    if (notes.every((d) => d.rows === 0)) {
      const file = notes.at(-1)?.file ?? `rollups/${rollupFile(ONE_MINUTE, { from, to }, 0)}`;
      const reason = 'it could not be made again: records of its hour are gone';
      this.damage.history({ file, reason, rows: null, from, to: to - 1 });
    }
    this.manifest.commit({ ...state, remakeHours: state.remakeHours.filter((h) => h !== hour) });
  }

  /** Puts them aside and has them made again; fails where the disk refuses. */
  putAside(): void {
    for (const { entry, reason } of [...this.broken.values()]) {
      const { state } = this.manifest;
      const again = madeAgain(state, entry, this.damage.all);
      const damage: Damage = {
        file: `rollups/${entry.file}`,
        reason: again ? `${reason}; it is made again, no row is missing for it` : reason,
        rows: again ? 0 : entry.rows,
        from: entry.from,
        to: entry.to - 1,
      };
      this.damage.rollup(join(this.layout.rollups, entry.file), damage);
      this.manifest.commit({ ...state, ...again, rollups: state.rollups.filter((r) => r.id !== entry.id) });
      this.broken.delete(entry.id);
    }
  }
}

/** What has to be done for a roll-up to be made again; null where what it was made of is gone. `damage`: all that is known. */
export function madeAgain(
  state: ManifestState,
  { level, from, to }: RollupEntry,
  damage: readonly Damage[],
): Partial<ManifestState> | null {
  const { rollupsExpired, rollups } = state;
  if (level === ONE_MINUTE)
    return hasAllRecords(state, damage, from, to) ? { remakeHours: sorted([...state.remakeHours, from]) } : null;
  const source = level === ONE_DAY ? ONE_HOUR : ONE_MINUTE;
  if (from < (rollupsExpired[source] ?? Number.NEGATIVE_INFINITY)) return null;
  const files = rollups.filter((r) => r.level === source && r.from < to && r.to > from);
  return level === ONE_DAY
    ? { dirtyDays: sorted([...state.dirtyDays, ...files.map((f) => periodOfDay(f.from).from)]) }
    : { dirtyHours: sorted([...state.dirtyHours, ...files.map((f) => f.from)]) };
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
