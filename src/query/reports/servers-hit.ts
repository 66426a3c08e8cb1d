import { formatAddress, isUnknownAddress, type JsonValue, jsonInteger, wordsOf } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import type { Scope } from '../scope.ts';
import { list, name, sql } from '../sql.ts';
import { attemptsOf, FAILED, SERVER } from './attempts.ts';
import { column, type ReportTable } from './report.ts';
import { keyOf, type ServerKey } from './server-key.ts';

/** One who did not reach a server: an address, and its user and process where the client was metered. */
export interface Hit extends ServerKey {
  readonly client: string | null;
  readonly user: string | null;
  readonly process: string | null;
  readonly failed: JsonValue;
  readonly attempts: JsonValue;
}

/** Those with the most failed attempts first; of equal ones, those who never got through. */
export async function countHit(scope: Scope, limit: number): Promise<readonly Hit[]> {
  // Who serves at the other end is not who asked.
  const own = (of: string) => sql`CASE WHEN at_client THEN ${name(of)} ELSE '' END`;
  const who = sql`src_hi, src_lo, ${own('user')} AS who, ${own('process')} AS what`;
  const keys = list([...SERVER, sql`src_hi, src_lo, who, what`]);
  const from = sql`(SELECT ${list([...SERVER, who])}, ${FAILED} AS failure, weight FROM ${attemptsOf(scope)} WHERE NOT one_way) AS asked`;
  const counted = sql`SELECT ${keys}, coalesce(sum(weight) FILTER (WHERE failure), 0) AS failed, sum(weight) AS attempts FROM ${from} GROUP BY ${keys}`;
  const { rows } = await scope.run(
    sql`SELECT * FROM (${counted}) AS counted WHERE failed > 0 ORDER BY failed DESC, attempts, ${keys} LIMIT ${limit}`,
  );
  return rows.map((row) => hitOf(row));
}

function hitOf(row: readonly RawValue[]): Hit {
  const [high, low, user, process, failed, attempts] = row.slice(SERVER.length);
  const client = wordsOf(BigInt(high as bigint), BigInt(low as bigint));
  return {
    ...keyOf(row),
    client: isUnknownAddress(client) ? null : formatAddress(client),
    user: String(user) || null,
    process: String(process) || null,
    failed: jsonInteger(BigInt(failed as bigint)),
    attempts: jsonInteger(BigInt(attempts as bigint)),
  };
}

const COLUMNS = [
  column('client', 'client', 'address'),
  column('user', 'user', 'text'),
  column('process', 'process', 'text'),
  column('server', 'server', 'address'),
  column('dst_port', 'port'),
  column('protocol', 'protocol'),
  column('failed', 'failed'),
  column('attempts', 'of attempts'),
];

export function hitTable(hit: readonly Hit[]): ReportTable {
  return {
    title: 'Who was hit most',
    columns: COLUMNS,
    rows: hit.map((one) => [
      one.client,
      one.user,
      one.process,
      one.server,
      one.port,
      one.protocol,
      one.failed,
      one.attempts,
    ]),
  };
}
