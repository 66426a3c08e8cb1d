import { asWeirError } from '../base/index.ts';
import type { StoreReader, View } from '../store/index.ts';
import type { QueryBudget } from './budget.ts';
import { type Run, viewSource } from './groups.ts';
import { list, type Sql } from './sql.ts';
import type { Shape, Source } from './statements.ts';
import type { Arithmetic } from './sums.ts';
import { bucketsOf, type Extent, storeRange, type Window, windowSql } from './window.ts';

/** A view that a query runs on, and what its statements need to know of it. */
export interface Scope {
  readonly view: View;
  readonly run: Run;
  readonly source: Source;
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
 * Runs `work` with 64-bit terms, and once more in 128 bits if a counter or a product did not fit: one hostile or broken
 * record must not make a query impossible, and need not make all others slow.
 */
export async function withArithmetic<T>(view: View, work: (how: Arithmetic) => Promise<T>): Promise<T> {
  const { continued } = view.facts;
  const scaled = view.facts.maxSampling > 1;
  try {
    return await work({ scaled, wide: false, continued });
  } catch (error) {
    const { code, message } = asWeirError(error);
    if (code !== 'internal' && !(code === 'system' && /out of range|overflow/i.test(message))) throw error;
    return await work({ scaled, wide: true, continued });
  }
}

function runOn(view: View, budget: QueryBudget): Run {
  return ({ text, params }: Sql) => view.run(text, params, budget.next());
}

/** Looks at the view through the filter and the range. An open end of the range is set to that of the data. */
export function openScope(
  view: View,
  window: Window,
  filter: Sql,
  how: Arithmetic,
  budget: QueryBudget,
  every?: number,
): Scope {
  const run = runOn(view, budget);
  const extent = extentOf(view, window);
  const where = list([windowSql(window), filter], ' AND ');
  return {
    view,
    run,
    source: viewSource(view.relation, where),
    extent,
    shape: { how, buckets: bucketsOf(extent, every) },
  };
}

/** The range itself, or, where an end is open, that of all rows in it (whatever the filter: a rate is about a time, not about rows). */
function extentOf(view: View, window: Window): Extent | null {
  const { from, to } = window;
  if (from !== null && to !== null) return { from, to };
  const { extent } = view.facts;
  if (extent === null || (to !== null && extent.min >= to) || (from !== null && extent.max < from)) return null;
  return { from: from ?? extent.min, to: to ?? extent.max + 1 };
}
