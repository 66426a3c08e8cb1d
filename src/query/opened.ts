import type { RawRows, StoreReader, View } from '../store/index.ts';
import type { FlowsHeader } from './answer.ts';
import { byMetric, metricValues } from './assemble.ts';
import { QueryBudget } from './budget.ts';
import { compileFilter } from './compile.ts';
import { countDuplicates } from './duplicate-counts.ts';
import { METRICS } from './metrics.ts';
import type { FlowsQuery } from './model.ts';
import { describeExpired } from './plan/describe.ts';
import { describeQuality } from './quality.ts';
import { type QueryOptions, viewPlan } from './run.ts';
import { openScope, type Scope, withArithmetic } from './scope.ts';
import type { Sql } from './sql.ts';
import { countTotals } from './totals.ts';
import { secondsOf, storeRange, windowOf } from './window.ts';

/** The records that match a filter, looked at once for their totals and their quality, and ready to be read. */
export interface OpenedRecords {
  readonly header: Omit<FlowsHeader, 'columns'>;
  readonly scope: Scope;
  readonly budget: QueryBudget;
  /** Reads rows of a statement; the view is released when that ends, is left early or fails. */
  stream(statement: Sql): Pieces;
  /** Runs further work on the view, which is released if that fails. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  release(): void;
}

const TOTALS = METRICS.filter((m) => ['records', 'bytes', 'packets'].includes(m.name));

export async function openRecords(
  store: StoreReader,
  query: Pick<FlowsQuery, 'from' | 'to' | 'filter' | 'duplicates' | 'scans'>,
  options: QueryOptions,
): Promise<OpenedRecords> {
  const filter = compileFilter(query.filter, options);
  const window = windowOf(query, options.now);
  const budget = new QueryBudget(options);
  budget.expect(2 + Number(window.from === null));
  const view = await store.view(storeRange(window), budget.opening());
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      view.release();
      throw error;
    }
  };
  const { scope, header } = await guard(() =>
    withArithmetic(view, async (how) => {
      const scope = await openScope(view, window, filter, query.duplicates, how, budget);
      const totals = await countTotals(scope, [], []);
      const seconds = secondsOf(scope.extent);
      const { from, to } = scope.extent ?? { from: null, to: null };
      const header = {
        total: byMetric(TOTALS, metricValues(TOTALS, totals.sums, seconds, seconds.traffic)),
        quality: {
          ...describeQuality(view, totals, [], scope.extent, {
            duplicates: await countDuplicates(scope),
            scans: query.scans,
          }),
          ...describeExpired(scope.plan),
        },
        plan: { ...viewPlan(view, 'flow records were asked for', budget), from, to },
      };
      return { scope, header };
    }),
  );
  return {
    header,
    scope,
    budget,
    guard,
    stream: ({ text, params }) => new Pieces(() => view.stream(text, params, budget.next()), view),
    release: () => view.release(),
  };
}

/** The pieces of a stream, which hold a view until they end, fail or are given up: started or not. */
export class Pieces implements AsyncIterableIterator<RawRows, undefined, undefined> {
  private readonly open: () => AsyncIterable<RawRows>;
  private readonly view: View;
  private source: AsyncIterator<RawRows> | null = null;
  private ended = false;

  constructor(open: () => AsyncIterable<RawRows>, view: View) {
    this.open = open;
    this.view = view;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<RawRows, undefined>> {
    if (this.ended) return { done: true, value: undefined };
    try {
      this.source ??= this.open()[Symbol.asyncIterator]();
      const piece = await this.source.next();
      if (!piece.done) return { done: false, value: piece.value };
    } catch (error) {
      this.end();
      throw error;
    }
    this.end();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<RawRows, undefined>> {
    if (!this.ended) {
      try {
        await this.source?.return?.();
      } finally {
        this.end();
      }
    }
    return { done: true, value: undefined };
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.view.release();
  }
}
