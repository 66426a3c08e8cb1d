import type { RawValue } from '../store/index.ts';
import type { AnswerBounds, RowBound } from './answer.ts';
import type { Compiled } from './compile.ts';
import type { Counted, SeriesPoint } from './counted.ts';
import { countShown, NOTHING } from './groups.ts';
import { type Figures, type Metric, MINUTE_MS } from './metrics.ts';
import type { Scope } from './scope.ts';
import { list, made, name, type Sql, sql } from './sql.ts';
import { bucketSeconds, bucketSql, type Extent, secondsOf } from './window.ts';

/** The sums that rows of history keep, and the floor that bounds what one key may miss of each: a scaled sum is never below its raw one. */
const FLOOR_OF = {
  records: null,
  flows: 'flows',
  bytes: 'bytes',
  packets: 'packets',
  raw_bytes: 'bytes',
  raw_packets: 'packets',
} as const;
type SumName = keyof typeof FLOOR_OF;
const SUM_NAMES = Object.keys(FLOOR_OF) as SumName[];
const FLOORS = ['bytes', 'packets', 'flows'] as const;

/** What a set of rows may miss at most, by sum. */
type Missing = ReadonlyMap<string, bigint>;

/** What the cube left out of one of its buckets: by sum, and the most that one key may have had of it. */
interface LeftOut {
  readonly time: number;
  readonly rest: Missing;
  readonly floor: Missing;
}

/**
 * How far the rows of an answer may be below the truth, where a cube had to leave keys out. A shown key misses at most the floor of the buckets without what is
 * known of it, and never more than all that was left out. Null where nothing was.
 */
export async function countBounds(
  compiled: Compiled,
  scope: Scope,
  counted: Counted,
  points: readonly SeriesPoint[] | null,
): Promise<AnswerBounds | null> {
  const { roll } = scope.plan;
  if (!roll || roll.exact) return null;
  const leftOut = await countLeftOut(scope);
  const { every } = scope.shape.buckets;
  const bucketOf = ({ time }: { readonly time: number }) => Math.floor(time / every);
  const all = addUp(leftOut);
  const known = roll.oneKey ? await countKnown(compiled, scope, counted, points !== null) : null;
  const seconds = secondsOf(scope.extent);
  const peaks = largestOf(leftOut);
  const percentiles = largestOf([...groupUp(leftOut, bucketOf).values()]);
  const bound = (missing: Missing, figures: Figures, within: number) =>
    boundsOf(compiled.metrics, { missing, peaks, percentiles }, figures, within, every / 1000);
  const shown = points
    ? seriesBounds(scope.extent ?? { from: 0, to: 0 })
    : counted.shown.map((s, i) => bound(missingOf(all, known?.get(`${i}`)), s.figures, seconds));

  function seriesBounds(extent: Extent): RowBound[] {
    const byBucket = groupUp(leftOut, bucketOf);
    return points!.map((p) => {
      const here = byBucket.get(p.bucket) ?? NONE;
      const missing = missingOf(here, known?.get(`${p.group} ${p.bucket}`));
      return bound(missing, p.figures, bucketSeconds(p.bucket, every, extent));
    });
  }

  const unshown = missingOf(all, roll.oneKey ? new Map() : undefined);
  // Without a filter totals are read from cubes that leave nothing out.
  const total = compiled.reads.everything
    ? new Map<string, bigint>()
    : compiled.dimensions.length === 0 && !points
      ? missingOf(all, known?.get('0'))
      : all.rest;
  return {
    rows: shown,
    unshown: bound(unshown, new Map(), seconds),
    total: bound(total, counted.total, seconds),
  };
}

const NONE: LeftOut = { time: 0, rest: new Map(), floor: new Map() };

/** What was left out of each bucket that was read. */
async function countLeftOut({ run, plan }: Scope): Promise<LeftOut[]> {
  const from = made(plan.roll!.history.relation(plan.roll!.cube, plan.tiles));
  const sums = [...FLOORS.map((f) => name(`floor_${f}`)), ...SUM_NAMES.map((s) => name(s))].map(
    (column) => sql`coalesce(sum(${column}), 0)`,
  );
  const { rows } = await run(sql`SELECT ${list([name('time'), ...sums])} FROM ${from} WHERE "rest" GROUP BY "time"`);
  return rows.map(([time, ...values]) => ({
    time: Number(time),
    floor: new Map(FLOORS.map((f, i) => [f, integer(values[i])])),
    rest: new Map(SUM_NAMES.map((s, i) => [s, integer(values[FLOORS.length + i])])),
  }));
}

/** How much of the floors does not apply to each shown key, because the key was counted then. By its position, and with `series` by bucket as well. */
async function countKnown(
  { dimensions }: Compiled,
  { run, source, shape }: Scope,
  { shown }: Counted,
  series: boolean,
): Promise<Map<string, Missing>> {
  const extras: Sql[] = FLOORS.map((f) => sql`coalesce(sum(${name(`known_${f}`)}), 0)`);
  const words = dimensions.flatMap((d) => d.words);
  const more = series ? [bucketSql(shape.buckets)] : [];
  const groups =
    words.length === 0
      ? await countAlone()
      : await countShown(
          run,
          source,
          words,
          shown.map((s) => s.key),
          more,
          { ...NOTHING, extras },
          shape,
        );
  return new Map(groups.map((g) => [g.key.join(' '), new Map(FLOORS.map((f, i) => [f, integer(g.extras[i])]))]));

  async function countAlone() {
    const keys = [sql`0`, ...more].map((k, i) => sql`${k} AS ${name(`k${i}`)}`);
    const by = keys.map((_, i) => name(`k${i}`));
    const { rows } = await run(
      sql`SELECT ${list([...keys, ...extras])} FROM ${source.from} WHERE ${source.where} GROUP BY ${list(by)}`,
    );
    return rows.map((row) => ({ key: row.slice(0, keys.length), extras: row.slice(keys.length) }));
  }
}

function integer(value: RawValue | undefined): bigint {
  return BigInt((value ?? 0) as bigint);
}

function addUp(parts: readonly LeftOut[]): LeftOut {
  const add = (of: (p: LeftOut) => Missing, names: readonly string[]) =>
    new Map(names.map((n) => [n, parts.reduce((all, p) => all + (of(p).get(n) ?? 0n), 0n)]));
  return { time: parts[0]?.time ?? 0, rest: add((p) => p.rest, SUM_NAMES), floor: add((p) => p.floor, FLOORS) };
}

function groupUp(parts: readonly LeftOut[], key: (p: LeftOut) => number): Map<number, LeftOut> {
  const groups = new Map<number, LeftOut[]>();
  for (const part of parts) {
    const group = groups.get(key(part));
    if (group) group.push(part);
    else groups.set(key(part), [part]);
  }
  return new Map([...groups].map(([k, of]) => [k, addUp(of)]));
}

/** The most that one key may miss of a single bucket. */
function largestOf(parts: readonly LeftOut[]): Missing {
  const missing = parts.map((p) => missingOf(p, new Map()));
  return new Map(SUM_NAMES.map((n) => [n, missing.reduce((most, m) => larger(most, m.get(n) ?? 0n), 0n)]));
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** What a key may miss; `known` undefined: it is no single key, and may have had all that was left out. */
function missingOf({ rest, floor }: LeftOut, known: Missing | undefined): Missing {
  return new Map(
    SUM_NAMES.map((n) => {
      const all = rest.get(n) ?? 0n;
      const of = FLOOR_OF[n];
      if (known === undefined || of === null) return [n, all];
      const most = larger(0n, (floor.get(of) ?? 0n) - (known.get(of) ?? 0n));
      return [n, most < all ? most : all];
    }),
  );
}

interface AllMissing {
  readonly missing: Missing;
  readonly peaks: Missing;
  readonly percentiles: Missing;
}

function boundsOf(
  metrics: readonly Metric[],
  { missing, peaks, percentiles }: AllMissing,
  figures: Figures,
  seconds: number,
  bucketSeconds: number,
): RowBound {
  const bounds: Record<string, number> = {};
  for (const metric of metrics) {
    const bound = boundOf(metric);
    if (bound !== null) bounds[metric.name] = bound;
  }
  return bounds;

  function boundOf(metric: Metric): number | null {
    const of = (n: string) => Number(missing.get(n) ?? 0n);
    switch (metric.kind) {
      case 'sum':
        return of(metric.of.name);
      case 'rate':
        return seconds > 0 ? (of(metric.of.name) * metric.scale) / seconds : null;
      case 'ratio':
        return ratioBound(figures, metric.of.name, metric.per.name, of);
      case 'percentile': {
        const most = Number(percentiles.get(metric.of.of.name) ?? 0n);
        return metric.of.kind === 'sum' ? most : (most * metric.of.scale) / bucketSeconds;
      }
      case 'peak': {
        const most = Number(peaks.get(metric.of.name) ?? 0n);
        return metric.scale === null ? most : (most * metric.scale) / (MINUTE_MS / 1000);
      }
      case 'distinct':
        return null;
    }
  }
}

/** A mean may be off in both directions: its divisor misses something too. */
function ratioBound(figures: Figures, of: string, per: string, missing: (name: string) => number): number | null {
  const [above, below] = [Number(figures.get(of) ?? 0n), Number(figures.get(per) ?? 0n)];
  if (below === 0) return null;
  const value = above / below;
  return Math.max((above + missing(of)) / below - value, value - above / (below + missing(per)));
}
