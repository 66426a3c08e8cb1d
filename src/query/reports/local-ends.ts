import { type JsonValue, jsonInteger } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import type { Scope } from '../scope.ts';
import { list, name, type Sql, sql } from '../sql.ts';
import { BYTES, FLOWS, PACKETS, SUMS } from '../sums.ts';
import { FROM_PROXY_LOG, RECEIVED } from './attempts.ts';
import { column, countReport, parseReportInput, type Report } from './report.ts';

const RETRANSMITS = SUMS.find((s) => s.name === 'retransmits')!;

/** What one process, app or user of the metered end systems sent and received. */
interface LocalEnd {
  /** Null: nobody knows whose it was. */
  readonly process?: string | null;
  readonly app?: string | null;
  readonly user?: string | null;
  readonly bytes_out: JsonValue;
  readonly bytes_in: JsonValue;
  readonly packets_out: JsonValue;
  readonly packets_in: JsonValue;
  /** Of both directions. */
  readonly flows: JsonValue;
  /** Different other ends. */
  readonly peers: JsonValue;
  readonly retransmits: JsonValue;
}

const COLUMNS = [
  column('bytes_out', 'bytes out', 'integer', 'bytes'),
  column('bytes_in', 'bytes in', 'integer', 'bytes'),
  column('packets_out', 'packets out', 'integer', 'packets'),
  column('packets_in', 'packets in', 'integer', 'packets'),
  column('flows', 'flows', 'integer', 'flows'),
  column('peers', 'peers'),
  column('retransmits', 'retransmits', 'integer', 'packets'),
] as const;

type Key = 'process' | 'app' | 'user';

/**
 * Each end has what it sent and what it received, also where the other end is of the same host: then the record of the receiver is a duplicate of the sender's, and is read all the
 * same.
 */
function localEnds(report: string, title: string, key: Key): Report<{ readonly ends: readonly LocalEnd[] }> {
  return {
    name: report,
    title,
    meaning: `${report} of metered end systems: bytes and packets out and in, flows, peers, retransmits`,
    async run(store, input, options) {
      const query = { ...parseReportInput(input), duplicates: 'all' as const };
      const { counted, quality, plan } = await countReport(store, query, options, [], (scope) =>
        countEnds(scope, key, query.limit),
      );
      return {
        report,
        title,
        data: { ends: counted.map((row) => endOf(key, row)) },
        tables: [
          {
            title: `${title} with the most bytes`,
            columns: [column(key, key, 'text'), ...COLUMNS],
            rows: counted.map((row) => [nameOf(row), ...row.slice(1).map(count)]),
          },
        ],
        quality,
        plan,
      };
    },
  };
}

export const processes = localEnds('processes', 'Processes', 'process');
export const apps = localEnds('apps', 'Apps', 'app');
export const users = localEnds('users', 'Users', 'user');

/** Name, then as COLUMNS. */
async function countEnds({ run, source, shape }: Scope, key: Key, limit: number): Promise<readonly RawValue[][]> {
  const { how } = shape;
  const way = (of: Sql, direction: Sql) => sql`coalesce(${of} FILTER (WHERE ${direction}), 0)`;
  const sent = sql`NOT (${RECEIVED})`;
  const other = (word: string) =>
    sql`CASE WHEN ${RECEIVED} THEN ${name(`src_${word}`)} ELSE ${name(`dst_${word}`)} END`;
  const peer = sql`row(${other('hi')}, ${other('lo')})`;
  const figures = [
    way(BYTES.sql(how), sent),
    way(BYTES.sql(how), RECEIVED),
    way(PACKETS.sql(how), sent),
    way(PACKETS.sql(how), RECEIVED),
    FLOWS.sql(how),
    sql`count(DISTINCT ${peer})`,
    RETRANSMITS.sql(how),
  ].map((figure, i) => sql`${figure} AS ${name(`f${i}`)}`);
  // A user at a proxy is elsewhere, and no process here: what the proxy's own sends and receives for him is in its sockets' records.
  const metered =
    key === 'user'
      ? sql`(length(${name('host')}) > 0 OR length(${name(key)}) > 0)`
      : sql`(length(${name('host')}) > 0 OR length(${name(key)}) > 0) AND NOT (${FROM_PROXY_LOG})`;
  const { rows } = await run(sql`SELECT ${list([sql`${name(key)} AS k`, ...figures])} FROM ${source.from}
    WHERE ${source.where} AND ${metered} GROUP BY k ORDER BY f0 + f1 DESC, k LIMIT ${limit}`);
  return rows.map((row) => [...row]);
}

function endOf(key: Key, row: readonly RawValue[]): LocalEnd {
  const figures = Object.fromEntries(COLUMNS.map((c, i) => [c.name, count(row[1 + i])]));
  return { [key]: nameOf(row), ...figures } as unknown as LocalEnd;
}

const nameOf = ([text]: readonly RawValue[]): string | null => (text === '' ? null : String(text));
const count = (value: RawValue | undefined): JsonValue => jsonInteger(BigInt((value ?? 0) as bigint));
