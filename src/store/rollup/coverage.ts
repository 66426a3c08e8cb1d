import { DAY_MS, HOUR_MS } from '../layout.ts';
import type { TimeRange } from '../reader.ts';
import type { HistorySnapshot } from '../snapshot.ts';
import { LEVELS, type Level } from './cubes.ts';
import { periodOfDay } from './rollup-paths.ts';

/**
 * The parts of a range that a level can answer, disjoint and in order, aligned to its buckets: what is expired, damaged, or not merged from finer levels yet is left out. A
 * bucket without a row is covered as well: nothing was there. Nothing is covered before `since`.
 */
export function coverageOf(
  snapshot: HistorySnapshot,
  level: Level,
  range: TimeRange,
  since = Number.NEGATIVE_INFINITY,
): TimeRange[] {
  const from = Math.max(range.from, since, snapshot.expired[level] ?? Number.NEGATIVE_INFINITY);
  const whole = { from: Math.ceil(from / level) * level, to: Math.floor(range.to / level) * level };
  const missing: TimeRange[] = snapshot.holes
    .filter((hole) => hole.level === level || hole.level === null)
    .map((hole) => ({ from: Math.floor(hole.from / level) * level, to: Math.ceil(hole.to / level) * level }));
  if (level > LEVELS[0]) {
    for (const hour of unmerged(snapshot))
      missing.push(level === LEVELS[3] ? periodOfDay(hour) : { from: hour, to: hour + HOUR_MS });
  }
  if (level === LEVELS[3]) for (const day of snapshot.dirtyDays) missing.push({ from: day, to: day + DAY_MS });
  return without(whole, missing);
}

/** Hours of 1 min that coarser levels lack. Where 1 min has expired its few late rows are read beside the coarser ones (`lateRollups`). */
function unmerged({ dirtyHours, expired }: HistorySnapshot): readonly number[] {
  const until = expired[LEVELS[0]] ?? Number.NEGATIVE_INFINITY;
  return dirtyHours.filter((hour) => hour >= until);
}

function without(whole: TimeRange, missing: readonly TimeRange[]): TimeRange[] {
  const left: TimeRange[] = [];
  let { from } = whole;
  for (const gap of [...missing].sort((a, b) => a.from - b.from)) {
    if (gap.from > from) left.push({ from, to: Math.min(gap.from, whole.to) });
    from = Math.max(from, gap.to);
    if (from >= whole.to) break;
  }
  if (from < whole.to) left.push({ from, to: whole.to });
  return left.filter((r) => r.to > r.from);
}
