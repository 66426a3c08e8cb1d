import { asWeirError } from '../base/index.ts';
import type { StoreReader, View } from '../store/index.ts';
import { FLOWS, RECORDS } from '../truth/index.ts';
import type { QueryBudget } from './budget.ts';
import type { Compiled, CompiledFilter } from './compile.ts';
import { COUNTED, type Duplicates, hasDuplicates } from './duplicates.ts';
import { type Run, viewSource } from './groups.ts';
import { HostCounts } from './host-counts.ts';
import { QueryCosts } from './plan/cost.ts';
import { type Plan, type PlanOptions, planOf, recordsPlan } from './plan/plan.ts';
import { sourcesOf } from './plan/sources.ts';
import { RangeMeasure } from './range-measure.ts';
import { list, name, type Sql, sql } from './sql.ts';
import type { Shape, Source } from './statements.ts';
import type { Arithmetic } from './sums.ts';
import { bucketsOf, type Extent, storeRange, type Window, windowSql } from './window.ts';

/** A view that a query runs on, and what its statements need to know of it. */
export interface Scope {
  readonly view: View;
  readonly run: Run;
  /** The rows that groups are made of. */
  readonly source: Source;
  /** The rows that totals are made of: also those which roll-ups have in no group. */
  readonly whole: Source;
  /** The same with the column `sampling_origin`; null where roll-ups do not have it beside what the filter reads. */
  readonly byOrigin: Source | null;
  readonly duplicates: Duplicates;
  /** All records that match, to count those that are left out of the others; null where there are none, or where that would take longer than the answer. */
  readonly judged: Source | null;
  /** How many exporters may have told of what is asked for. */
  readonly exporters: number;
  readonly plan: Plan;
  readonly extent: Extent | null;
  readonly shape: Shape;
}

/** Opens the view of a range, lets `work` use it and releases it, however the work ends. */
export async function withView<T>(
  store: StoreReader,
  window: Window,
  budget: QueryBudget,
  work: (view: View) => Promise<T>,
): Promise<T> {
  const view = await store.view(storeRange(window), budget.opening());
  try {
    return await work(view);
  } finally {
    view.release();
  }
}

/**
 * An import is of a time of its own, whatever else is stored: open ends of a range that asks for one import are those of its rows. Rates over the time
 * of other imports would mean nothing.
 */
export async function windowOfSource(
  view: View,
  window: Window,
  filter: CompiledFilter,
  budget: QueryBudget,
): Promise<Window> {
  if (!filter.oneSource || (window.from !== null && window.to !== null)) return window;
  const { from, where } = matching(view, window, filter);
  const time = name('time');
  const { rows } = await runOn(view, budget)(sql`SELECT min(${time}), max(${time}) FROM ${from} WHERE ${where}`);
  const [first, last] = rows[0] ?? [];
  if (first === null || first === undefined || last === null || last === undefined) return window;
  return { ...window, from: window.from ?? Number(first), to: window.to ?? Number(last) + 1 };
}

/**
 * Runs `work` with 64-bit terms, and once more in 128 bits if a counter or a product did not fit: one hostile or broken
 * record must not make a query impossible, and need not make all others slow.
 */
export async function withArithmetic<T>(view: View, work: (how: Arithmetic) => Promise<T>): Promise<T> {
  const { continued } = view.facts;
  const scaled = view.facts.maxSampling > 1;
  const standing = scaled && view.facts.origins.some((code) => code === FLOWS || code === RECORDS);
  try {
    return await work({ scaled, wide: false, continued, standing });
  } catch (error) {
    const { code, message } = asWeirError(error);
    if (code !== 'internal' && !(code === 'system' && /out of range|overflow/i.test(message))) throw error;
    return await work({ scaled, wide: true, continued, standing });
  }
}

function runOn(view: View, budget: QueryBudget): Run {
  return ({ text, params }: Sql) => view.run(text, params, budget.next());
}

/** Looks at the records of the view through the filter and the range. An open end of the range is set to that of the data. */
export function openScope(
  view: View,
  window: Window,
  filter: CompiledFilter,
  asked: Duplicates,
  how: Arithmetic,
  budget: QueryBudget,
): Scope {
  const extent = measuredExtent(view, window, filter);
  const duplicates = filter.judges ? 'all' : asked;
  const source = recordSource(view, window, filter, duplicates);
  return {
    view,
    run: runOn(view, budget),
    source,
    whole: source,
    byOrigin: source,
    duplicates,
    judged: leavesOut(view, duplicates) ? matching(view, window, filter) : null,
    exporters: exportersOf(view, filter),
    plan: recordsPlan(view, extent, { costs: new QueryCosts(), statements: 1 }),
    extent,
    shape: { how, buckets: bucketsOf(extent) },
  };
}

function matching(view: View, window: Window, ...conditions: readonly Sql[]): Source {
  return viewSource(view.relation, list([windowSql(window), ...conditions], ' AND '));
}

/** The records that count. */
function recordSource(view: View, window: Window, filter: Sql, duplicates: Duplicates): Source {
  return matching(view, window, filter, ...(leavesOut(view, duplicates) ? [COUNTED] : []));
}

function leavesOut(view: View, duplicates: Duplicates): boolean {
  return duplicates === 'counted' && hasDuplicates(view);
}

/** Beside an answer from roll-ups, what these leave out is counted from records up to this estimate. */
const BESIDE_MS = 250;

/** The same for a query, which roll-ups may answer. `shift`: how far its buckets of time are moved. */
export function openQueryScope(
  view: View,
  window: Window,
  compiled: Compiled,
  how: Arithmetic,
  budget: QueryBudget,
  options: PlanOptions,
  shift = 0,
): Scope {
  const extent = measuredExtent(view, window, compiled.filter);
  const buckets = bucketsOf(extent, compiled.query.every);
  const plan = planOf(compiled, view, extent, { ...buckets, shift }, options);
  const run = runOn(view, budget);
  const mayJudge = () => {
    if (!plan.roll) return true;
    const { expired, estimateMs } = recordsPlan(view, extent, { ...options, statements: 1 });
    return expired.length === 0 && estimateMs <= BESIDE_MS;
  };
  const { filter, duplicates } = compiled;
  const records = () => {
    const source = recordSource(view, window, filter, duplicates);
    return { source, whole: source, byOrigin: source };
  };
  return {
    view,
    run,
    ...(plan.roll ? sourcesOf(plan.roll, plan.tiles, compiled) : records()),
    duplicates,
    judged: leavesOut(view, duplicates) && mayJudge() ? matching(view, window, filter) : null,
    exporters: exportersOf(view, filter),
    plan,
    extent,
    // What is sampled among rows of history is only known when they were read.
    shape: {
      how: plan.roll ? { ...how, scaled: true, rolled: true } : how,
      buckets,
      hosts: plan.roll ? new HostCounts(run, plan.roll, plan.tiles) : undefined,
    },
  };
}

function exportersOf({ ledger }: View, { exporter }: CompiledFilter): number {
  if (exporter !== null) return 1;
  return new Set(ledger.filter(({ counts }) => (counts.records ?? 0) > 0).map((entry) => entry.exporter)).size;
}

function measuredExtent(view: View, window: Window, { exporter }: CompiledFilter): Extent | null {
  const extent = extentOf(view, window);
  return extent && view.measured ? { ...extent, measure: new RangeMeasure(view.measured, extent, exporter) } : extent;
}

/** The range itself, or, where an end is open, that of all rows in it (whatever the filter: a rate is about a time, not about rows). */
function extentOf(view: View, window: Window): Extent | null {
  const { from, to } = window;
  if (from !== null && to !== null) return { from, to, ...(window.open ? { open: true as const } : {}) };
  const { extent } = view.facts;
  if (extent === null || (to !== null && extent.min >= to) || (from !== null && extent.max < from)) return null;
  return { from: from ?? extent.min, to: to ?? extent.max + 1 };
}
