import type { JsonValue } from '../flow/index.ts';
import type { StoreReader } from '../store/index.ts';
import type { QueryAnswer } from './answer.ts';
import { bucketValues, byMetric, metricValues } from './assemble.ts';
import { countBounds } from './bounds.ts';
import type { QueryBudget } from './budget.ts';
import { completeTotal } from './choose.ts';
import type { Compiled } from './compile.ts';
import type { Counted, SeriesPoint, ShownGroup } from './counted.ts';
import { countDuplicates } from './duplicate-counts.ts';
import { extentOfGroup } from './group-extents.ts';
import { countShown, NOTHING } from './groups.ts';
import type { Figures } from './metrics.ts';
import { describeExpired } from './plan/describe.ts';
import type { PlanOptions } from './plan/plan.ts';
import { describeQuality } from './quality.ts';
import { openQueryScope, type Scope, withArithmetic, withView } from './scope.ts';
import { countPoints, percentilesOf } from './series.ts';
import { figureNames } from './statements.ts';
import { countTotals } from './totals.ts';
import { bucketSeconds, earlier, later, secondsOf, type Window } from './window.ts';

/** The same question about the range `ms` earlier, for the keys (and buckets) that the answer shows. */
export async function countPrevious(
  store: StoreReader,
  compiled: Compiled,
  window: Window,
  ms: number,
  shown: Counted['shown'],
  points: readonly SeriesPoint[] | null,
  budget: QueryBudget,
  planning: PlanOptions,
): Promise<NonNullable<QueryAnswer['previous']>> {
  const before = earlier(window, ms);
  return withView(store, before, budget, (view) =>
    withArithmetic(view, async (how) => {
      const { metrics, sums, query } = compiled;
      const scope = openQueryScope(view, before, compiled, how, budget, planning, ms);
      const totals = await countTotals(scope, sums, []);
      const total = await completeTotal(compiled, scope, totals);
      const seconds = secondsOf(scope.extent);
      const bucket = scope.shape.buckets.every / 1000;
      const groups = await countEarlier(compiled, scope, total, shown);
      const secondsFor = ({ key }: ShownGroup) => secondsOf(scope.extent && extentOfGroup(compiled, scope.extent, key));
      const rows = points
        ? await earlierPoints(compiled, scope, ms, shown, points, groups)
        : groups.map((figures, i) => metricValues(metrics, figures, secondsFor(shown[i]!), bucket));
      const values = byMetric(metrics, metricValues(metrics, total, seconds, bucket));
      const quality = {
        ...describeQuality(view, totals, metrics, scope.extent, {
          duplicates: await countDuplicates(scope),
          scans: query.scans,
        }),
        ...describeExpired(scope.plan),
      };
      // Points of a series are those of moved buckets: of them the bound of the whole range is all that is said.
      const then = shown.map((s, i) => ({ ...s, figures: groups[i]! }));
      const bounds = await countBounds(compiled, scope, { totals, total, shown: then, other: null }, null);
      return { ...before, rows, total: values, ...(bounds ? { bounds } : {}), quality };
    }),
  );
}

/** What is counted earlier for each shown group; a group without records then has 0 everywhere. */
async function countEarlier(
  compiled: Compiled,
  scope: Scope,
  total: Figures,
  shown: Counted['shown'],
): Promise<Figures[]> {
  const { dimensions, sums, early, late } = compiled;
  const words = dimensions.flatMap((d) => d.words);
  if (words.length === 0) return shown.map(() => total);
  const distincts = [...early.distincts, ...late.distincts];
  const percentiles = [...early.percentiles, ...late.percentiles];
  const peaks = [...early.peaks, ...late.peaks];
  const wanted = { ...NOTHING, sums, distincts, percentiles, peaks };
  const keys = shown.map((s) => s.key);
  const groups = await countShown(scope.run, scope.source, words, keys, [], wanted, scope.shape);
  const found = new Map(groups.map((g) => [Number(g.key[0]), g.figures]));
  const none: Figures = new Map(figureNames(wanted).map((name) => [name, 0n]));
  return shown.map((_, i) => found.get(i) ?? none);
}

/** The point `ms` earlier of each shown point: moved times, so that buckets match even where `ms` is no multiple of `every`. */
async function earlierPoints(
  compiled: Compiled,
  scope: Scope,
  ms: number,
  shown: Counted['shown'],
  points: readonly SeriesPoint[],
  groups: readonly Figures[],
): Promise<JsonValue[][]> {
  const { metrics } = compiled;
  const { every } = scope.shape.buckets;
  const extent = scope.extent ?? { from: 0, to: 0 };
  const moved = shown.map((s) => later(extentOfGroup(compiled, extent, s.key), ms));
  const counted = await countPoints(compiled, scope, shown, { ...scope.shape.buckets, shift: ms });
  const found = new Map(counted.map((g) => [`${g.key[0]} ${g.key[1]}`, g.figures]));
  return points.map(({ group, bucket, figures }) => {
    const none = new Map([...figures.keys()].map((k) => [k, 0n]));
    const then = new Map([...(found.get(`${group} ${bucket}`) ?? none), ...percentilesOf(compiled, groups[group]!)]);
    return bucketValues(metrics, then, bucketSeconds(bucket, every, moved[group]!), every);
  });
}
