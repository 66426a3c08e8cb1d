import { WeirError } from '../base/index.ts';
import type { TimeRange } from '../store/index.ts';
import { name, type Sql, sql } from './sql.ts';

/** The range that was asked for; null is open. Half-open, ms since 1970. */
export interface Window {
  readonly from: number | null;
  readonly to: number | null;
}

/** The range that rates and percentiles are about: an open end is that of the data; null where there is no data. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/**
 * Without `to` the range ends now; without both it is everything that is stored, even what is dated after now. A range from
 * 1970 on is one without a start: no flow is older, and a rate over all those years would mean nothing.
 */
export function windowOf(asked: { from?: number | undefined; to?: number | undefined }, now: number): Window {
  const from = asked.from !== undefined && asked.from > 0 ? asked.from : null;
  const to = asked.to ?? (from === null ? null : now);
  if (from !== null && to !== null && from >= to) {
    throw new WeirError('usage', `the range is empty: from ${isoTime(from)} is not before to ${isoTime(to)}`);
  }
  return { from, to };
}

export function earlier(window: Window, ms: number): Window {
  return { from: window.from === null ? null : window.from - ms, to: window.to === null ? null : window.to - ms };
}

/** The range as a store is asked for it. */
export function storeRange({ from, to }: Window): TimeRange {
  return { from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER };
}

/** The condition on `time`; segments hold more than the range that they were picked for. */
export function windowSql({ from, to }: Window): Sql {
  const time = name('time');
  if (from !== null && to !== null) return sql`(${time} >= ${from} AND ${time} < ${to})`;
  if (from !== null) return sql`(${time} >= ${from})`;
  return to === null ? sql`true` : sql`(${time} < ${to})`;
}

/** Buckets of time, aligned to 1970: bucket b is [b x every, (b + 1) x every). */
export interface Buckets {
  readonly every: number;
  /** Number of buckets that the extent touches. */
  readonly count: number;
  /** Added to `time` before it is divided: brings the range before into the buckets of this one. */
  readonly shift: number;
}

const DEFAULT_WIDTHS = [10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000];

/** As asked for, else the narrowest of 10 s, 30 s, 1, 5, 10, 30 min and 1 h that makes at most 400 buckets: 5 min for a day. */
export function bucketsOf(extent: Extent | null, every?: number): Buckets {
  const length = extent ? extent.to - extent.from : 0;
  const width = every ?? DEFAULT_WIDTHS.find((w) => length / w <= 400) ?? DEFAULT_WIDTHS.at(-1)!;
  const count = extent ? Math.floor((extent.to - 1) / width) - Math.floor(extent.from / width) + 1 : 0;
  return { every: width, count, shift: 0 };
}

export function bucketSql({ every, shift }: Buckets): Sql {
  const time = shift === 0 ? name('time') : sql`(${name('time')} + ${shift})`;
  return sql`(${time} // ${every})`;
}

/** Seconds of a bucket that lie in the extent: the first and the last one may be cut. */
export function bucketSeconds(bucket: number, every: number, extent: Extent): number {
  const from = Math.max(bucket * every, extent.from);
  return (Math.min((bucket + 1) * every, extent.to) - from) / 1000;
}

export function secondsOf(extent: Extent | null): number {
  return extent ? (extent.to - extent.from) / 1000 : 0;
}

function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
