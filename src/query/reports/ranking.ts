import type { StoreReader } from '../../store/index.ts';
import type { MetricValues, QueryAnswer } from '../answer.ts';
import { type QueryOptions, runQuery } from '../run.ts';
import type { ReportQuery, ReportTable } from './report.ts';

/** What rankings show of each row; the first one orders them. */
export const RANKING_METRICS = ['bytes', 'packets', 'flows', 'peak_bps'] as const;

const TITLES: Readonly<Record<string, string>> = {
  peak_bps: 'peak',
  service_port: 'port',
  src_as: 'source AS',
  dst_as: 'destination AS',
  src_peer_as: 'from AS',
  dst_peer_as: 'to AS',
};

/** The largest values of some dimensions, of one kind: `{by, metrics}` as a query, in the range and filter of the report. */
export function rank(
  store: StoreReader,
  query: ReportQuery,
  by: readonly string[],
  options: QueryOptions,
  metrics: readonly string[] = RANKING_METRICS,
): Promise<QueryAnswer> {
  const { scheme: _, ...asked } = query;
  return runQuery(store, { ...asked, by: [...by], metrics: [...metrics] }, options);
}

export function rankingTable(title: string, { columns, rows }: QueryAnswer): ReportTable {
  return { title, columns: columns.map((c) => ({ ...c, title: TITLES[c.name] ?? c.name })), rows };
}

/** The rows by the names of their columns. */
export function rankingLines({ columns, rows }: QueryAnswer): MetricValues[] {
  return rows.map((row) => Object.fromEntries(columns.map((c, i) => [c.name, row[i] ?? null])));
}
