import type { JsonValue } from '../../flow/index.ts';
import type { MetricValues } from '../answer.ts';
import { nameOf } from './as-figures.ts';
import { addCells, MOST_PARTS } from './crossing.ts';
import { withNetworkData } from './network-data.ts';
import { rank, rankingLines } from './ranking.ts';
import { column, parseReportInput, percentOf, type Report } from './report.ts';

/** Two autonomous systems, the lower number first; null is one that is not known. */
interface SystemPair {
  readonly a: JsonValue;
  readonly b: JsonValue;
  readonly name_a: string | null;
  readonly name_b: string | null;
  readonly bytes_a_to_b: JsonValue;
  readonly bytes_b_to_a: JsonValue;
  readonly bytes: JsonValue;
  readonly flows: JsonValue;
  /** Percent of the bytes of all. */
  readonly share: number | null;
}

export const asPairs: Report<{ readonly total: MetricValues; readonly pairs: readonly SystemPair[] }> = {
  name: 'as-pairs',
  title: 'Pairs of autonomous systems',
  meaning: 'pairs of autonomous systems with the most bytes, each way and together',
  texts: { name_a: 'words', name_b: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const answer = await rank(store, { ...query, limit: MOST_PARTS }, ['src_as', 'dst_as'], options, [
      'bytes',
      'packets',
      'flows',
    ]);
    const pairs = joined(rankingLines(answer), answer.total.bytes ?? 0)
      .slice(0, query.limit)
      .map((pair): SystemPair => ({ ...pair, name_a: nameOf(pair.a, options), name_b: nameOf(pair.b, options) }));
    return {
      report: asPairs.name,
      title: asPairs.title,
      data: { total: answer.total, pairs },
      tables: [
        {
          title: 'Pairs of autonomous systems with the most bytes',
          columns: [
            column('a', 'AS a', 'integer', 'AS'),
            column('name_a', 'name of a', 'text'),
            column('b', 'AS b', 'integer', 'AS'),
            column('name_b', 'name of b', 'text'),
            column('bytes', 'bytes', 'integer', 'bytes'),
            column('share', 'share %', 'number', '%', 2),
            column('bytes_a_to_b', 'a to b', 'integer', 'bytes'),
            column('bytes_b_to_a', 'b to a', 'integer', 'bytes'),
            column('flows', 'flows', 'integer', 'flows'),
          ],
          rows: pairs.map((p) => [
            p.a,
            p.name_a,
            p.b,
            p.name_b,
            p.bytes,
            p.share,
            p.bytes_a_to_b,
            p.bytes_b_to_a,
            p.flows,
          ]),
        },
      ],
      quality: withNetworkData(answer.quality, 'systems', options),
      plan: answer.plan,
    };
  },
};

/** What went each way between the same two, together. */
function joined(lines: readonly MetricValues[], all: JsonValue): Omit<SystemPair, 'name_a' | 'name_b'>[] {
  const pairs = new Map<string, Omit<SystemPair, 'name_a' | 'name_b'>>();
  for (const line of lines) {
    const [from, to] = [line.src_as ?? null, line.dst_as ?? null];
    const forward = Number(from ?? 0) <= Number(to ?? 0);
    const [a, b] = forward ? [from, to] : [to, from];
    const name = `${a} ${b}`;
    const before = pairs.get(name);
    const bytes = addCells(before?.bytes, line.bytes);
    pairs.set(name, {
      a,
      b,
      bytes_a_to_b: addCells(before?.bytes_a_to_b, forward ? line.bytes : 0),
      bytes_b_to_a: addCells(before?.bytes_b_to_a, forward ? 0 : line.bytes),
      bytes,
      flows: addCells(before?.flows, line.flows),
      share: percentOf(bytes, all, 2),
    });
  }
  return [...pairs.values()].sort((x, y) => Number(y.bytes) - Number(x.bytes));
}
