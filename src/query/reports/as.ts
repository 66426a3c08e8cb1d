import { type JsonValue, jsonInteger } from '../../flow/index.ts';
import type { MetricValues } from '../answer.ts';
import { type BothEnds, bothEnds, nameOf } from './as-figures.ts';
import { BOTH_ENDS, SHARE_OF_ENDS, shareOfEnds, totalOfEnds } from './both-ends.ts';
import { haveDirections, providerShare } from './crossing.ts';
import { KeyedSums, knownFirst } from './keyed-sums.ts';
import { withNetworkData } from './network-data.ts';
import { column, parseReportInput, type Report } from './report.ts';

/** What one autonomous system is to this network, in bytes. */
interface SystemLine {
  /** Null: of addresses whose system is not known. */
  readonly as: JsonValue;
  readonly name: string | null;
  /** Sent by its addresses, and sent to them, whoever was at the other end. */
  readonly source: JsonValue;
  readonly sink: JsonValue;
  /** For others: it was the adjacent system, and neither source nor sink on that side. */
  readonly carried: JsonValue;
  /** From it to the home networks, and from these to it; null where no flow has a known direction, as without home networks. */
  readonly in: JsonValue;
  readonly out: JsonValue;
  /** Of source and sink, what has neither end at home. */
  readonly through: JsonValue;
  /** Out / (in + out), percent. */
  readonly provider_share: number | null;
  /** Percent of the bytes at all ends: those of a flow count at its source and at its sink. */
  readonly share: number | null;
}

type Role = 'source' | 'sink' | 'carried' | 'in' | 'out' | 'through';
const ROLES: readonly Role[] = ['source', 'sink', 'carried'];

export const as: Report<{ readonly total: MetricValues; readonly systems: readonly SystemLine[] }> = {
  name: 'as',
  title: 'Autonomous systems',
  meaning: 'autonomous systems as source and sink, carried for others, in, out, and how much is provided to each',
  texts: { name: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const ends = await bothEnds(store, query, options);
    const total = totalOfEnds(ends.answer.total);
    const hasWays = haveDirections([...ends.sources, ...ends.destinations]);
    const systems = knownFirst(sumsOf(ends).largest(ROLES, query.limit)).map(({ key: number, of }): SystemLine => {
      const bytes = (role: Role) => jsonInteger(of(role));
      const way = (role: Role) => (hasWays ? bytes(role) : null);
      return {
        as: number,
        name: nameOf(number, options),
        source: bytes('source'),
        sink: bytes('sink'),
        carried: bytes('carried'),
        in: way('in'),
        out: way('out'),
        through: way('through'),
        provider_share: providerShare(bytes('in'), bytes('out')),
        share: shareOfEnds(bytes('source'), bytes('sink'), total),
      };
    });
    const shown = ['source', 'sink', 'carried', 'in', 'out', 'through'] as const;
    return {
      report: as.name,
      title: as.title,
      data: { total, systems },
      tables: [
        {
          title: `Autonomous systems with the most bytes: ${BOTH_ENDS}`,
          columns: [
            column('as', 'AS', 'integer', 'AS'),
            column('name', 'name', 'text'),
            ...shown.map((role) => column(role, role, 'integer', 'bytes')),
            column('provider_share', 'out/both %', 'number', '%', 1),
            SHARE_OF_ENDS,
          ],
          rows: systems.map((s) => [s.as, s.name, ...shown.map((role) => s[role]), s.provider_share, s.share]),
        },
      ],
      quality: withNetworkData(ends.answer.quality, 'systems', options),
      plan: { ...ends.answer.plan, ms: ends.ms },
    };
  },
};

function sumsOf({ sources, destinations }: BothEnds): KeyedSums<Role> {
  const sums = new KeyedSums<Role>();
  for (const { as: number, adjacent, direction, bytes } of sources) {
    sums.add(number, 'source', bytes);
    if (direction === 'in') sums.add(number, 'in', bytes);
    if (direction === 'through') sums.add(number, 'through', bytes);
    if (adjacent !== null && adjacent !== number) sums.add(adjacent, 'carried', bytes);
  }
  for (const { as: number, adjacent, direction, bytes } of destinations) {
    sums.add(number, 'sink', bytes);
    if (direction === 'out') sums.add(number, 'out', bytes);
    if (direction === 'through') sums.add(number, 'through', bytes);
    if (adjacent !== null && adjacent !== number) sums.add(adjacent, 'carried', bytes);
  }
  return sums;
}
