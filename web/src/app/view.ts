import { CHARTS, type ChartKind, DEFAULT_LAST, lastMs, MOST_GROUPS, stepOf } from '../../../src/chart/index.ts';
import { bothFilters } from '../../../src/filter/index.ts';

/** What all pages show: a range of time and a filter. It is the search part of the address, so that Back works and a link can be sent. */
export interface View {
  /** How long until now, such as `24h`; absent where `from` and `to` are. */
  readonly last?: string;
  /** ms since 1970. */
  readonly from?: number;
  readonly to?: number;
  readonly filter?: string;
  /** Absent: what both ends on one host saw counts once. */
  readonly duplicates?: 'all';
  /** Of a page of several parts: which. */
  readonly tab?: string;
  /** Of the interfaces of exporters: whose graph is shown, as exporter, number and agent. */
  readonly interface?: string;
  /** What is explored: dimensions with commas between them, a metric, how many groups, and how they are drawn. */
  readonly by?: string;
  readonly metric?: string;
  readonly top?: number;
  readonly chart?: ChartKind;
  /** Of a list of records: what it is ordered by. */
  readonly order?: string;
  /** As they arrive. */
  readonly tail?: 'yes';
  /** The name of the record that is open, as `weir label explain` reads it. */
  readonly flow?: string;
  /** With the same time before it. */
  readonly before?: 'yes';
}

export const PRESETS = ['15m', '1h', '6h', '24h', '7d', '30d', '90d', '365d', '730d'] as const;
export const LONGEST_FILTER = 65_536;
/** Two addresses and that of the exporter, ports and a time. */
const LONGEST_FLOW = 250;

const INTERFACE = /^[\da-f:.]{2,45},\d{1,10}(,[\da-f:.]{2,45})?$/;

/** Whatever stands in the address: what is no view is left out of it. */
export function readView(search: Readonly<Record<string, unknown>>): View {
  const { last, filter, tab, order, tail, flow, duplicates } = search;
  const [from, to] = [readMs(search.from), readMs(search.to)];
  const isRange = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= LAST_MS;
  const isLast = typeof last === 'string' && lastMs(last) !== null;
  return {
    ...(isRange ? { from, to } : isLast ? { last } : {}),
    ...readExplored(search),
    ...(typeof tab === 'string' && /^[a-z-]{1,40}$/.test(tab) ? { tab } : {}),
    ...(typeof search.interface === 'string' && INTERFACE.test(search.interface)
      ? { interface: search.interface }
      : {}),
    ...(typeof order === 'string' && /^-?(time|bytes|packets|duration)$/.test(order) ? { order } : {}),
    ...(tail === 'yes' ? { tail } : {}),
    ...(typeof flow === 'string' && flow.length <= LONGEST_FLOW && flow !== '' ? { flow } : {}),
    ...(duplicates === 'all' ? { duplicates } : {}),
    ...(typeof filter === 'string' && filter !== '' ? { filter: filter.slice(0, LONGEST_FILTER) } : {}),
  };
}

/** The last moment that a clock can show. */
const LAST_MS = 8_640_000_000_000_000;

/** Milliseconds since 1970, as pages write them, or ISO 8601, as people do; NaN for anything else. */
function readMs(given: unknown): number {
  return typeof given === 'string' && /^\d{4}-\d{2}-\d{2}/.test(given) ? Date.parse(given) : Number(given);
}

const NAMES = /^[a-z0-9_()/,]{1,400}$/;

function readExplored({ by, metric, top, chart, before }: Readonly<Record<string, unknown>>): View {
  const groups = Number(top);
  return {
    ...(typeof by === 'string' && NAMES.test(by) ? { by } : {}),
    ...(typeof metric === 'string' && NAMES.test(metric) ? { metric } : {}),
    ...(Number.isInteger(groups) && groups >= 1 && groups <= MOST_GROUPS ? { top: groups } : {}),
    ...(CHARTS.includes(chart as ChartKind) ? { chart: chart as ChartKind } : {}),
    ...(before === 'yes' ? { before } : {}),
  };
}

/** Of a view what goes along to another page. */
export function sharedPart({ last, from, to, filter, duplicates }: View): View {
  return readView({ last, from, to, filter, duplicates });
}

export interface Range {
  readonly from: number;
  readonly to: number;
  /** It ends now, and moves. */
  readonly isLive: boolean;
}

export function rangeOf({ last, from, to }: View, nowMs: number): Range {
  if (from !== undefined && to !== undefined) return { from, to, isLive: false };
  return { from: nowMs - lastMs(last ?? DEFAULT_LAST)!, to: nowMs, isLive: true };
}

/** The next of the ranges that are offered; null where there is none that is longer. */
export function longerThan({ from, to }: Range): string | null {
  return PRESETS.find((last) => lastMs(last)! > to - from) ?? null;
}

/** The part of a question that every page has: which flows. */
export function flowsOf({ filter = '', duplicates }: View, { from, to }: Range): FlowsAsked {
  return { from, to, filter, ...(duplicates ? { duplicates } : {}) };
}

export interface FlowsAsked {
  /** ms since 1970. */
  readonly from: number;
  readonly to: number;
  readonly filter: string;
  readonly duplicates?: 'all';
}

/** How often an answer that ends now is asked for again. */
export function refetchMs(range: Range): number | false {
  if (!range.isLive) return false;
  return Math.min(60_000, Math.max(10_000, stepOf(range) / 10));
}

/** One condition more. */
export function withCondition(filter: string | undefined, condition: string): string {
  return bothFilters(filter ?? '', condition);
}
