import type { z } from 'zod';
import { quoted, WeirError } from '../base/index.ts';
import {
  type FilterNode,
  type FilterOptions,
  filterToSql,
  parseFilter,
  pinnedAddress,
  pinnedColumns,
  referencedColumns,
} from '../filter/index.ts';
import { type Dimension, parseDimension } from './dimensions.ts';
import { type Duplicates, duplicatesAsked } from './duplicates.ts';
import { type Having, metricsOf, parseHaving } from './having.ts';
import { refuseHostsBy } from './hosts.ts';
import { type DistinctMetric, type Metric, MINUTE_MS, type PercentileMetric, parseMetric, sumsOf } from './metrics.ts';
import { type Query, type QueryInput, querySchema } from './model.ts';
import { made, type Sql } from './sql.ts';
import { RECORDS, type Sum, withFlowQuality } from './sums.ts';

/** A query whose words were all understood. */
export interface Compiled {
  readonly query: Query;
  readonly dimensions: readonly Dimension[];
  readonly metrics: readonly Metric[];
  readonly order: { readonly metric: Metric; readonly descending: boolean };
  readonly having: Having | null;
  readonly filter: CompiledFilter;
  readonly duplicates: Duplicates;
  readonly reads: FilterReads;
  /** All sums that any part of the query needs. */
  readonly sums: readonly Sum[];
  /** Distinct counts, percentiles and peaks that order or choose rows, so that every group needs them. */
  readonly early: Costly;
  /** Those that are only shown: they are counted for the shown rows alone. */
  readonly late: Costly;
}

export interface CompiledFilter extends Sql {
  /** The one exporter whose records it selects; null where there may be more. */
  readonly exporter: string | null;
  /** Whether it selects the flows of one import. */
  readonly oneSource: boolean;
  /** Whether it says itself which verdicts on duplicates it takes. */
  readonly judges: boolean;
}

/** What a filter looks at. */
interface FilterReads {
  readonly columns: ReadonlySet<string>;
  /** Those of which it takes one value alone. */
  readonly pinned: ReadonlySet<string>;
  /** It takes every record. */
  readonly everything: boolean;
}

interface Costly {
  readonly distincts: readonly DistinctMetric[];
  readonly percentiles: readonly PercentileMetric[];
  /** The sums whose peaks are wanted. */
  readonly peaks: readonly Sum[];
}

export function isNothing({ distincts, percentiles, peaks }: Costly): boolean {
  return distincts.length + percentiles.length + peaks.length === 0;
}

/** Reads a query, cut down to the limit of `within`. Every mistake in it is a WeirError `usage`, raised before any data is touched. */
export function compile(input: QueryInput, within: FilterOptions = {}): Compiled {
  const query = parseModel(querySchema, input, 'query');
  const dimensions = query.by.map(parseDimension);
  refuseRepeated('dimension', dimensions);
  const metrics = query.metrics.map(parseMetric);
  refuseRepeated('metric', metrics);
  const order = parseOrder(query.order, metrics);
  const having = query.having === undefined || query.having.trim() === '' ? null : parseHaving(query.having);
  if (query.previous !== undefined && !(query.from !== undefined && query.from > 0)) {
    throw new WeirError('usage', '`previous` compares with an earlier range and needs `from`');
  }
  const filter = parseFilter(query.filter, within);
  // One row is in no order.
  const deciding = [...(dimensions.length > 0 ? [order.metric] : []), ...(having ? metricsOf(having) : [])];
  const all = [...metrics, order.metric, ...deciding];
  refuseShortPeaks(all, query.every);
  refuseHostsBy(all, dimensions);
  const early = costly(deciding, []);
  return {
    query,
    dimensions,
    metrics,
    order,
    having,
    filter: filterSql(filter),
    duplicates: duplicatesAsked(query.duplicates, [
      ...referencedColumns(filter),
      ...dimensions.map((d) => d.column.name),
    ]),
    reads: readsOf(filter),
    sums: withFlowQuality([...new Set([RECORDS, ...all.flatMap(sumsOf)])], all.flatMap(partsOf)),
    early,
    late: costly(metrics, deciding),
  };
}

/** The same records by one column instead, over the whole range. */
export function compiledBy(compiled: Compiled, column: string, metrics: readonly string[]): Compiled {
  const { query, filter, reads, duplicates } = compiled;
  const asked = compile({ by: [column], metrics: [...metrics], max_cost: query.max_cost, exact: query.exact });
  return { ...asked, query: { ...asked.query, from: query.from, to: query.to }, filter, reads, duplicates };
}

/** A model that is checked by its schema; all mistakes in one WeirError. */
export function parseModel<S extends z.ZodType>(schema: S, input: z.input<S>, what: string): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    ({ path, message }) => `${path.length > 0 ? path.join('.') : what}: ${message}`,
  );
  throw new WeirError('usage', `${what}: ${issues.join('; ')}`, { details: { issues } });
}

export function compileFilter(text: string, within: FilterOptions): CompiledFilter {
  return filterSql(parseFilter(text, within));
}

function filterSql(filter: FilterNode): CompiledFilter {
  const { sql, params } = filterToSql(filter);
  return {
    ...made(`(${sql})`, params),
    exporter: pinnedAddress(filter, 'exporter'),
    oneSource: pinnedColumns(filter).has('source'),
    judges: referencedColumns(filter).has('duplicate'),
  };
}

function readsOf(filter: FilterNode): FilterReads {
  const everything = filter.kind === 'constant' && filter.value;
  return { columns: referencedColumns(filter), pinned: pinnedColumns(filter), everything };
}

function parseOrder(given: string | undefined, metrics: readonly Metric[]): Compiled['order'] {
  if (given === undefined) return { metric: metrics[0]!, descending: true };
  const text = given.trim();
  const ascending = text.startsWith('-');
  return { metric: parseMetric(ascending ? text.slice(1) : text), descending: !ascending };
}

function refuseRepeated(what: string, items: readonly { name: string }[]): void {
  const names = items.map((i) => i.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice !== undefined) throw new WeirError('usage', `${what} ${quoted(twice)} is named twice`);
}

/** Sums that stand behind a figure which is none itself. */
function partsOf(metric: Metric): readonly Sum[] {
  if (metric.kind === 'percentile') return sumsOf(metric.of);
  return metric.kind === 'peak' ? [metric.of] : [];
}

function refuseShortPeaks(metrics: readonly Metric[], every: number | undefined): void {
  const peak = metrics.find((m) => m.kind === 'peak');
  if (!peak || every === undefined || every >= MINUTE_MS) return;
  throw new WeirError(
    'usage',
    `${peak.name} is the largest minute: \`every\` must be at least a minute (${MINUTE_MS} ms)`,
  );
}

/** The distinct counts, percentiles and peaks among `metrics`, each once, without those in `except`. */
function costly(metrics: readonly Metric[], except: readonly Metric[]): Costly {
  const peaksOf = (of: readonly Metric[]) => of.flatMap((m) => (m.kind === 'peak' ? [m.of] : []));
  const counted = new Set(peaksOf(except));
  const known = new Set(except.map((m) => m.name));
  const fresh = [...new Map(metrics.filter((m) => !known.has(m.name)).map((m) => [m.name, m])).values()];
  return {
    distincts: fresh.filter((m) => m.kind === 'distinct'),
    percentiles: fresh.filter((m) => m.kind === 'percentile'),
    peaks: [...new Set(peaksOf(fresh))].filter((of) => !counted.has(of)),
  };
}
