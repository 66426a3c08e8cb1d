import { type JsonValue, jsonInteger } from '../../flow/index.ts';
import type { MetricValues } from '../answer.ts';
import type { QueryOptions } from '../run.ts';
import { type Behind, type BothEnds, bothEnds, nameOf } from './as-figures.ts';
import { addCells, providerShare } from './crossing.ts';
import { KeyedSums } from './keyed-sums.ts';
import { withNetworkData } from './network-data.ts';
import { column, parseReportInput, percentOf, type Report } from './report.ts';

/** An adjacent system and what came over it, in bytes. */
interface PeerLine {
  /** Null: exporters did not tell the adjacent system. */
  readonly peer: JsonValue;
  readonly name: string | null;
  readonly in: JsonValue;
  readonly out: JsonValue;
  readonly both: JsonValue;
  readonly provider_share: number | null;
  /** Percent of what came in and went out over all of them; what passed through did both. */
  readonly share: number | null;
  /** Different autonomous systems that were source or sink behind it. */
  readonly systems: number;
  /** Percent of its bytes that are its own: it is the source or the sink itself. */
  readonly own: number | null;
}

/** What the adjacent systems that exporters tell are worth. */
interface PeerQuality {
  /** Percent of the bytes with a far end of which the adjacent system is told. */
  readonly told: number | null;
  /** Percent of these where it is also the source or sink. */
  readonly own: number | null;
  readonly peers: number;
  readonly verdict: string;
}

/** With so many neighbours, nearly all of them ends themselves, an exporter most likely gives the origin where the neighbour was asked for. */
const MANY_PEERS = 16;
const NEARLY_ALL = 99;

export const peering: Report<{
  readonly total: MetricValues;
  readonly quality: PeerQuality;
  readonly peers: readonly PeerLine[];
}> = {
  name: 'peering',
  title: 'Peering',
  meaning: 'adjacent autonomous systems: bytes in and out over each, what is provided, and what its figures are worth',
  texts: { verdict: 'words', name: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const ends = await bothEnds(store, query, options);
    const { total } = ends.answer;
    const lines = peersOf(ends, options);
    const sums = Object.fromEntries(
      (['in', 'out', 'both'] as const).map((way) => [way, addCells(...lines.map((l) => l[way]))]),
    );
    const crossed = sums.both ?? 0;
    const quality = worth(lines);
    return {
      report: peering.name,
      title: peering.title,
      data: {
        total: { ...total, ...sums, share: percentOf(crossed, crossed, 2) },
        quality,
        peers: lines.slice(0, query.limit),
      },
      tables: [
        {
          title: 'Adjacent systems with the most bytes',
          columns: [
            column('peer', 'adjacent AS', 'integer', 'AS'),
            column('name', 'name', 'text'),
            column('in', 'in', 'integer', 'bytes'),
            column('out', 'out', 'integer', 'bytes'),
            column('both', 'both', 'integer', 'bytes'),
            column('provider_share', 'out/both %', 'number', '%', 1),
            column('share', '% of in + out', 'number', '%', 2),
            column('systems', 'AS behind it'),
            column('own', 'its own %', 'number', '%', 1),
          ],
          rows: lines
            .slice(0, query.limit)
            .map((p) => [p.peer, p.name, p.in, p.out, p.both, p.provider_share, p.share, p.systems, p.own]),
        },
        {
          title: 'What exporters tell of adjacent systems',
          columns: [
            column('told', 'told %', 'number', '%', 1),
            column('own', 'also source or sink %', 'number', '%', 1),
            column('peers', 'adjacent AS'),
            column('verdict', 'verdict', 'text'),
          ],
          rows: [[quality.told, quality.own, quality.peers, quality.verdict]],
        },
      ],
      quality: withNetworkData(ends.answer.quality, 'systems', options),
      plan: { ...ends.answer.plan, ms: ends.ms },
    };
  },
};

type Part = 'in' | 'out' | 'own';

/** Traffic came in over the adjacent system of its source, and left over that of its destination. Without home networks both are neighbours. */
function peersOf({ sources, destinations }: BothEnds, options: QueryOptions): PeerLine[] {
  const sums = new KeyedSums<Part>();
  const behind = new Map<JsonValue, Set<JsonValue>>();
  const enter = (ends: readonly Behind[], way: 'in' | 'out') => {
    for (const { as, adjacent, direction, bytes } of ends) {
      if (direction !== way && direction !== 'through' && direction !== 'unknown') continue;
      sums.add(adjacent, way, bytes);
      if (adjacent !== null && adjacent === as) sums.add(adjacent, 'own', bytes);
      const found = behind.get(adjacent) ?? new Set();
      if (as !== null) found.add(as);
      behind.set(adjacent, found);
    }
  };
  enter(sources, 'in');
  enter(destinations, 'out');
  const peers = sums.largest(['in', 'out'], Number.POSITIVE_INFINITY);
  const all = jsonInteger(peers.reduce((sum, { of }) => sum + of('in') + of('out'), 0n));
  return peers.map(({ key: peer, of }) => {
    const [bytesIn, bytesOut] = [jsonInteger(of('in')), jsonInteger(of('out'))];
    const both = addCells(bytesIn, bytesOut);
    return {
      peer,
      name: nameOf(peer, options),
      in: bytesIn,
      out: bytesOut,
      both,
      provider_share: providerShare(bytesIn, bytesOut),
      share: percentOf(both, all, 2),
      systems: behind.get(peer)!.size,
      own: peer === null ? null : percentOf(jsonInteger(of('own')), both, 1),
    };
  });
}

function worth(lines: readonly PeerLine[]): PeerQuality {
  const known = lines.filter((l) => l.peer !== null);
  const bytes = (of: readonly PeerLine[]) => of.reduce((sum, l) => sum + Number(l.both), 0);
  const own = known.reduce((sum, l) => sum + (Number(l.both) * (l.own ?? 0)) / 100, 0);
  const told = percentOf(bytes(known), bytes(lines), 1);
  const ownPercent = percentOf(own, bytes(known), 1);
  return { told, own: ownPercent, peers: known.length, verdict: verdictOf(known.length, ownPercent) };
}

function verdictOf(peers: number, own: number | null): string {
  if (peers === 0)
    return 'no exporter tells adjacent systems: set peer AS in its export (bgpPrevAdjacentAsNumber, bgpNextAdjacentAsNumber), or ask for `as`';
  if (peers >= MANY_PEERS && own !== null && own >= NEARLY_ALL)
    return 'these look like origin systems, not neighbours: the exporter fills both with the origin; set peer-as in its export';
  return 'adjacent systems';
}
