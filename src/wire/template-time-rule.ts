import { setWide } from '../flow/index.ts';
import { ClockRule } from './clock-rule.ts';
import type { DataSet } from './template-set.ts';
import { type Targets, targetOf } from './template-targets.ts';
import { UNREADABLE } from './template-time-forms.ts';

const START = targetOf('start');
const END = targetOf('end');
const TIME = targetOf('time');
/** No time of a flow: year 9999. */
const LATEST_MS = 253_402_300_799_999;
/**
 * A start this long before the end is no time that was meant: a year. Exporters cut long flows every few minutes, but firewalls tell
 * when a connection began that lives for months.
 */
const LONGEST_MS = 366 * 86_400_000;

/** Filled again for each set. */
const clock = new ClockRule();

/**
 * Writes start, end and `time` (ClockRule) of the records of a set.
 * `starts` and `ends` are ms since 1970, NaN where a record does not tell, UNREADABLE where it tells no time; a negative start is an age
 * before the end. How many rows were moved, or told a time that cannot be.
 */
export function judgeTimes(
  starts: Float64Array,
  ends: Float64Array,
  n: number,
  row: number,
  targets: Targets,
  { header, receivedMs, context }: DataSet,
): number {
  const { exportMs } = header;
  const startOut = targets.u32[START]!;
  const endOut = targets.u32[END]!;
  const timeOut = targets.u32[TIME]!;
  clock.set(exportMs, context, receivedMs);
  let corrected = 0;
  for (let i = 0; i < n; i++) {
    let end = ends[i]!;
    let impossible = false;
    if (!(end >= 0 && end <= LATEST_MS)) {
      // Not told: the export is the latest that it can have been. Told, but no time at all: the same, and counted.
      impossible = !Number.isNaN(end);
      end = exportMs;
    }
    end = Math.floor(end);
    // A flow that starts after its end has no duration, instead of a negative one that would spoil sums.
    let start = starts[i]!;
    if (start < 0) start += end;
    // Neither has one whose start is none: 56 years since 1970 would outweigh all others.
    if (start === UNREADABLE || end - start > LONGEST_MS) {
      impossible = true;
      start = end;
    }
    start = start <= end ? Math.max(0, Math.floor(start)) : end;
    const time = clock.timeOf(end);
    if (time !== end || impossible) corrected++;
    setWide(startOut, row + i, start);
    setWide(endOut, row + i, end);
    setWide(timeOut, row + i, time);
  }
  return corrected;
}
