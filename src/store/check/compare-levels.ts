import { DAY_MS, HOUR_MS } from '../layout.ts';
import type { ManifestState } from '../manifest.ts';
import { LEVELS, type Level } from '../rollup/cubes.ts';
import { type Finding, type Fix, timeText } from './finding.ts';
import { difference, NOTHING, plus, type Sums } from './sums.ts';

const [ONE_MINUTE, FIVE_MINUTES, ONE_HOUR, ONE_DAY] = LEVELS;
const NAMES: Readonly<Record<Level, string>> = { 60000: '1 min', 300000: '5 min', 3600000: '1 h', 86400000: '1 day' };

/** What was read of one level: sums by hour (1 day: by day), and where its cubes are not equal. */
export interface LevelSums {
  readonly total: Map<number, Sums>;
  readonly deviating: Map<number, string>;
}

/** What is compared. */
export interface Totals {
  readonly state: ManifestState;
  readonly levels: Readonly<Record<Level, LevelSums>>;
  /** Of records that are in roll-ups, by hour. */
  readonly records: ReadonlyMap<number, Sums>;
  /** Whether all records with a time in [from, to) are there. */
  readonly hasAllRecords: (from: number, to: number) => boolean;
  /** Whether rows of a level are known to be missing in [from, to). */
  readonly isHole: (level: Level, from: number, to: number) => boolean;
}

/** Compares what must be equal: cubes with each other, levels with finer ones, and rows of a minute with records. */
export class LevelComparison {
  private readonly totals: Totals;
  private readonly dirtyHours: ReadonlySet<number>;
  private readonly remakeHours: ReadonlySet<number>;
  private readonly found: Finding[] = [];
  /** Days with an hour that deviates. */
  private readonly touched = new Set<number>();

  constructor(totals: Totals) {
    this.totals = totals;
    this.dirtyHours = new Set(totals.state.dirtyHours);
    this.remakeHours = new Set(totals.state.remakeHours);
  }

  findings(): Finding[] {
    const { levels, records } = this.totals;
    const hours = new Set(records.keys());
    for (const level of [ONE_MINUTE, FIVE_MINUTES, ONE_HOUR] as const)
      for (const hour of levels[level].total.keys()) hours.add(hour);
    const sorted = [...hours].sort((a, b) => a - b);
    for (const hour of sorted) if (!this.remakeHours.has(hour)) this.hour(hour);
    const days = new Set([...sorted.map(dayOf), ...levels[ONE_DAY].total.keys()]);
    for (const day of [...days].sort((a, b) => a - b))
      this.day(
        day,
        sorted.filter((hour) => dayOf(hour) === day),
      );
    return this.found;
  }

  private hour(hour: number): void {
    const { levels, records } = this.totals;
    const whole = this.totals.hasAllRecords(hour, hour + HOUR_MS);
    const known = whole ? (records.get(hour) ?? NOTHING) : null;
    let finer: Sums | null = known;
    let isMinute = false;
    if (this.has(ONE_MINUTE, hour)) {
      const bad =
        levels[ONE_MINUTE].deviating.get(hour) ?? (known && this.than(ONE_MINUTE, hour, known, 'its records'));
      if (bad) {
        this.add(ONE_MINUTE, hour, bad, whole ? { kind: 'remake', hour } : { kind: 'none' });
        return;
      }
      finer = this.sums(ONE_MINUTE, hour);
      isMinute = true;
    }
    if (this.dirtyHours.has(hour)) return;
    for (const level of [FIVE_MINUTES, ONE_HOUR] as const) {
      if (!this.has(level, hour)) continue;
      const inner = levels[level].deviating.get(hour);
      const bad = inner ?? (finer && this.than(level, hour, finer, isMinute ? 'rows of 1 min' : 'finer ones'));
      // Of two that differ and are whole in themselves, the records say which is right.
      if (bad) {
        this.add(level, hour, bad, isMinute && (whole || inner) ? { kind: 'settle', hour } : { kind: 'none' });
        return;
      }
      finer ??= this.sums(level, hour);
    }
  }

  private day(day: number, hours: readonly number[]): void {
    const { state, levels, hasAllRecords, isHole } = this.totals;
    const open = hours.some((hour) => this.dirtyHours.has(hour) || this.remakeHours.has(hour));
    if (open || this.touched.has(day) || state.dirtyDays.includes(day) || !this.has(ONE_DAY, day)) return;
    const hasHours = day >= expiredBefore(state, ONE_HOUR) && !isHole(ONE_HOUR, day, day + DAY_MS);
    const sum = hours.reduce((all, hour) => plus(all, this.sums(ONE_HOUR, hour)), NOTHING);
    const inner = levels[ONE_DAY].deviating.get(day);
    const bad = inner ?? (hasHours ? this.than(ONE_DAY, day, sum, 'rows of 1 h') : null);
    if (!bad) return;
    const known = inner !== undefined || hasAllRecords(day, day + DAY_MS);
    this.add(ONE_DAY, day, bad, hasHours && known ? { kind: 'settle-day', day } : { kind: 'none' });
  }

  private has(level: Level, at: number): boolean {
    const { state, isHole } = this.totals;
    const width = level === ONE_DAY ? DAY_MS : HOUR_MS;
    return at >= expiredBefore(state, level) && !isHole(level, at, at + width);
  }

  private sums(level: Level, at: number): Sums {
    return this.totals.levels[level].total.get(at) ?? NOTHING;
  }

  private than(level: Level, at: number, other: Sums, name: string): string | null {
    const differs = difference(this.sums(level, at), other);
    return differs && `it has ${differs} than ${name}`;
  }

  private add(level: Level, at: number, problem: string, fix: Fix): void {
    this.touched.add(dayOf(at));
    const what = `history of ${NAMES[level]}, ${timeText(at)}`;
    this.found.push({ what, problem, fix, will: WILL[fix.kind] ?? KEPT, lost: null });
  }
}

const KEPT = 'it was left as it is: what it was made of is gone, and nothing tells what is right';
const WILL: Readonly<Partial<Record<Fix['kind'], string>>> = {
  remake: 'it was made again from records',
  settle: 'it was made again from rows of 1 min',
  'settle-day': 'it was made again from rows of 1 h',
};

function dayOf(ms: number): number {
  return ms - (ms % DAY_MS);
}

function expiredBefore({ rollupsExpired }: ManifestState, level: Level): number {
  return rollupsExpired[level] ?? Number.NEGATIVE_INFINITY;
}
