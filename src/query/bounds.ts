import type { RawValue } from '../store/index.ts';
import type { AnswerBounds, RowBound } from './answer.ts';
import type { Compiled } from './compile.ts';
import type { Counted, SeriesPoint } from './counted.ts';
import { extentOfGroup } from './group-extents.ts';
import { countShown, NOTHING } from './groups.ts';
import { type Figures, MINUTE_MS, peakFigure } from './metrics.ts';
import {
  type AllMissing,
  addUp,
  boundsOf,
  FLOORS,
  groupUp,
  type LeftOut,
  largestOf,
  type Missing,
  missingOf,
  NOTHING_KNOWN,
  NOTHING_LEFT_OUT,
  SUM_NAMES,
} from './missing.ts';
import type { Scope } from './scope.ts';
import { list, made, name, type Sql, sql } from './sql.ts';
import { bucketSeconds, bucketSql, secondsOf } from './window.ts';

/** What is read for bounds: of each bucket what was left out of it, and how much of its floors does not apply to a shown key. */
export interface BoundCounts {
  readonly leftOut: readonly LeftOut[];
  /** By the position of the key and the bucket, with a space between them. */
  readonly known: ReadonlyMap<string, Missing>;
}

/**
 * How far the rows of an answer may be below the truth, where a cube had to leave keys out. A shown key misses at most the floor of the buckets without what is
 * known of it, and never more than all that was left out. Null where nothing was. `counts`: what was counted already.
 */
export async function countBounds(
  compiled: Compiled,
  scope: Scope,
  counted: Counted,
  points: readonly SeriesPoint[] | null,
  counts?: BoundCounts,
): Promise<AnswerBounds | null> {
  const { roll } = scope.plan;
  if (!roll) return null;
  const late = await countLate(compiled, scope);
  if (roll.exact && late === null) return null;
  const leftOut = roll.exact ? [] : (counts?.leftOut ?? (await countLeftOut(scope)));
  const { every, partly } = scope.shape.buckets;
  // A rate in a bucket is that of its measured part.
  const measured = partly.reduce((least, [, ...of]) => (of[0] > 0 ? Math.min(least, ...of) : least), 1);
  const shortest = (measured * every) / 1000;
  const extent = scope.extent ?? { from: 0, to: 0 };
  const extents = counted.shown.map((s) => extentOfGroup(compiled, extent, s.key));
  const all = addUp(leftOut);
  const byBucket = groupUp(leftOut, ({ time }) => Math.floor(time / every));
  const known = roll.oneKey ? (counts?.known ?? (await countKnown(compiled, scope, counted, points !== null))) : null;
  const knownOf = (key: string) => known && (known.get(key) ?? NOTHING_KNOWN);
  const largest = (oneKey: boolean): Omit<AllMissing, 'sums'> => ({
    peaks: added(largestOf(leftOut, oneKey), late),
    percentiles: largestOf([...byBucket.values()], oneKey),
  });
  const seconds = secondsOf(scope.extent);
  const ofKey = largest(roll.oneKey);
  const bound = (sums: Missing, figures: Figures, within = seconds, of = ofKey) =>
    boundsOf(compiled.metrics, { sums, ...of }, figures, within, shortest);
  const rows = points
    ? points.map(({ bucket, group, figures }) => {
        const missing = missingOf(byBucket.get(bucket) ?? NOTHING_LEFT_OUT, knownOf(`${group} ${bucket}`));
        return bound(missing, figures, bucketSeconds(bucket, every, extents[group]!));
      })
    : counted.shown.map((s, i) => bound(missingOf(all, knownOf(`${i}`)), s.figures, secondsOf(extents[i]!)));
  const unshown = bound(missingOf(all, roll.oneKey ? NOTHING_KNOWN : null), new Map());
  return { rows, unshown, total: totalBound() };

  function totalBound(): RowBound {
    // Without a filter totals are read from cubes that leave nothing out.
    if (compiled.reads.everything) {
      const peaks = added(NOTHING_KNOWN, late);
      const none = { sums: NOTHING_KNOWN, peaks, percentiles: NOTHING_KNOWN };
      return boundsOf(compiled.metrics, none, counted.total, seconds, shortest);
    }
    const single = roll!.oneKey && compiled.dimensions.length === 0;
    const missing = single && !points ? missingOf(all, knownOf('0')) : all.rest;
    return bound(missing, counted.total, seconds, single ? ofKey : largest(false));
  }
}

function added(missing: Missing, late: Missing | null): Missing {
  return new Map(
    [...missing, ...(late ?? [])].map(([sum]) => [sum, (missing.get(sum) ?? 0n) + (late?.get(sum) ?? 0n)]),
  );
}

/**
 * A row of a coarse level has the peak of its own records. Where others of its time came later, and are not merged with it yet, the true peak may be larger by
 * their largest minute. Null where there are none, or no peak is asked for.
 */
async function countLate({ early, late }: Compiled, { run, whole, plan }: Scope): Promise<Missing | null> {
  const peaks = [...new Set([...early.peaks, ...late.peaks])];
  const coarse = plan.tiles.filter((t) => t.level !== 'raw' && t.level > MINUTE_MS);
  if (peaks.length === 0 || coarse.length === 0) return null;
  const time = name('time');
  const within = coarse.map(({ from, to }) => sql`(${time} >= ${from} AND ${time} < ${to})`);
  const sums = peaks.map((of, i) => sql`sum(${name(of.name)}) AS ${name(`s${i}`)}`);
  const minutes = sql`SELECT ${list(sums)} FROM ${whole.from} WHERE ${whole.where} AND ${name(peakFigure(peaks[0]!))} IS NULL
    AND (${list(within, ' OR ')}) GROUP BY ${time} // ${MINUTE_MS}`;
  const largest = peaks.map((_, i) => sql`coalesce(max(${name(`s${i}`)}), 0)`);
  const [row] = (await run(sql`SELECT ${list(largest)} FROM (${minutes}) AS minutes`)).rows;
  const found = new Map(peaks.map((of, i) => [of.name, integer(row?.[i])]));
  return [...found.values()].some((n) => n > 0n) ? found : null;
}

/** What was left out of each bucket that was read. */
export async function countLeftOut({ run, plan }: Scope): Promise<LeftOut[]> {
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

/** What a statement counts of floors for each key, and how it is read. */
export const KNOWN_SQL: readonly Sql[] = FLOORS.map((f) => sql`coalesce(sum(${name(`known_${f}`)}), 0)`);

export function knownIn(extras: readonly RawValue[]): Missing {
  return new Map(FLOORS.map((f, i) => [f, integer(extras[i])]));
}

/** How much of the floors does not apply to each shown key, because the key was counted then. By its position, and with `series` by bucket as well. */
async function countKnown(
  { dimensions }: Compiled,
  { run, source, shape }: Scope,
  { shown }: Counted,
  series: boolean,
): Promise<Map<string, Missing>> {
  const extras = KNOWN_SQL;
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
  return new Map(groups.map((g) => [g.key.join(' '), knownIn(g.extras)]));

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
