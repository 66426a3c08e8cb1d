import type { JsonValue } from '../flow/index.ts';
import type { TimeBucket } from './answer.ts';
import { bucketValues, byMetric, showKeys } from './assemble.ts';
import type { Compiled } from './compile.ts';
import type { Counted, SeriesPoint } from './counted.ts';
import { extentOfGroup } from './group-extents.ts';
import { countGroups, countShown, type Group, NOTHING, subtractFigures } from './groups.ts';
import { type Figures, type PercentileMetric, peakFigure } from './metrics.ts';
import { varianceOf, varianceSql } from './sampling.ts';
import type { Scope } from './scope.ts';
import type { Wanted } from './statements.ts';
import {
  type Buckets,
  bucketNumbers,
  bucketSeconds,
  bucketShare,
  bucketSql,
  type Extent,
  MOST_BUCKETS,
  tooManyBuckets,
} from './window.ts';

/** Refuses a series that is too long. Statements ask for one row more than is allowed, so that they need not make them all. */
export function refuseTooMany(groups: readonly Group[]): readonly Group[] {
  if (groups.length > MOST_BUCKETS) throw tooManyBuckets();
  return groups;
}

/** Counts the shown groups bucket by bucket, in the order of time and, within a bucket, of the groups. */
export async function countSeries(compiled: Compiled, scope: Scope, shown: Counted['shown']): Promise<SeriesPoint[]> {
  if (shown.length === 0) return [];
  const groups = await countPoints(compiled, scope, shown, scope.shape.buckets);
  const point = ({ key, figures, extras }: Group): SeriesPoint => {
    const group = Number(key[0]);
    const percentiles = percentilesOf(compiled, shown[group]!.figures);
    const variance = scope.shape.how.scaled ? varianceOf(extras) : null;
    return { bucket: Number(key[1]), group, figures: new Map([...figures, ...percentiles]), variance };
  };
  return everyBucket(compiled, scope, shown, groups.map(point));
}

/** The points in the order of time and groups. Without dimensions every bucket of the extent has its point, also one without records. */
export function everyBucket(
  compiled: Compiled,
  { extent, shape }: Scope,
  shown: Counted['shown'],
  points: readonly SeriesPoint[],
): SeriesPoint[] {
  const sorted = [...points].sort((a, b) => a.bucket - b.bucket || a.group - b.group);
  const [only] = shown;
  if (compiled.dimensions.length > 0 || !only || !extent) return sorted;
  const found = new Set(sorted.map((p) => p.bucket));
  const none = new Map([...noFigures(compiled), ...percentilesOf(compiled, only.figures)]);
  const empty = bucketNumbers(extent, shape.buckets.every).filter((b) => !found.has(b));
  const filled = empty.map((bucket): SeriesPoint => ({ bucket, group: 0, figures: none, variance: null }));
  return [...sorted, ...filled].sort((a, b) => a.bucket - b.bucket);
}

/** What is counted for each shown group and bucket; the key is the position of the group and the bucket. */
export async function countPoints(
  compiled: Compiled,
  { run, source, whole, shape }: Scope,
  shown: Counted['shown'],
  buckets: Buckets,
): Promise<readonly Group[]> {
  const wanted: Wanted = {
    ...NOTHING,
    sums: compiled.sums,
    ...shownParts(compiled),
    extras: shape.how.scaled ? varianceSql(shape.how) : [],
  };
  const bucket = bucketSql(buckets);
  const words = compiled.dimensions.flatMap((d) => d.words);
  if (words.length === 0) {
    const groups = await countGroups(run, whole, [bucket], wanted, shape, MOST_BUCKETS + 1);
    return refuseTooMany(groups).map((g) => ({ ...g, key: [0n, g.key[0]!] }));
  }
  const keys = shown.map((s) => s.key);
  return refuseTooMany(await countShown(run, source, words, keys, [bucket], wanted, shape, MOST_BUCKETS + 1));
}

/** What each point shows that is no sum. */
function shownParts({ metrics }: Compiled): Pick<Wanted, 'distincts' | 'peaks'> {
  const peaks = metrics.flatMap((m) => (m.kind === 'peak' ? [m.of] : []));
  return { distincts: metrics.filter((m) => m.kind === 'distinct'), peaks: [...new Set(peaks)] };
}

/** A percentile is about all buckets of a group together: each of its rows has the same. */
export function percentilesOf({ metrics }: Compiled, figures: Figures): [string, bigint][] {
  const percentiles = metrics.filter((m): m is PercentileMetric => m.kind === 'percentile');
  return percentiles.flatMap((m): [string, bigint][] => {
    const value = figures.get(m.name);
    return value === undefined ? [] : [[m.name, value]];
  });
}

export function seriesRows(
  compiled: Compiled,
  extent: Extent,
  every: number,
  shown: Counted['shown'],
  points: readonly SeriesPoint[],
): JsonValue[][] {
  const keys = shown.map((s) => showKeys(compiled.dimensions, s.key));
  const extents = shown.map((s) => extentOfGroup(compiled, extent, s.key));
  return points.map(({ bucket, group, figures }) => [
    bucket * every,
    ...keys[group]!,
    ...bucketValues(compiled.metrics, figures, bucketSeconds(bucket, every, extents[group]!), every),
  ]);
}

async function countBucketTotals(compiled: Compiled, scope: Scope): Promise<Map<number, Figures>> {
  const wanted: Wanted = { ...NOTHING, sums: compiled.sums, ...shownParts(compiled) };
  const bucket = bucketSql(scope.shape.buckets);
  const totals = await countGroups(scope.run, scope.whole, [bucket], wanted, scope.shape, MOST_BUCKETS + 1);
  return new Map(refuseTooMany(totals).map(({ key, figures }) => [Number(key[0]), figures]));
}

/** Every bucket of the extent: what of it was measured, its total, and what of that the shown groups leave out. */
export async function countBuckets(
  compiled: Compiled,
  scope: Scope,
  extent: Extent,
  points: readonly SeriesPoint[],
  known?: ReadonlyMap<number, Figures>,
): Promise<TimeBucket[]> {
  const { sums, metrics } = compiled;
  const { every } = scope.shape.buckets;
  const values = (of: Figures, bucket: number) =>
    byMetric(metrics, bucketValues(metrics, of, bucketSeconds(bucket, every, extent), every));
  const measured = (bucket: number) => bucketShare(bucket, every, extent);
  // Without dimensions the rows are the totals.
  if (compiled.dimensions.length === 0 && points.length > 0) {
    return points.map(({ bucket, figures }) => {
      return { time: bucket * every, measured: measured(bucket), total: values(figures, bucket), other: null };
    });
  }
  const totals = known ?? (await countBucketTotals(compiled, scope));
  const shown = new Map<number, Figures[]>();
  for (const { bucket, figures } of points) {
    const parts = shown.get(bucket);
    if (parts) parts.push(figures);
    else shown.set(bucket, [figures]);
  }
  const none = noFigures(compiled);
  const all = new Set([...(scope.extent ? bucketNumbers(extent, every) : []), ...totals.keys()]);
  return [...all]
    .sort((a, b) => a - b)
    .map((bucket) => {
      const figures = totals.get(bucket) ?? none;
      const rest = subtractFigures(figures, shown.get(bucket) ?? [], { sums });
      const other = rest.get('records') === 0n ? null : values(rest, bucket);
      return { time: bucket * every, measured: measured(bucket), total: values(figures, bucket), other };
    });
}

/** What is counted in a bucket without records. A percentile is about all buckets together, and is none of a total's. */
function noFigures(compiled: Compiled): Figures {
  const { distincts, peaks } = shownParts(compiled);
  return new Map(
    [...compiled.sums.map((s) => s.name), ...distincts.map((d) => d.name), ...peaks.map(peakFigure)].map((n) => [
      n,
      0n,
    ]),
  );
}
