import type { QueryInput } from '../../query/index.ts';
import type { ViewState } from './view-schema.ts';

/** The chart that a saved view is: its one question, and how the answer is drawn. */
export interface ViewChart {
  readonly by: readonly string[];
  readonly metric: string;
  readonly chart: string;
  readonly question: QueryInput & { readonly from: number; readonly to: number };
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** As the dashboard has it. */
const LAST_MS = 86_400_000;
/** Widths of time buckets: those of history, and whole parts of an hour or a day. */
const STEPS = [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000];
const MOST_STEPS = 300;
const MOST_GROUPS = 25;

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
  const every = STEPS.find((step) => (to - from) / step <= MOST_STEPS) ?? STEPS.at(-1)!;
  const { duplicates, scans } = state;
  return {
    by,
    metric,
    chart: textOf(state.chart, 'stacked'),
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
  const [, number, unit] = /^(\d{1,4})([mhdw])$/.exec(String(last ?? '')) ?? [];
  return { from: nowMs - (number === undefined ? LAST_MS : Number(number) * UNITS[unit!]!), to: nowMs };
}
