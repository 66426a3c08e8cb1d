import { WeirError } from '../base/index.ts';
import type { TimeRange } from '../store/index.ts';
import { ALL_MEASURED, type Measure, measuredShare, type Weighed } from '../truth/index.ts';
import type { RangeMeasure } from './range-measure.ts';
import { name, type Sql, sql } from './sql.ts';

/** The range that was asked for; null is open. Half-open, ms since 1970. */
export interface Window {
  readonly from: number | null;
  readonly to: number | null;
  /** Nobody asked for an end, so that `to` is when the question came: what comes until the answer is made may be in it. */
  readonly open?: true;
}

/** The range that rates and percentiles are about: an open end is that of the data; null where there is no data. */
export interface Extent {
  readonly from: number;
  readonly to: number;
  /** As of the window. */
  readonly open?: true;
  /** What of it was measured; absent where that is not known: then all of it counts as measured. */
  readonly measure?: RangeMeasure;
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
  return { from, to, ...(asked.to === undefined && from !== null ? { open: true as const } : {}) };
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
  /** Those that were not measured wholly, with the shares of their time that were: of bytes and packets, and of flows. Both are 0 where one is, or is too small for a rate. */
  readonly partly: readonly (readonly [bucket: number, traffic: number, flows: number])[];
}

/** Measured seconds, by what is counted: NaN where too little was measured for a rate; 0 where nothing was. */
export interface MeasuredSeconds {
  readonly traffic: number;
  readonly flows: number;
}

export function sameSeconds(seconds: number): MeasuredSeconds {
  return { traffic: seconds, flows: seconds };
}

/** Nothing was measured. */
export function noneMeasured({ traffic, flows }: MeasuredSeconds): boolean {
  return traffic === 0 && flows === 0;
}

/** Rates that are not shown because too little was measured have an order all the same. */
export function secondsForOrder({ traffic, flows }: MeasuredSeconds): MeasuredSeconds {
  return { traffic: traffic || 1, flows: flows || 1 };
}

/** More buckets than this are no chart and no table. */
export const MOST_BUCKETS = 100_000;

const HOUR_MS = 3_600_000;
const DEFAULT_WIDTHS = [10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, HOUR_MS];

/** As asked for, else the narrowest of 10 s, 30 s, 1, 5, 10, 30 min and 1 h that makes at most 400 buckets: 5 min for a day. Beyond eleven years so many hours that they can be counted. */
export function bucketsOf(extent: Extent | null, every?: number): Buckets {
  const length = extent ? extent.to - extent.from : 0;
  const width =
    every ??
    DEFAULT_WIDTHS.find((w) => length / w <= 400) ??
    HOUR_MS * Math.ceil(length / HOUR_MS / (MOST_BUCKETS - 1));
  const count = extent ? Math.floor((extent.to - 1) / width) - Math.floor(extent.from / width) + 1 : 0;
  if (every !== undefined && count > MOST_BUCKETS) throw tooManyBuckets();
  return { every: width, count, shift: 0, partly: extent ? partlyMeasured(extent, width) : [] };
}

export function tooManyBuckets(): WeirError {
  const remedy = 'take a larger `every`, a shorter range or a smaller `limit`';
  return new WeirError('usage', `a series of more than ${MOST_BUCKETS} rows: ${remedy}`);
}

/** The buckets that the extent touches, in order. */
export function bucketNumbers(extent: Extent, every: number): number[] {
  const first = Math.floor(extent.from / every);
  return Array.from({ length: Math.floor((extent.to - 1) / every) - first + 1 }, (_, i) => first + i);
}

/**
 * A rate of a bucket of which less than this was measured would be made of what was told late about the rest: exporters tell flows that ended up to a
 * minute ago, and a node that starts again gets them in a few seconds.
 */
const LEAST_MEASURED = 0.5;
/** But so much time has a rate, whatever it is a part of: what is told late is little beside it. */
const ENOUGH_MS = 600_000;

function hasRate(measuredMs: number, share: number): boolean {
  return share >= LEAST_MEASURED || measuredMs >= ENOUGH_MS;
}

function partlyMeasured(extent: Extent, every: number): [number, number, number][] {
  if (!extent.measure || extent.measure.whole) return [];
  const measured = extent.measure;
  const buckets = bucketNumbers(extent, every).map((bucket) => {
    const { from, to } = bucketIn(bucket, every, extent);
    const [traffic, flows] = WEIGHED.map((of) => measuredShare(measured, from, to, of)) as [number, number];
    const enough = WEIGHED.every((of) => hasRate(measured.measuredMs(from, to, of), of === 'flows' ? flows : traffic));
    return { bucket, traffic, flows, enough };
  });
  // Where no bucket was measured better, the little that was is all there is.
  const some = buckets.some(({ enough }) => enough);
  return buckets
    .filter(({ traffic, flows }) => traffic < 1 || flows < 1)
    .map(({ bucket, traffic, flows, enough }) =>
      (some && !enough) || traffic === 0 || flows === 0 ? [bucket, 0, 0] : [bucket, traffic, flows],
    );
}

const WEIGHED = ['traffic', 'flows'] as const;

export function bucketSql({ every, shift }: Pick<Buckets, 'every' | 'shift'>): Sql {
  const time = shift === 0 ? name('time') : sql`(${name('time')} + ${shift})`;
  return sql`(${time} // ${every})`;
}

/** Measured seconds of a bucket that lie in the extent: the first and the last one may be cut. */
export function bucketSeconds(bucket: number, every: number, extent: Extent): MeasuredSeconds {
  return rateSeconds(extent, bucketIn(bucket, every, extent));
}

function rateSeconds({ measure = ALL_MEASURED }: { measure?: Measure }, { from, to }: TimeRange): MeasuredSeconds {
  const seconds = (of: Weighed) => {
    const ms = measure.measuredMs(from, to, of);
    return ms > 0 && !hasRate(ms, measuredShare(measure, from, to, of)) ? Number.NaN : ms / 1000;
  };
  return { traffic: seconds('traffic'), flows: seconds('flows') };
}

/** The share of a bucket's time inside the extent that was measured, 0..1. */
export function bucketShare(bucket: number, every: number, extent: Extent): number {
  const { from, to } = bucketIn(bucket, every, extent);
  return measuredShare(extent.measure ?? ALL_MEASURED, from, to);
}

function bucketIn(bucket: number, every: number, extent: Extent): TimeRange {
  return { from: Math.max(bucket * every, extent.from), to: Math.min((bucket + 1) * every, extent.to) };
}

/** Measured seconds; NaN where there are no data, and no range, or where too little was measured for a rate. */
export function secondsOf(extent: Extent | null): MeasuredSeconds {
  return extent ? rateSeconds(extent, extent) : sameSeconds(Number.NaN);
}

/** The same time `ms` later. */
export function later({ from, to, measure }: Extent, ms: number): Extent {
  return { from: from + ms, to: to + ms, ...(measure ? { measure: measure.later(ms) } : {}) };
}

function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
