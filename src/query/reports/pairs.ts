import { formatAddress, isUnknownAddress, jsonInteger, wordsOf } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import type { MetricValues } from '../answer.ts';
import type { KeyWord } from '../dimensions.ts';
import { countShown, NOTHING, topGroups } from '../groups.ts';
import type { Figures } from '../metrics.ts';
import type { Scope } from '../scope.ts';
import { name, sql } from '../sql.ts';
import { BYTES, FLOWS, PACKETS } from '../sums.ts';
import { column, countReport, parseReportInput, type Report, type ReportTable } from './report.ts';

const SUMS = [BYTES, PACKETS, FLOWS];

/** Two addresses that exchanged flows; `a` is the lower one. Null is an address that is not known. */
export interface Pair {
  readonly a: string | null;
  readonly b: string | null;
  readonly aToB: MetricValues;
  readonly bToA: MetricValues;
}

export const pairs: Report<{ readonly total: MetricValues; readonly pairs: readonly Pair[] }> = {
  name: 'pairs',
  title: 'Pairs',
  meaning: 'pairs of addresses with the most bytes, both ways together',
  async run(store, input, options) {
    const query = parseReportInput(input);
    const { counted, quality, plan } = await countReport(store, query, options, SUMS, async (scope, { sums }) => {
      const total = Object.fromEntries(SUMS.map((s) => [s.name, jsonInteger(sums.get(s.name) ?? 0n)]));
      return { total, pairs: await countPairs(scope, query.limit) };
    });
    return {
      report: pairs.name,
      title: pairs.title,
      data: counted,
      tables: [pairsTable('Pairs with the most bytes', counted.pairs)],
      quality,
      plan,
    };
  },
};

const WAYS = [
  { key: 'aToB', name: 'a_to_b', title: 'a to b' },
  { key: 'bToA', name: 'b_to_a', title: 'b to a' },
] as const;

export function pairsTable(title: string, pairs: readonly Pair[]): ReportTable {
  return {
    title,
    columns: [
      column('a', 'a', 'address'),
      column('b', 'b', 'address'),
      ...SUMS.flatMap((s) => WAYS.map((w) => column(`${s.name}_${w.name}`, `${s.name} ${w.title}`, 'integer', s.unit))),
    ],
    rows: pairs.map((p) => [p.a, p.b, ...SUMS.flatMap((s) => WAYS.map((w) => p[w.key][s.name] ?? null))]),
  };
}

const ENDS: readonly KeyWord[] = ['src_hi', 'src_lo', 'dst_hi', 'dst_lo'].map((word) => {
  return { sql: name(word), type: 'UBIGINT', high: null };
});

/** The words of the pair, lower address first, whichever way a record goes. */
function pairWords(): KeyWord[] {
  const forward = sql`(src_hi < dst_hi OR (src_hi = dst_hi AND src_lo <= dst_lo))`;
  const turned = [2, 3, 0, 1].map((i) => ENDS[i]!);
  return ENDS.map((word, i) => ({
    ...word,
    sql: sql`CASE WHEN ${forward} THEN ${word.sql} ELSE ${turned[i]!.sql} END`,
  }));
}

/** Pairs are ranked by their bytes alone; the rest is counted each way for those that are shown. */
export async function countPairs({ run, source, shape }: Scope, limit: number): Promise<Pair[]> {
  const choice = { having: sql`true`, order: name('f0'), descending: true, limit };
  const top = await topGroups(run, source, pairWords(), { ...NOTHING, sums: [BYTES] }, shape, choice);
  const keys = top.map((g) => g.key);
  const way = async (shown: readonly (readonly RawValue[])[]) => {
    const groups = await countShown(run, source, ENDS, shown, [], { ...NOTHING, sums: SUMS }, shape);
    return new Map(groups.map((g) => [Number(g.key[0]), g.figures]));
  };
  const forward = await way(keys);
  const back = await way(keys.map(([aHigh, aLow, bHigh, bLow]) => [bHigh!, bLow!, aHigh!, aLow!]));
  const values = (figures: Figures | undefined): MetricValues =>
    Object.fromEntries(SUMS.map((s) => [s.name, jsonInteger(figures?.get(s.name) ?? 0n)]));
  return keys.map((key, i): Pair => {
    const [a, b] = [addressOf(key[0]!, key[1]!), addressOf(key[2]!, key[3]!)];
    // What an address sends to itself goes one way.
    return { a, b, aToB: values(forward.get(i)), bToA: values(a === b ? undefined : back.get(i)) };
  });
}

function addressOf(high: RawValue, low: RawValue): string | null {
  const words = wordsOf(BigInt(high as bigint), BigInt(low as bigint));
  return isUnknownAddress(words) ? null : formatAddress(words);
}
