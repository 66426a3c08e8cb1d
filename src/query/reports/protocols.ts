import { type JsonValue, protocolName } from '../../flow/index.ts';
import type { MetricValues } from '../answer.ts';
import { runQuery } from '../run.ts';
import { column, parseReportInput, percentOf, type Report } from './report.ts';

const METRICS = ['flows', 'bytes', 'packets', 'duration'] as const;
const TITLES = { flows: 'flows', bytes: 'octets', packets: 'packets', duration: 'duration' } as const;
const UNITS = { flows: 'flows', bytes: 'bytes', packets: 'packets', duration: 'ms' } as const;

export interface ProtocolLine {
  /** IP protocol number and its IANA name in lower case. */
  readonly protocol: number;
  readonly name: string;
  /** Percent of the total, three decimals. */
  readonly percent: MetricValues;
  readonly figures: MetricValues;
}

export const protocols: Report<{ readonly total: MetricValues; readonly protocols: readonly ProtocolLine[] }> = {
  name: 'protocols',
  title: 'Protocols',
  meaning: 'share of each IP protocol in flows, octets, packets and time of flows',
  texts: { protocol: 'words', name: 'words' },
  async run(store, input, options) {
    const { limit: _, scheme: __, ...query } = parseReportInput(input);
    const asked = { ...query, by: ['protocol'], metrics: [...METRICS], order: 'flows', limit: 256 };
    const answer = await runQuery(store, asked, options);
    const lines = answer.rows.map(([protocol, ...values]): ProtocolLine => {
      const figures = Object.fromEntries(METRICS.map((m, i) => [m, values[i] ?? null]));
      const percent = Object.fromEntries(
        METRICS.map((m) => [m, percentOf(figures[m] ?? null, answer.total[m] ?? null, 3)]),
      );
      return { protocol: Number(protocol), name: protocolName(Number(protocol)), percent, figures };
    });
    const row = ({ name, percent, figures }: ProtocolLine): JsonValue[] => {
      return [name, ...METRICS.map((m) => percent[m] ?? null), ...METRICS.map((m) => figures[m] ?? null)];
    };
    return {
      report: protocols.name,
      title: protocols.title,
      data: { total: answer.total, protocols: lines },
      tables: [
        {
          title: 'Share of each protocol',
          columns: [
            column('protocol', 'protocol', 'text'),
            ...METRICS.map((m) => column(`${m}_percent`, `${TITLES[m]} %`, 'number', '%', 3)),
            ...METRICS.map((m) => column(m, TITLES[m], 'integer', UNITS[m])),
          ],
          rows: lines.map(row),
        },
      ],
      quality: answer.quality,
      plan: answer.plan,
    };
  },
};
