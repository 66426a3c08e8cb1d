import { DAY_MS, HOUR_MS } from './layout.ts';
import type { SegmentEntry } from './manifest.ts';

/** What is received late, and what a producer has in memory still, is in segments by then. */
const QUIET_MS = 600_000;
/** A merge reads and writes no more rows than this: less than a second of one core, and what sorting takes fits into the writer's memory. */
const MOST_ROWS = 1_000_000;
/** Fewer files than this are not worth writing their rows again. */
const LEAST_FILES = 4;
/** An hour's file with more rows than this stays what it is: opening it costs little beside reading it. */
const SMALL_HOUR_ROWS = 250_000;

/**
 * Segments that should become one, oldest first: those of an hour of receipt that is over, then those of a day that is over and whose hours are
 * small. Null where nothing pays. Only segments whose rows are in roll-ups are merged, and those that never will be with each other: of a file that has rows of
 * both kinds nobody could tell which are.
 */
export function segmentsToMerge(
  segments: readonly SegmentEntry[],
  nowMs: number,
  isUsable: (segment: SegmentEntry) => boolean,
): SegmentEntry[] | null {
  const usable = segments.filter((s) => (s.rolled || s.far) && s.rows < MOST_ROWS / 2 && isUsable(s));
  for (const kind of [usable.filter((s) => s.rolled), usable.filter((s) => !s.rolled)]) {
    const group =
      firstGroup(kind, HOUR_MS, nowMs, () => true) ?? firstGroup(kind, DAY_MS, nowMs, (s) => s.rows < SMALL_HOUR_ROWS);
    if (group) return group;
  }
  return null;
}

function firstGroup(
  segments: readonly SegmentEntry[],
  width: number,
  nowMs: number,
  isSmall: (segment: SegmentEntry) => boolean,
): SegmentEntry[] | null {
  const periods = new Map<number, SegmentEntry[]>();
  for (const segment of segments) {
    const start = Math.floor(segment.hour / width) * width;
    if (start + width + QUIET_MS > nowMs || !isSmall(segment)) continue;
    const period = periods.get(start);
    if (period) period.push(segment);
    else periods.set(start, [segment]);
  }
  for (const start of [...periods.keys()].sort((a, b) => a - b)) {
    const group = firstRun(periods.get(start)!.sort((a, b) => a.minReceived - b.minReceived || a.id - b.id));
    if (group) return group;
  }
  return null;
}

/** The first neighbours that are many enough and together small enough. */
function firstRun(segments: readonly SegmentEntry[]): SegmentEntry[] | null {
  let run: SegmentEntry[] = [];
  let rows = 0;
  for (const segment of segments) {
    if (rows + segment.rows > MOST_ROWS) {
      if (run.length >= LEAST_FILES) return run;
      run = [];
      rows = 0;
    }
    run.push(segment);
    rows += segment.rows;
  }
  return run.length >= LEAST_FILES ? run : null;
}
