import { type JsonValue, jsonInteger } from '../../flow/index.ts';
import type { MetricValues, QueryAnswer } from '../answer.ts';
import { BOTH_ENDS, SHARE_OF_ENDS, shareOfEnds, totalOfEnds } from './both-ends.ts';
import { haveDirections, MOST_PARTS, providerShare } from './crossing.ts';
import { KeyedSums, knownFirst } from './keyed-sums.ts';
import { withNetworkData } from './network-data.ts';
import { rank, rankingLines } from './ranking.ts';
import { column, parseReportInput, type Report } from './report.ts';

/** What came from a country and went to it, in bytes. */
interface CountryLine {
  /** ISO 3166-1, two letters; null where it is not known. */
  readonly country: JsonValue;
  readonly source: JsonValue;
  readonly sink: JsonValue;
  /** From there to the home networks, and from these to there; null where no flow has a known direction, as without home networks. */
  readonly in: JsonValue;
  readonly out: JsonValue;
  readonly through: JsonValue;
  readonly provider_share: number | null;
  /** Percent of the bytes at all ends: those of a flow count at its source and at its sink. */
  readonly share: number | null;
}

type Role = 'source' | 'sink' | 'in' | 'out' | 'through';
const SHOWN: readonly Role[] = ['source', 'sink', 'in', 'out', 'through'];

export const countries: Report<{ readonly total: MetricValues; readonly countries: readonly CountryLine[] }> = {
  name: 'countries',
  title: 'Countries',
  meaning: 'countries that sent and were sent the most bytes: in, out, and how much is provided to each',
  texts: { country: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const all = { ...query, limit: MOST_PARTS };
    const from = await rank(store, all, ['src_country', 'direction'], options, ['bytes', 'packets', 'flows']);
    const to = await rank(store, all, ['dst_country', 'direction'], options, ['bytes']);
    const total = totalOfEnds(from.total);
    const hasWays = haveDirections([...rankingLines(from), ...rankingLines(to)]);
    const lines = knownFirst(sumsOf(from, to).largest(['source', 'sink'], query.limit)).map(
      ({ key: country, of }): CountryLine => {
        const bytes = (role: Role) => jsonInteger(of(role));
        const way = (role: Role) => (hasWays ? bytes(role) : null);
        return {
          country,
          source: bytes('source'),
          sink: bytes('sink'),
          in: way('in'),
          out: way('out'),
          through: way('through'),
          provider_share: providerShare(bytes('in'), bytes('out')),
          share: shareOfEnds(bytes('source'), bytes('sink'), total),
        };
      },
    );
    return {
      report: countries.name,
      title: countries.title,
      data: { total, countries: lines },
      tables: [
        {
          title: `Countries with the most bytes: ${BOTH_ENDS}`,
          columns: [
            column('country', 'country', 'text'),
            ...SHOWN.map((role) => column(role, role, 'integer', 'bytes')),
            column('provider_share', 'out/both %', 'number', '%', 1),
            SHARE_OF_ENDS,
          ],
          rows: lines.map((l) => [l.country, ...SHOWN.map((role) => l[role]), l.provider_share, l.share]),
        },
      ],
      quality: withNetworkData(from.quality, 'countries', options),
      plan: { ...from.plan, ms: from.plan.ms + to.plan.ms },
    };
  },
};

function sumsOf(from: QueryAnswer, to: QueryAnswer): KeyedSums<Role> {
  const sums = new KeyedSums<Role>();
  for (const line of rankingLines(from)) {
    const [country, bytes] = [line.src_country ?? null, line.bytes ?? 0];
    sums.add(country, 'source', bytes);
    if (line.direction === 'in' || line.direction === 'through') sums.add(country, line.direction, bytes);
  }
  for (const line of rankingLines(to)) {
    const [country, bytes] = [line.dst_country ?? null, line.bytes ?? 0];
    sums.add(country, 'sink', bytes);
    if (line.direction === 'out' || line.direction === 'through') sums.add(country, line.direction, bytes);
  }
  return sums;
}
