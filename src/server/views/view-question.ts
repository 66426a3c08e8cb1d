import { CHARTS, type ChartKind, DEFAULT_LAST, lastMs, MOST_GROUPS, stepOf } from '../../chart/index.ts';
import type { QueryInput } from '../../query/index.ts';
import type { ViewState } from './view-schema.ts';

/** The chart that a saved view is: its one question, and how the answer is drawn. */
export interface ViewChart {
  readonly by: readonly string[];
  readonly metric: string;
  readonly chart: ChartKind;
  readonly question: QueryInput & { readonly from: number; readonly to: number };
}

/** What each page with one chart asks where its address does not say otherwise. */
const DEFAULTS: Readonly<Record<string, { by: string; metric: string }>> = {
  '/': { by: 'category', metric: 'bps' },
  '/explore': { by: 'application', metric: 'bps' },
};

/** The question of a view at a moment; null for a page that is no single chart. `nowMs`: the end of a range that moves. */
export function viewChart(page: string, state: ViewState, nowMs: number): ViewChart | null {
  const defaults = DEFAULTS[page];
  if (defaults === undefined) return null;
  const by = textOf(state.by, defaults.by)
    .split(/,(?![^()]*\))/)
    .filter((name) => name !== '');
  const metric = textOf(state.metric, defaults.metric);
  const { from, to } = rangeOf(state, nowMs);
  const top = Number(state.top ?? 10);
  const every = stepOf({ from, to });
  const { duplicates, scans } = state;
  return {
    by,
    metric,
    chart: CHARTS.find((name) => name === state.chart) ?? 'stacked',
    question: {
      ...{ from, to, by, metrics: [metric], every, order: metric },
      filter: textOf(state.filter, ''),
      limit: Number.isInteger(top) && top >= 1 ? Math.min(top, MOST_GROUPS) : 10,
      ...(duplicates === 'all' ? { duplicates } : {}),
      ...(scans === 'in' || scans === 'only' ? { scans } : {}),
    },
  };
}

function textOf(part: ViewState[string] | undefined, otherwise: string): string {
  return typeof part === 'string' && part !== '' ? part : otherwise;
}

function rangeOf({ last, from, to }: ViewState, nowMs: number): { from: number; to: number } {
  if (typeof from === 'number' && typeof to === 'number' && from < to)
    return { from: Math.floor(from), to: Math.ceil(to) };
  return { from: nowMs - (lastMs(String(last ?? '')) ?? lastMs(DEFAULT_LAST)!), to: nowMs };
}
