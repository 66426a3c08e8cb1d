import { HyperLogLog, WeirError } from '../base/index.ts';
import type { FilterOptions } from '../filter/index.ts';
import type { JsonValue } from '../flow/index.ts';
import type { StoreReader, View } from '../store/index.ts';
import type { NetworkSource } from '../truth/index.ts';
import type { AnswerBounds, QueryAnswer, QueryPlan, QueryQuality, RowError } from './answer.ts';
import { asNamesIn } from './as-names.ts';
import { answerColumns, byMetric, metricValues, showKeys } from './assemble.ts';
import { countBounds } from './bounds.ts';
import { type BudgetOptions, QueryBudget } from './budget.ts';
import { countAll } from './choose.ts';
import { type Compiled, compile, isNothing } from './compile.ts';
import type { Counted, SeriesPoint, ShownGroup } from './counted.ts';
import { countDuplicates } from './duplicate-counts.ts';
import { exporterNamesIn } from './exporter-names.ts';
import { extentOfGroup, inShownOrder } from './group-extents.ts';
import { countsHosts, hostErrors, isHosts, refuseHostsWithoutHome } from './hosts.ts';
import type { Figures } from './metrics.ts';
import type { QueryInput } from './model.ts';
import { countNameWorth } from './name-worth.ts';
import { QueryCosts } from './plan/cost.ts';
import { allowedMs, describeKept, describeRolled, isLoose, refuseCostly } from './plan/describe.ts';
import { EXACT_IF_LOOSE_MS, type PlanOptions } from './plan/plan.ts';
import { countPrevious } from './previous.ts';
import { describeQuality, largestRate } from './quality.ts';
import { countRolledSeries } from './rolled-series.ts';
import { metricErrors, type Variance } from './sampling.ts';
import { openQueryScope, type Scope, windowOfSource, withArithmetic, withView } from './scope.ts';
import { countBuckets, countSeries, seriesRows } from './series.ts';
import type { Arithmetic } from './sums.ts';
import { countSeriesTogether } from './together.ts';
import { bucketSeconds, type Extent, type MeasuredSeconds, secondsOf, type Window, windowOf } from './window.ts';

/** A source of what is known of addresses. */
export interface AskedNetworkSource {
  readonly source: string;
  readonly kind: NetworkSource['kind'];
  /** ms since 1970; 0 unknown. */
  readonly madeMs: number;
  /** Whether it has autonomous systems, and countries. */
  readonly systems: boolean;
  readonly countries: boolean;
}

/** `sets`: what `@name` means in a filter; `home` is there where home networks are configured. Absent: no configuration is known. */
export interface QueryOptions extends BudgetOptions, FilterOptions {
  /** ms since 1970: where a range without an end ends. */
  readonly now: number;
  /** The name of an autonomous system, empty where nobody knows it. Absent: none is known. */
  readonly asName?: (asn: number) => string;
  /** The data that are asked for networks, in their order. Absent: none is known. */
  readonly networkSources?: () => readonly AskedNetworkSource[];
  /** What questions cost in this process: each adds to it. */
  readonly costs?: QueryCosts;
  /** Largest estimate in ms that is answered without asking, where the question does not say it itself; none: any. */
  readonly askAboveMs?: number;
  /** For comparisons: see `PlanOptions`. */
  readonly force?: PlanOptions['force'];
}

/**
 * Answers a query, with what the answer is worth. Wrong queries end with WeirError `usage` before data is touched;
 * `timeout`, `cancelled` and `memory` come from the budget.
 */
export async function runQuery(store: StoreReader, input: QueryInput, options: QueryOptions): Promise<QueryAnswer> {
  const compiled = compile(input, options);
  const budget = new QueryBudget(options);
  const { query } = compiled;
  const range = windowOf(query, options.now);
  const statements = expectedStatements(compiled);
  const costs = options.costs ?? new QueryCosts();
  budget.expect(statements);
  budget.check();
  const named = (view: View, answer: QueryAnswer) => ({ ...answer, ...exporterNamesIn(answer, () => view.names()) });
  const answer = await withView(store, range, budget, (view) =>
    withArithmetic(view, async (how) => {
      const window = await windowOfSource(view, range, compiled.filter, budget);
      const limitMs = allowedMs(query.max_cost, options.askAboveMs);
      const open = (planning: PlanOptions) => openQueryScope(view, window, compiled, how, budget, planning);
      const planning: PlanOptions = { costs, statements, force: options.force };
      const scope = open(planning);
      refuseHostsWithoutHome(compiled, view.facts, options.sets);
      refuseCostly(scope.plan, limitMs);
      const asked = { store, compiled, window, how, budget };
      const { answer, loose } = await answerOn(asked, scope, planning);
      if (!loose || scope.plan.roll?.exact !== false || options.force !== undefined) return named(view, answer);
      const patient = { ...planning, exactMs: Math.min(EXACT_IF_LOOSE_MS, limitMs) };
      const better = open(patient);
      if (better.plan.roll?.exact === false) return named(view, answer);
      return named(view, await orElse(async () => (await answerOn(asked, better, patient)).answer, answer));
    }),
  );
  budget.finish();
  const as_names = asNamesIn(answer, options.asName);
  return as_names === undefined ? answer : { ...answer, as_names };
}

interface Asked {
  readonly store: StoreReader;
  readonly compiled: Compiled;
  readonly window: Window;
  readonly how: Arithmetic;
  readonly budget: QueryBudget;
}

/** The answer that a plan gives, and whether its bounds are so large that an exact one is worth some seconds. */
async function answerOn(
  { store, compiled, window, how, budget }: Asked,
  scope: Scope,
  planning: PlanOptions,
): Promise<{ answer: QueryAnswer; loose: boolean }> {
  const { query } = compiled;
  const began = budget.elapsedMs;
  const rolled = await countRolledSeries(compiled, scope);
  const series = rolled ?? (await countSeriesTogether(compiled, scope));
  const counted = series?.counted ?? inShownOrder(compiled, scope, await countAll(compiled, scope));
  const extent = scope.extent ?? { from: 0, to: 0 };
  const points =
    query.every === undefined ? null : (series?.points ?? (await countSeries(compiled, scope, counted.shown)));
  const buckets = points && { buckets: await countBuckets(compiled, scope, extent, points, series?.buckets) };
  const previous =
    query.previous === undefined
      ? null
      : await countPrevious(store, compiled, window, query.previous, counted.shown, points, budget, planning);
  const bounds = await countBounds(compiled, scope, counted, points, rolled?.bounds);
  planning.costs.learn(scope.plan.rows, planning.statements, budget.elapsedMs - began);
  const worth = {
    duplicates: await countDuplicates(scope),
    ...(await countNameWorth({ compiled, scope, window, how, budget }, planning)),
  };
  const parts = assemble(compiled, scope, extent, counted, points, bounds, worth);
  const answer = {
    ...parts,
    ...(buckets ?? {}),
    ...(previous ? { previous } : {}),
    plan: describePlan(compiled, scope, budget),
  };
  const loose =
    bounds !== null && isLoose(bounds, parts.total, compiled.order.metric.name, columnIn(compiled, parts.rows));
  return { answer, loose };
}

/** What better work gives; where there is not enough time or memory for it, what is there already. */
async function orElse<T>(better: () => Promise<T>, instead: T): Promise<T> {
  try {
    return await better();
  } catch (error) {
    if (!(error instanceof WeirError) || (error.code !== 'timeout' && error.code !== 'memory')) throw error;
    return instead;
  }
}

/** The values of a metric in rows. */
function columnIn({ metrics }: Compiled, rows: QueryAnswer['rows']): (metric: string) => number[] {
  return (metric) => {
    const at = metrics.findIndex((m) => m.name === metric) - metrics.length;
    return at === -1 - metrics.length ? [] : rows.map((row) => Number(row.at(at) ?? 0));
  };
}

function assemble(
  compiled: Compiled,
  scope: Scope,
  extent: Extent,
  counted: Counted,
  points: readonly SeriesPoint[] | null,
  bounds: AnswerBounds | null,
  { duplicates, ...names }: Pick<QueryQuality, 'duplicates' | 'names' | 'clients'>,
): Omit<QueryAnswer, 'plan'> {
  const { metrics, query, dimensions } = compiled;
  const { totals, total, shown, other } = counted;
  const seconds = secondsOf(scope.extent);
  const { every } = scope.shape.buckets;
  const values = (figures: Counted['total']): JsonValue[] => metricValues(metrics, figures, seconds, every / 1000);
  const secondsFor = ({ key }: ShownGroup) => secondsOf(scope.extent && extentOfGroup(compiled, scope.extent, key));
  const rows = points
    ? seriesRows(compiled, extent, every, shown, points)
    : shown.map((s) => [
        ...showKeys(dimensions, s.key),
        ...metricValues(metrics, s.figures, secondsFor(s), every / 1000),
      ]);
  const errors = points
    ? points.map((p) => rowError(compiled, scope, p, bucketSeconds(p.bucket, every, extent)))
    : shown.map((s) => rowError(compiled, scope, s, secondsFor(s)));
  return {
    columns: answerColumns(compiled),
    rows,
    total: byMetric(metrics, values(total)),
    other: other && byMetric(metrics, values(other)),
    ...(mayErr(compiled, scope, totals) ? { errors } : {}),
    ...(bounds ? { bounds } : {}),
    quality: {
      ...describeQuality(scope.view, totals, metrics, scope.extent, { duplicates, scans: query.scans }),
      ...names,
      ...describeKept(scope.plan, bounds, columnIn(compiled, rows)),
      ...describeEstimated(compiled, scope),
    },
  };
}

/** Where a record's rate is not known the error of its row is not known either, and is not said to be 0. */
function rowError(
  { metrics }: Compiled,
  { shape }: Scope,
  { variance, figures }: { readonly variance: Variance | null; readonly figures: Figures },
  seconds: MeasuredSeconds,
): RowError {
  const sampled = variance?.open ? {} : metricErrors(metrics, variance, seconds);
  return shape.hosts ? { ...sampled, ...hostErrors(metrics, figures) } : sampled;
}

/** Whether values of rows are uncertain: by sampling, of which rows of history tell only when they were read, or because they are estimated from sketches. */
function mayErr({ metrics }: Compiled, { shape, plan }: Scope, totals: Counted['totals']): boolean {
  return (
    (plan.roll ? largestRate(totals) > 1 : shape.how.scaled) || (shape.hosts !== undefined && countsHosts(metrics))
  );
}

function describeEstimated({ metrics }: Compiled, { shape }: Scope): Pick<QueryQuality, 'estimated'> {
  const names = metrics.filter(isHosts).map((m) => m.name);
  return shape.hosts && names.length > 0 ? { estimated: { metrics: names, error95: HyperLogLog.ERROR95 } } : {};
}

function describePlan({ query, early, late }: Compiled, scope: Scope, budget: { elapsedMs: number }): QueryPlan {
  const { plan } = scope;
  const percentiles = early.percentiles.length + late.percentiles.length > 0;
  return {
    ...viewPlan(scope.view, plan.reason, budget),
    ...describeRolled(plan, scope.extent?.to ?? Number.POSITIVE_INFINITY),
    estimate_ms: Math.round(plan.estimateMs),
    from: scope.extent?.from ?? null,
    to: scope.extent?.to ?? null,
    ...(query.every !== undefined || percentiles ? { bucket_ms: scope.shape.buckets.every } : {}),
  };
}

/** The part of a plan that the view tells. */
export function viewPlan(
  { facts }: View,
  reason: string,
  budget: { elapsedMs: number },
): Omit<QueryPlan, 'from' | 'to'> {
  return {
    level: 'raw',
    reason,
    segments: facts.segments,
    rows_scanned: facts.rowsAtRest + facts.rowsInMemory,
    rows_in_memory: facts.rowsInMemory,
    ms: Math.round(budget.elapsedMs * 10) / 10,
  };
}

/** For progress: how many statements the query will come down to. */
function expectedStatements({ query, dimensions, early, late }: Compiled): number {
  const costly = !isNothing(early) || !isNothing(late);
  const once = 1 + Number(dimensions.length > 0) + Number(costly) + Number(query.every !== undefined) * 2;
  return once * (query.previous === undefined ? 1 : 2);
}
