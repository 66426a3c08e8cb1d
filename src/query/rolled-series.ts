import { type BoundCounts, countLeftOut, KNOWN_SQL, knownIn } from './bounds.ts';
import { choiceOf } from './choose.ts';
import { type Compiled, isNothing } from './compile.ts';
import type { SeriesPoint, ShownGroup } from './counted.ts';
import { groupBy } from './group-by.ts';
import { addFigures, countShown, NOTHING, subtractFigures, topGroups } from './groups.ts';
import { metricsOf } from './having.ts';
import { sumsOf } from './metrics.ts';
import { largestRate } from './quality.ts';
import { varianceOf, varianceSql } from './sampling.ts';
import type { Scope } from './scope.ts';
import { everyBucket, refuseTooMany } from './series.ts';
import type { Wanted } from './statements.ts';
import { RECORDS } from './sums.ts';
import type { CountedSeries } from './together.ts';
import { countTotalsInBuckets } from './totals.ts';
import { bucketSql, MOST_BUCKETS } from './window.ts';

interface RolledSeries extends CountedSeries {
  readonly bounds: BoundCounts;
}

/**
 * A series of groups out of roll-ups. Their keys are read twice, and with few columns: once to choose the groups, by nothing but what decides, and once for
 * the points of those that are shown, which add up to the groups. What is about all keys comes from cubes of few rows, at the same time.
 */
export async function countRolledSeries(compiled: Compiled, scope: Scope): Promise<RolledSeries | null> {
  const { dimensions, early, late, query, sums } = compiled;
  const { roll } = scope.plan;
  const words = dimensions.flatMap((d) => d.words);
  if (!roll || query.every === undefined || words.length === 0 || !isNothing(early) || !isNothing(late)) return null;
  const [{ totals, buckets }, groups, leftOut] = await all([
    countTotalsInBuckets(scope, sums, words.length),
    topOf(compiled, scope),
    roll.exact ? Promise.resolve([]) : countLeftOut(scope),
  ]);
  const keys = groups.map((g) => g.key);
  // What is not sampled has no error, and roll-ups of keys that left none out have no floor.
  const variance = largestRate(totals) > 1 ? varianceSql(scope.shape.how) : [];
  const known = roll.exact || !roll.oneKey ? [] : KNOWN_SQL;
  const wanted: Wanted = { ...NOTHING, sums, extras: [...variance, ...known] };
  const bucket = bucketSql(scope.shape.buckets);
  const { run, source, shape } = scope;
  const counted = refuseTooMany(await countShown(run, source, words, keys, [bucket], wanted, shape, MOST_BUCKETS + 1));
  const points = counted.map(
    ({ key, figures, extras }): SeriesPoint => ({
      bucket: Number(key[1]),
      group: Number(key[0]),
      figures,
      variance: variance.length > 0 ? varianceOf(extras) : null,
    }),
  );
  const byGroup = groupBy(points, (p) => p.group);
  const shown = keys.map((key, i): ShownGroup => {
    const figures = (byGroup.get(i) ?? []).map((p) => p.figures);
    return { key, figures: addFigures(figures, { sums }), variance: null };
  });
  const total = totals.sums;
  const rest = subtractFigures(
    total,
    shown.map((s) => s.figures),
    { sums },
  );
  const other = rest.get(RECORDS.name) === 0n ? null : rest;
  const knownOf = counted.map(({ key, extras }) => [key.join(' '), knownIn(extras.slice(variance.length))] as const);
  return {
    counted: { totals, total, shown, other },
    points: everyBucket(compiled, scope, shown, points),
    buckets,
    bounds: { leftOut, known: new Map(knownOf) },
  };
}

function topOf(compiled: Compiled, scope: Scope) {
  const { dimensions, having, order } = compiled;
  const deciding = [order.metric, ...(having ? metricsOf(having) : [])];
  const wanted: Wanted = { ...NOTHING, sums: [...new Set(deciding.flatMap(sumsOf))] };
  const words = dimensions.flatMap((d) => d.words);
  return topGroups(scope.run, scope.source, words, wanted, scope.shape, choiceOf(compiled, scope, wanted));
}

/** As Promise.all, but when one fails only after the others have ended: their view is kept until then. */
async function all<T extends readonly unknown[]>(of: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const ended = await Promise.allSettled(of);
  const failed = ended.find((e) => e.status === 'rejected');
  if (failed) throw failed.reason;
  return ended.map((e) => (e as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
