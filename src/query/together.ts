import type { RawValue } from '../store/index.ts';
import { fullKey } from './assemble.ts';
import { type Compiled, isNothing } from './compile.ts';
import type { Counted, SeriesPoint } from './counted.ts';
import type { Dimension } from './dimensions.ts';
import { groupBy } from './group-by.ts';
import { addFigures, countGroups, type Group, NOTHING, subtractFigures } from './groups.ts';
import { havingHolds } from './having.ts';
import { type Figures, type Metric, metricValue } from './metrics.ts';
import type { Scope } from './scope.ts';
import { everyBucket } from './series.ts';
import type { Wanted } from './statements.ts';
import { BYTES, RECORDS } from './sums.ts';
import { originNames, type Totals } from './totals.ts';
import { bucketSql, secondsForOrder, secondsOf } from './window.ts';

/**
 * Where nothing is sampled and one origin holds for all rows, sums of groups add up to the total, and what sampling needs is known from
 * the view: then one scan answers what otherwise takes two (rows), or four (a series).
 */
export function mayCountTogether({ dimensions, early }: Compiled, { view, shape, plan }: Scope): boolean {
  const { origins, zeroHigh } = view.facts;
  if (plan.roll || shape.how.scaled || origins.length !== 1 || !isNothing(early)) return false;
  return dimensions.every((d) => d.words.every((w) => w.high === null || zeroHigh.includes(w.high)));
}

/** What is summed for a group: what the query shows, and what `quality` says of the origin. */
export function togetherWanted({ sums }: Compiled): Wanted {
  return { ...NOTHING, sums: [...new Set([RECORDS, BYTES, ...sums])] };
}

export function togetherTotals({ dimensions }: Compiled, { view }: Scope, sums: Figures): Totals {
  const words = dimensions.flatMap((d) => d.words);
  const empty = sums.get('records') === 0n;
  const origin = {
    origin: originNames(view.facts.origins[0]!),
    minRate: 1,
    maxRate: 1,
    figures: sums,
    sampledBytes: 0n,
  };
  return { sums, origins: empty ? [] : [origin], variance: null, alwaysZero: words.map((w) => w.high !== null) };
}

/** More groups times buckets than this are summed by the database, not here. */
const MOST_CELLS = 20_000;

/** The most values that a dimension can have; null where that is not known. */
function domainOf({ column }: Dimension): number | null {
  if (column.type === 'enum') return column.values?.length ?? null;
  return column.type === 'u8' ? 256 : null;
}

export interface CountedSeries {
  readonly counted: Counted;
  readonly points: readonly SeriesPoint[];
  /** Total of each bucket, by bucket. */
  readonly buckets: ReadonlyMap<number, Figures>;
}

/** A series of few groups in one scan: each group and bucket is summed once, and groups, totals and buckets are made of these. */
export async function countSeriesTogether(compiled: Compiled, scope: Scope): Promise<CountedSeries | null> {
  const { dimensions, late, query } = compiled;
  const cells = dimensions.reduce<number | null>((n, d) => {
    const values = domainOf(d);
    return n === null || values === null ? null : n * values;
  }, scope.shape.buckets.count);
  if (
    cells === null ||
    cells > MOST_CELLS ||
    !isNothing(late) ||
    query.every === undefined ||
    !mayCountTogether(compiled, scope)
  )
    return null;
  const words = dimensions.flatMap((d) => d.words).filter((w) => w.high === null);
  const wanted = togetherWanted(compiled);
  const keys = [bucketSql(scope.shape.buckets), ...words.map((w) => w.sql)];
  const rows = await countGroups(scope.run, scope.source, keys, wanted, scope.shape, MOST_CELLS + 1);
  return rows.length > MOST_CELLS ? null : assembleSeries(compiled, scope, rows, wanted);
}

function assembleSeries(compiled: Compiled, scope: Scope, rows: readonly Group[], wanted: Wanted): CountedSeries {
  const sum = (groups: readonly Group[]) =>
    addFigures(
      groups.map((g) => g.figures),
      wanted,
    );
  const total = sum(rows);
  const totals = togetherTotals(compiled, scope, total);
  const found = [
    ...groupBy(rows, (g) => JSON.stringify(g.key.slice(1), (_, v) => (typeof v === 'bigint' ? String(v) : v))).values(),
  ].map((of) => ({
    key: fullKey(of[0]!.key.slice(1), totals.alwaysZero),
    figures: sum(of),
    variance: null,
    of,
  }));
  // Without dimensions there is the one group, also of no records.
  const alone = compiled.dimensions.length === 0 && found.length === 0;
  const groups = alone ? [{ key: [], figures: total, variance: null, of: [] }] : found;
  const shown = chosen(compiled, scope, groups);
  const rest = subtractFigures(
    total,
    shown.map((s) => s.figures),
    { sums: wanted.sums },
  );
  const other = compiled.query.by.length > 0 && rest.get('records') !== 0n ? rest : null;
  const points = shown.flatMap((s, group) =>
    s.of.map((g): SeriesPoint => ({ bucket: Number(g.key[0]), group, figures: g.figures, variance: null })),
  );
  const byBucket = groupBy(rows, (g) => Number(g.key[0]));
  const buckets = new Map([...byBucket].map(([bucket, of]) => [bucket, sum(of)]));
  return { counted: { totals, total, shown, other }, points: everyBucket(compiled, scope, shown, points), buckets };
}

/** As SQL would choose: those that fulfil the condition, ordered by the metric and then by key, up to the limit. */
function chosen<G extends { key: readonly RawValue[]; figures: Figures }>(
  compiled: Compiled,
  scope: Scope,
  groups: readonly G[],
): G[] {
  const { having, order, query } = compiled;
  const seconds = secondsOf(scope.extent);
  const valueIn =
    (figures: Figures, within = seconds) =>
    (metric: Metric) => {
      const v = metricValue(metric, figures, within, scope.shape.buckets.every / 1000);
      return v === null ? null : Number(v);
    };
  const sign = order.descending ? -1 : 1;
  return groups
    .filter((g) => !having || havingHolds(having, valueIn(g.figures)) === true)
    .map((g) => ({ g, value: orderValue(order.metric, g.figures, valueIn(g.figures, secondsForOrder(seconds))) }))
    .sort((a, b) => compareNullsLast(a.value, b.value, sign) || compareKeys(a.g.key, b.g.key))
    .slice(0, query.limit)
    .map(({ g }) => g);
}

/** Sums are compared exactly, whatever their size. */
function orderValue(
  metric: Metric,
  figures: Figures,
  value: (metric: Metric) => number | null,
): bigint | number | null {
  return metric.kind === 'sum' ? (figures.get(metric.of.name) ?? 0n) : value(metric);
}

function compareNullsLast(a: bigint | number | null, b: bigint | number | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -sign : a > b ? sign : 0;
}

function compareKeys(a: readonly RawValue[], b: readonly RawValue[]): number {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number | bigint, b[i] as number | bigint];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
