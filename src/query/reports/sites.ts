import type { JsonValue } from '../../flow/index.ts';
import type { MetricValues } from '../answer.ts';
import { RANKING_METRICS, rank, rankingLines } from './ranking.ts';
import { column, parseReportInput, type Report } from './report.ts';

/** One site; null is home without a site, and what passes through. */
export interface SiteLine {
  readonly site: JsonValue;
  readonly figures: MetricValues;
  /** Bytes by `direction`, across the border and within it. */
  readonly bytes_by_direction: MetricValues;
}

const METRICS = [...RANKING_METRICS, 'hosts_out', 'hosts_in'] as const;
const DIRECTIONS = ['out', 'in', 'inside'] as const;
/** More than the sites of any network times the directions that there are. */
const MOST = 10_000;

export const sites: Report<{ readonly total: MetricValues; readonly sites: readonly SiteLine[] }> = {
  name: 'sites',
  title: 'Sites',
  meaning: 'sites of the home networks: bytes out, in and inside, peaks, and hosts that took part',
  texts: { direction: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const answer = await rank(store, query, ['site'], options, METRICS);
    const parts = await rank(store, { ...query, limit: MOST }, ['site', 'direction'], options, ['bytes']);
    const lines = answer.rows.map(([site = null, ...values]): SiteLine => {
      const of = rankingLines(parts).filter((part) => part.site === site);
      return {
        site,
        figures: Object.fromEntries(METRICS.map((m, i) => [m, values[i] ?? null])),
        bytes_by_direction: Object.fromEntries(of.map((part) => [part.direction ?? 'unknown', part.bytes ?? 0])),
      };
    });
    return {
      report: sites.name,
      title: sites.title,
      data: { total: answer.total, sites: lines },
      tables: [
        {
          title: 'Sites with the most bytes',
          columns: [
            column('site', 'site', 'text'),
            column('bytes', 'bytes', 'integer', 'bytes'),
            ...DIRECTIONS.map((d) => column(`bytes_${d}`, d, 'integer', 'bytes')),
            column('packets', 'packets', 'integer', 'packets'),
            column('flows', 'flows', 'integer', 'flows'),
            column('peak_bps', 'peak', 'number', 'bit/s'),
            column('hosts_out', 'hosts out', 'integer', 'hosts'),
            column('hosts_in', 'hosts in', 'integer', 'hosts'),
          ],
          rows: lines.map(({ site, figures, bytes_by_direction: by }) => [
            site,
            figures.bytes ?? null,
            ...DIRECTIONS.map((d) => by[d] ?? 0),
            ...METRICS.slice(1).map((m) => figures[m] ?? null),
          ]),
        },
      ],
      quality: answer.quality,
      plan: { ...answer.plan, ms: answer.plan.ms + parts.plan.ms },
    };
  },
};
