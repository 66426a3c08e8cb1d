import { DAY_MS, HOUR_MS } from './layout.ts';
import type { TimeRange } from './reader.ts';

/** In ranges longer than this whole days are told by their summary, in shorter ones a stream has one entry for each whole hour. */
const HOURLY_MS = 7 * DAY_MS;
/** Days that are added up together where a range has all of them. */
const BLOCK_MS = 30 * DAY_MS;

/** What a part of a range is answered from: a month or so, a day, an hour in sums, an hour by minute, a day of which only the summary is left. */
export interface Piece {
  readonly is: 'block' | 'day' | 'hour' | 'minutes' | 'kept';
  /** Its start, ms. */
  readonly at: number;
}

/**
 * What a range of the ledger is answered from.
 *
 * @param byDay hours that have a file by their day, oldest day first; none where only the summary is left.
 * @param end of the newest hour.
 * @param isKept whether hours of a day are gone and its summary tells of them.
 */
export function* piecesOf(
  range: TimeRange,
  byDay: ReadonlyMap<number, readonly number[]>,
  end: number,
  isKept: (day: number) => boolean,
): Generator<Piece> {
  // As far as there is a ledger: a range without a start is not long for that.
  const first = byDay.keys().next().value ?? 0;
  const long = Math.min(range.to, end) - Math.max(range.from, first) > HOURLY_MS;
  let block = Number.NaN;
  for (const [day, hours] of byDay) {
    if (day >= range.to || day + DAY_MS <= range.from) continue;
    if (long && isWhole(blockOf(day), BLOCK_MS, range)) {
      // Days are in order: those of a block follow each other.
      if (blockOf(day) !== block) yield { is: 'block', at: blockOf(day) };
      block = blockOf(day);
    } else if (long && isWhole(day, DAY_MS, range)) yield { is: 'day', at: day };
    else {
      if (isKept(day)) yield { is: 'kept', at: day };
      for (const hour of hours)
        if (hour < range.to && hour + HOUR_MS > range.from)
          yield { is: isWhole(hour, HOUR_MS, range) ? 'hour' : 'minutes', at: hour };
    }
  }
}

/** How much of a day is in the range, ms. */
export function overlap(day: number, range: TimeRange): number {
  return Math.min(day + DAY_MS, range.to) - Math.max(day, range.from);
}

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

export function blockOf(ms: number): number {
  return Math.floor(ms / BLOCK_MS) * BLOCK_MS;
}

function isWhole(start: number, length: number, range: TimeRange): boolean {
  return start >= range.from && start + length <= range.to;
}
