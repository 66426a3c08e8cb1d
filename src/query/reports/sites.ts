import type { JsonValue } from '../../flow/index.ts';
import type { MetricValues } from '../answer.ts';
import { bytesBy, MOST_PARTS, providerShare, waysCell } from './crossing.ts';
import { RANKING_METRICS, rank, rankingLines } from './ranking.ts';
import { countReach, type ReachLine, reachTable } from './reach.ts';
import { column, parseReportInput, type Report } from './report.ts';

/** One site; null is home without a site, and what passes through. */
export interface SiteLine {
  readonly site: JsonValue;
  readonly figures: MetricValues;
  /** Bytes by `direction`, across the border and within it. */
  readonly bytes_by_direction: MetricValues;
  /** Out / (in + out), percent. */
  readonly provider_share: number | null;
}

const METRICS = [...RANKING_METRICS, 'hosts_out', 'hosts_in'] as const;
const DIRECTIONS = ['out', 'in', 'inside'] as const;

export const sites: Report<{
  readonly total: MetricValues;
  readonly sites: readonly SiteLine[];
  readonly reach: readonly ReachLine[];
}> = {
  name: 'sites',
  title: 'Sites',
  meaning:
    'sites of the home networks: bytes out, in and inside, what is provided, peaks, hosts that took part, and how far flows go',
  texts: { direction: 'words', reach: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const answer = await rank(store, query, ['site'], options, METRICS);
    const parts = await rank(store, { ...query, limit: MOST_PARTS }, ['site', 'direction'], options, ['bytes']);
    const lines = answer.rows.map(([site = null, ...values]): SiteLine => {
      const of = rankingLines(parts).filter((part) => part.site === site);
      const ways = bytesBy(of, 'direction');
      return {
        site,
        figures: Object.fromEntries(METRICS.map((m, i) => [m, values[i] ?? null])),
        bytes_by_direction: ways,
        provider_share: providerShare(ways.in, ways.out),
      };
    });
    const reach = await countReach(store, query, options);
    return {
      report: sites.name,
      title: sites.title,
      data: { total: answer.total, sites: lines, reach: reach.lines },
      tables: [
        {
          title: 'Sites with the most bytes',
          columns: [
            column('site', 'site', 'text'),
            column('bytes', 'bytes', 'integer', 'bytes'),
            ...DIRECTIONS.map((d) => column(`bytes_${d}`, d, 'integer', 'bytes')),
            column('provider_share', 'out/both %', 'number', '%', 1),
            column('packets', 'packets', 'integer', 'packets'),
            column('flows', 'flows', 'integer', 'flows'),
            column('peak_bps', 'peak', 'number', 'bit/s'),
            column('hosts_out', 'hosts out', 'integer', 'hosts'),
            column('hosts_in', 'hosts in', 'integer', 'hosts'),
          ],
          rows: lines.map(({ site, figures, bytes_by_direction: by, provider_share }) => [
            site,
            figures.bytes ?? null,
            ...DIRECTIONS.map((d) => waysCell(by, d)),
            provider_share,
            ...METRICS.slice(1).map((m) => figures[m] ?? null),
          ]),
        },
        reachTable(reach.lines),
      ],
      quality: answer.quality,
      plan: { ...answer.plan, ms: answer.plan.ms + parts.plan.ms + reach.ms },
    };
  },
};
