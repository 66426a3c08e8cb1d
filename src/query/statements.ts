import { enumCode } from '../flow/index.ts';
import type { RawValue } from '../store/index.ts';
import { type KeyWord, knownSql } from './dimensions.ts';
import type { HostCounts } from './host-counts.ts';
import {
  type DistinctMetric,
  type HostSide,
  type Metric,
  MINUTE_MS,
  type PercentileMetric,
  peakFigure,
  secondsFor,
} from './metrics.ts';
import { bound, list, made, name, type Sql, sql } from './sql.ts';
import { type Arithmetic, FLOWS, type Sum } from './sums.ts';
import { type Buckets, bucketSql, type MeasuredSeconds } from './window.ts';

/** The rows that a statement is about: what stands behind FROM and behind WHERE. */
export interface Source {
  readonly from: Sql;
  readonly where: Sql;
}

/** What is counted for each group. */
export interface Wanted {
  readonly sums: readonly Sum[];
  readonly distincts: readonly DistinctMetric[];
  readonly percentiles: readonly PercentileMetric[];
  /** Sums whose largest one of a minute is wanted. */
  readonly peaks: readonly Sum[];
  /** Further aggregates, as they are: variances. */
  readonly extras: readonly Sql[];
}

export interface Shape {
  readonly how: Arithmetic;
  /** Buckets of percentiles. */
  readonly buckets: Buckets;
  /** Where rows are those of history: what counts hosts instead of addresses in rows. */
  readonly hosts?: HostCounts | undefined;
}

/** Columns of a figure statement: the keys `k0`, `k1`, ..., then sums, distinct counts, percentiles, peaks and extras as `f0`, `f1`, ... */
export function figureNames(wanted: Wanted): string[] {
  const { sums, distincts, percentiles, peaks, extras } = wanted;
  return [
    ...sums.map((s) => s.name),
    ...distincts.map((d) => d.name),
    ...percentiles.map((p) => p.name),
    ...peaks.map(peakFigure),
    ...extras.map((_, i) => `extra${i}`),
  ];
}

export const keyName = (i: number) => name(`k${i}`);
export const figureName = (i: number) => name(`f${i}`);

/**
 * Groups the rows by `keys` and counts what is wanted: one row per group. Distinct counts go over DISTINCT rows of their
 * own (DuckDB does it in parallel and on disk if it must), percentiles and peaks over sums per group and bucket.
 */
export function figureStatement(source: Source, keys: readonly Sql[], wanted: Wanted, shape: Shape): Sql {
  const aliases = keys.map((_, i) => keyName(i));
  const keyList = keys.map((k, i) => sql`${k} AS ${keyName(i)}`);
  const grouped = (columns: readonly Sql[], from: Sql) =>
    sql`(SELECT ${list([...aliases, ...columns])} FROM ${from} ${groupBy(aliases)})`;
  const join = aliases.length > 0 ? sql`LEFT JOIN` : sql`CROSS JOIN`;
  const using = aliases.length > 0 ? sql` USING (${list(aliases)})` : sql``;

  const direct = [...wanted.sums.map((s) => s.sql(shape.how)), ...wanted.extras];
  const named = [...keyList, ...direct.map((d, i) => sql`${d} AS ${name(`a${i}`)}`)];
  const base =
    named.length === 0
      ? sql`(SELECT 1 AS one) AS g`
      : sql`(SELECT ${list(named)} FROM ${source.from} WHERE ${source.where} ${groupBy(aliases)}) AS g`;

  const counted = wanted.distincts.map((metric, i) => {
    const words = metric.dimension.words.map((w, j) => sql`${w.sql} AS ${name(`w${j}`)}`);
    const known = list([knownSql(metric.dimension.column) ?? sql`true`, ...hostsSql(metric.hosts)], ' AND ');
    const values = sql`(SELECT DISTINCT ${list([...keyList, ...words])} FROM ${source.from} WHERE ${source.where} AND ${known})`;
    return sql`${join} ${grouped([sql`count(*) AS ${name(`d${i}`)}`], values)} AS ${name(`t${i}`)}${using}`;
  });
  const ranked = [
    ...(wanted.percentiles.length > 0 ? [percentileJoin()] : []),
    ...(wanted.peaks.length > 0 ? [peakJoin()] : []),
  ];

  function percentileJoin(): Sql {
    const sums = wanted.percentiles.map((p, i) => sql`${p.of.of.sql(shape.how)} AS ${name(`s${i}`)}`);
    const bucket = sql`${bucketSql(shape.buckets)} AS b`;
    const inBuckets = sql`(SELECT ${list([...keyList, bucket, ...sums])} FROM ${source.from} WHERE ${source.where}
      ${groupBy([...aliases, sql`b`])})`;
    const measured = measuredBuckets(inBuckets, aliases, wanted.percentiles, shape.buckets);
    const values = wanted.percentiles.map((p, i) => percentileSql(p, name(`s${i}`), shape.buckets, name(`p${i}`)));
    return sql`${join} ${grouped(values, measured)} AS p${using}`;
  }

  function peakJoin(): Sql {
    const sums = wanted.peaks.map((of, i) => sql`${minuteSql(of, shape.how)} AS ${name(`s${i}`)}`);
    const minute = sql`(${name('time')} // ${MINUTE_MS}) AS b`;
    const inMinutes = sql`(SELECT ${list([...keyList, minute, ...sums])} FROM ${source.from} WHERE ${source.where}
      ${groupBy([...aliases, sql`b`])})`;
    const values = wanted.peaks.map((_, i) => sql`max(${name(`s${i}`)}) AS ${name(`m${i}`)}`);
    return sql`${join} ${grouped(values, inMinutes)} AS m${using}`;
  }

  const figures = [
    ...wanted.sums.map((_, i) => sql`coalesce(${name(`a${i}`)}, 0)`),
    ...wanted.distincts.map((_, i) => sql`coalesce(${name(`d${i}`)}, 0)`),
    ...wanted.percentiles.map((_, i) => sql`coalesce(${name(`p${i}`)}, 0)`),
    ...wanted.peaks.map((_, i) => sql`coalesce(${name(`m${i}`)}, 0)`),
    ...wanted.extras.map((_, i) => name(`a${wanted.sums.length + i}`)),
  ].map((f, i) => sql`${f} AS ${figureName(i)}`);
  const columns = list([...aliases, ...figures]);
  return sql`SELECT ${columns} FROM ${base} ${list([...counted, ...ranked], ' ')}`;
}

function groupBy(aliases: readonly Sql[]): Sql {
  return aliases.length > 0 ? sql`GROUP BY ${list(aliases)}` : sql``;
}

/** The rows in which the address is that of a host at home which took part in traffic across the border. */
function hostsSql(side: HostSide | null): Sql[] {
  return side === null ? [] : [sql`${name('direction')} = ${enumCode('direction', side)}`];
}

/** The largest sum of a minute among the rows of one `time // minute`: those of coarse levels hold it, all others are of that minute. */
function minuteSql(of: Sum, how: Arithmetic): Sql {
  if (!how.rolled) return of.sql(how);
  const peak = name(peakFigure(of));
  return sql`greatest(coalesce(${of.sql(how)} FILTER (WHERE ${peak} IS NULL), 0), coalesce(max(${peak}), 0))`;
}

/** Without the buckets of which nothing was measured; what a rate is made of is that of the whole bucket, had it been measured as it was in part. */
function measuredBuckets(
  inBuckets: Sql,
  aliases: readonly Sql[],
  percentiles: readonly PercentileMetric[],
  { partly }: Buckets,
): Sql {
  if (partly.length === 0) return inBuckets;
  const values = percentiles.map(({ of }, i) => {
    const value = name(`s${i}`);
    const share = of.kind === 'rate' && of.of === FLOWS ? sql`flows_share` : sql`share`;
    const whole = sql`CAST(round(${value} / ${share}) AS HUGEINT)`;
    return of.kind === 'rate' ? sql`CASE WHEN share IS NULL THEN ${value} ELSE ${whole} END AS ${value}` : value;
  });
  const column = (of: readonly number[], type: 'BIGINT' | 'DOUBLE') =>
    sql`unnest(from_json(${bound(JSON.stringify(of))}, ${made(`'["${type}"]'`)}))`;
  const shares = sql`(SELECT ${column(
    partly.map(([bucket]) => bucket),
    'BIGINT',
  )} AS b, ${column(
    partly.map(([, share]) => share),
    'DOUBLE',
  )} AS share, ${column(
    partly.map(([, , share]) => share),
    'DOUBLE',
  )} AS flows_share)`;
  return sql`(SELECT ${list([...aliases, sql`b`, ...values])} FROM ${inBuckets} AS i LEFT JOIN ${shares} AS m USING (b)
    WHERE share IS NULL OR share > 0)`;
}

/** Nearest rank among all measured buckets: those without rows hold 0 and stand before the others. */
function percentileSql(metric: PercentileMetric, value: Sql, buckets: Buckets, alias: Sql): Sql {
  const count = buckets.count - buckets.partly.filter(([, share]) => share === 0).length;
  const above = count - nearestRank(metric.percent, count);
  return sql`CASE WHEN count(*) > ${above} THEN list_sort(list(${value}))[count(*) - ${above}] ELSE 0 END AS ${alias}`;
}

/** 1-based rank of a percentile among `count` values; the small step back keeps 95 x 20 / 100 at 19. */
function nearestRank(percent: number, count: number): number {
  return Math.max(1, Math.ceil((percent * count) / 100 - 1e-9));
}

/** The SQL of a metric's value over the columns of a figure statement, for ORDER BY and HAVING. */
export function metricSql(metric: Metric, wanted: Wanted, measured: MeasuredSeconds, bucketSeconds: number): Sql {
  const names = figureNames(wanted);
  const figure = (of: string) => figureName(names.indexOf(of));
  const double = (value: Sql) => sql`CAST(${value} AS DOUBLE)`;
  const perSecond = (value: Sql, scale: number, s: number) =>
    s > 0 ? sql`(${double(value)} * ${scale} / ${s})` : sql`CAST(NULL AS DOUBLE)`;
  switch (metric.kind) {
    case 'sum':
      return figure(metric.of.name);
    case 'rate':
      return perSecond(figure(metric.of.name), metric.scale, secondsFor(metric.of, measured));
    case 'ratio':
      return sql`(${double(figure(metric.of.name))} / nullif(${double(figure(metric.per.name))}, 0))`;
    case 'distinct':
      return figure(metric.name);
    case 'peak': {
      const value = figure(peakFigure(metric.of));
      const seconds = secondsFor(metric.of, measured);
      if (metric.scale === null) return value;
      const largest = perSecond(value, metric.scale, MINUTE_MS / 1000);
      if (seconds * 1000 < MINUTE_MS) return largest;
      return sql`greatest(${largest}, ${perSecond(figure(metric.of.name), metric.scale, seconds)})`;
    }
    case 'percentile': {
      const value = figure(metric.name);
      return metric.of.kind === 'rate' ? perSecond(value, metric.of.scale, bucketSeconds) : value;
    }
  }
}

/**
 * The rows whose key is one of `shown`, with the position of that key as `r`: what is counted for them is grouped by one
 * small number, and the keys reach the scan as a filter. Keys travel as JSON lists, one value per key word.
 */
export function shownSource(
  source: Source,
  words: readonly KeyWord[],
  shown: readonly (readonly RawValue[])[],
): Source {
  const keyLists = words.map((word, i) => {
    const values = shown.map((key) => key[i]!);
    return sql`unnest(from_json(${bound(jsonList(values))}, ${made(`'["${word.type}"]'`)})) AS ${name(`j${i}`)}`;
  });
  const keys = sql`(SELECT ${list([...keyLists, sql`unnest(range(${shown.length})) AS r`])})`;
  const on = words.map((word, i) => sql`${word.sql} = ${name(`j${i}`)}`);
  return {
    from: sql`(SELECT * FROM ${source.from} WHERE ${source.where}) AS f JOIN ${keys} AS shown ON ${list(on, ' AND ')}`,
    where: sql`true`,
  };
}

function jsonList(values: readonly RawValue[]): string {
  return `[${values.map((v) => (typeof v === 'string' ? JSON.stringify(v) : String(v))).join(',')}]`;
}
