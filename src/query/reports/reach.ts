import type { StoreReader } from '../../store/index.ts';
import type { MetricValues } from '../answer.ts';
import type { QueryOptions } from '../run.ts';
import { rank, rankingLines } from './ranking.ts';
import { column, percentOf, type ReportQuery, type ReportTable } from './report.ts';

/** How far flows of one kind go, and their part of all. */
export interface ReachLine {
  /** Of `reach`; unknown without home networks. */
  readonly reach: string;
  readonly figures: MetricValues;
  /** By metric, percent of all. */
  readonly percent: MetricValues;
}

const METRICS = ['bytes', 'packets', 'flows'] as const;

/** On-site to off-site and what else there is, by bytes, packets and flows: they differ widely. */
export async function countReach(
  store: StoreReader,
  query: ReportQuery,
  options: QueryOptions,
): Promise<{ readonly lines: readonly ReachLine[]; readonly ms: number }> {
  const answer = await rank(store, { ...query, limit: 100 }, ['reach'], options, METRICS);
  const lines = rankingLines(answer).map((line): ReachLine => {
    return {
      reach: String(line.reach ?? 'unknown'),
      figures: Object.fromEntries(METRICS.map((m) => [m, line[m] ?? null])),
      percent: Object.fromEntries(METRICS.map((m) => [m, percentOf(line[m] ?? 0, answer.total[m] ?? 0, 1)])),
    };
  });
  return { lines, ms: answer.plan.ms };
}

export function reachTable(lines: readonly ReachLine[]): ReportTable {
  return {
    title: 'How far flows go',
    columns: [
      column('reach', 'reach', 'text'),
      ...METRICS.flatMap((m) => [column(m, m, 'integer', m), column(`${m}_percent`, `${m} %`, 'number', '%', 1)]),
    ],
    rows: lines.map(({ reach, figures, percent }) => [
      reach,
      ...METRICS.flatMap((m) => [figures[m] ?? null, percent[m] ?? null]),
    ]),
  };
}
