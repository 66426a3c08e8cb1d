import { formatAddress, isUnknownAddress, type JsonValue, jsonInteger, wordsOf } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import type { MetricValues } from '../answer.ts';
import type { Scope } from '../scope.ts';
import { list, name, type Sql, sql } from '../sql.ts';
import { shownSource } from '../statements.ts';
import { BYTES, FLOWS, PACKETS } from '../sums.ts';
import { column, countReport, parseReportInput, type Report } from './report.ts';

const SUMS = [BYTES, PACKETS, FLOWS];

/** An address as both ends: what it sent (`out`) and what was sent to it (`in`). */
export interface Talker {
  /** Null: records without an address. */
  readonly address: string | null;
  readonly out: MetricValues;
  readonly in: MetricValues;
  /** Other ends that it exchanged flows with, exact. */
  readonly peers: JsonValue;
}

export const talkers: Report<{ readonly total: MetricValues; readonly talkers: readonly Talker[] }> = {
  name: 'talkers',
  title: 'Talkers',
  meaning: 'addresses with the most bytes, sent and received together',
  async run(store, input, options) {
    const query = parseReportInput(input);
    const { counted, quality, plan } = await countReport(store, query, options, SUMS, async (scope, { sums }) => {
      const total = Object.fromEntries(SUMS.map((s) => [s.name, jsonInteger(sums.get(s.name) ?? 0n)]));
      return { total, talkers: await countTalkers(scope, query.limit) };
    });
    const directions = ['out', 'in'] as const;
    return {
      report: talkers.name,
      title: talkers.title,
      data: counted,
      tables: [
        {
          title: 'Addresses with the most bytes',
          columns: [
            column('address', 'address', 'address'),
            ...SUMS.flatMap((s) =>
              directions.map((d) => column(`${s.name}_${d}`, `${s.name} ${d}`, 'integer', s.unit)),
            ),
            column('peers', 'peers'),
          ],
          rows: counted.talkers.map((t) => [
            t.address,
            ...SUMS.flatMap((s) => directions.map((d) => t[d][s.name] ?? null)),
            t.peers,
          ]),
        },
      ],
      quality,
      plan,
    };
  },
};

async function countTalkers(scope: Scope, limit: number): Promise<Talker[]> {
  const { rows } = await scope.run(talkersStatement(scope, limit));
  const peers = await countPeers(scope, rows);
  return rows.map((row, i): Talker => {
    const values = (from: number) =>
      Object.fromEntries(SUMS.map((s, j) => [s.name, jsonInteger(BigInt(row[from + j] as bigint))]));
    const address = wordsOf(BigInt(row[0] as bigint), BigInt(row[1] as bigint));
    return {
      address: isUnknownAddress(address) ? null : formatAddress(address),
      out: values(2),
      in: values(2 + SUMS.length),
      peers: peers.get(i) ?? 0,
    };
  });
}

/** Both directions are grouped for themselves and then joined: half the rows that a union of them would group. */
function talkersStatement({ source, shape }: Scope, limit: number): Sql {
  const side = (end: 'src' | 'dst', prefix: string) => {
    const sums = SUMS.map((s) => sql`${s.sql(shape.how)} AS ${name(`${prefix}_${s.name}`)}`);
    const key = sql`${name(`${end}_hi`)} AS hi, ${name(`${end}_lo`)} AS lo`;
    return sql`(SELECT ${key}, ${list(sums)} FROM ${source.from} WHERE ${source.where} GROUP BY hi, lo)`;
  };
  const figure = (prefix: string) =>
    SUMS.map((s) => sql`coalesce(${name(`${prefix}_${s.name}`)}, 0) AS ${name(`${prefix}_${s.name}`)}`);
  return sql`SELECT hi, lo, ${list([...figure('out'), ...figure('in')])}
    FROM ${side('src', 'out')} AS o FULL JOIN ${side('dst', 'in')} AS i USING (hi, lo)
    ORDER BY coalesce(out_bytes, 0) + coalesce(in_bytes, 0) DESC, hi, lo LIMIT ${limit}`;
}

/** The number of different other ends of each shown address. */
async function countPeers(scope: Scope, shown: readonly (readonly RawValue[])[]): Promise<Map<number, number>> {
  if (shown.length === 0) return new Map();
  const side = (end: 'src' | 'dst', other: 'src' | 'dst') => {
    const words = ['hi', 'lo'].map((w) => ({ sql: name(`${end}_${w}`), type: 'UBIGINT', high: null }));
    const { from } = shownSource(
      scope.source,
      words,
      shown.map((row) => row.slice(0, 2)),
    );
    const peer = sql`${name(`${other}_hi`)} AS hi, ${name(`${other}_lo`)} AS lo`;
    return sql`SELECT DISTINCT r, ${peer} FROM ${from} WHERE ${name(`${other}_hi`)} <> 0 OR ${name(`${other}_lo`)} <> 0`;
  };
  const ends = sql`(${side('src', 'dst')} UNION ${side('dst', 'src')})`;
  const { rows } = await scope.run(sql`SELECT r, count(*) FROM ${ends} AS ends GROUP BY r`);
  return new Map(rows.map(([r, count]) => [Number(r), Number(count)]));
}
