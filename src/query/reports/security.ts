import { columnOf, formatAddress, type JsonValue, jsonInteger, wordsOf } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import type { MetricValues } from '../answer.ts';
import type { Scope } from '../scope.ts';
import { list, name, type Sql, sql } from '../sql.ts';
import { BYTES, FLOWS } from '../sums.ts';
import { column, countReport, parseReportInput, percentOf, type Report } from './report.ts';

interface SecurityLine {
  /** Of `security`: `unknown` is traffic whose payload nobody saw. */
  readonly security: string;
  readonly flows: JsonValue;
  readonly bytes: JsonValue;
  /** Percent of the flows of all. */
  readonly share: number | null;
  readonly clients: number;
  readonly servers: number;
}

/** A server at which a weakness was seen. */
interface WeakServer {
  readonly server: string;
  readonly port: number;
  readonly application: string | null;
  readonly security: string;
  readonly flows: JsonValue;
  readonly clients: number;
  /** ms since 1970. */
  readonly last: number;
}

const SUMS = [BYTES, FLOWS];
const KINDS = columnOf('security').values as readonly string[];
const [UNKNOWN, OK] = ['unknown', 'ok'].map((kind) => KINDS.indexOf(kind)) as [number, number];
const SIDES = columnOf('client_side').values as readonly string[];
const [BY_SOURCE, BY_DESTINATION] = ['source', 'destination'].map((s) => SIDES.indexOf(s)) as [number, number];

export const security: Report<{
  readonly total: MetricValues;
  readonly kinds: readonly SecurityLine[];
  readonly servers: readonly WeakServer[];
}> = {
  name: 'security',
  title: 'Weaknesses that payload shows',
  meaning:
    'log-ins in clear text, old TLS, SSH 1 and SMB 1: flows, clients and servers, and of how much payload was seen',
  texts: { security: 'words', application: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const { counted, quality, plan } = await countReport(store, query, options, SUMS, async (scope, { sums }) => {
      const total = Object.fromEntries(SUMS.map((s) => [s.name, jsonInteger(sums.get(s.name) ?? 0n)]));
      return {
        total,
        kinds: await countKinds(scope, total.flows ?? 0),
        servers: await countServers(scope, query.limit),
      };
    });
    return {
      report: security.name,
      title: security.title,
      data: counted,
      tables: [
        {
          title: 'What payload shows',
          columns: [
            column('security', 'shown', 'text'),
            column('flows', 'flows', 'integer', 'flows'),
            column('share', 'share %', 'number', '%', 2),
            column('bytes', 'bytes', 'integer', 'bytes'),
            column('clients', 'clients'),
            column('servers', 'servers'),
          ],
          rows: counted.kinds.map((k) => [k.security, k.flows, k.share, k.bytes, k.clients, k.servers]),
        },
        {
          title:
            counted.servers.length > 0 ? 'Servers with the most weak flows' : 'No weak flow was seen at any server',
          is_part: true,
          columns: [
            column('server', 'server', 'address'),
            column('port', 'port'),
            column('application', 'application', 'text'),
            column('security', 'shown', 'text'),
            column('flows', 'flows', 'integer', 'flows'),
            column('clients', 'clients'),
            column('last', 'last', 'time'),
          ],
          rows: counted.servers.map((s) => [s.server, s.port, s.application, s.security, s.flows, s.clients, s.last]),
        },
      ],
      quality,
      plan,
    };
  },
};

/** Whether the source is the server: as the flow says, else by the smaller port. */
const FROM_SERVER = sql`(${name('client_side')} = ${BY_DESTINATION} OR (${name('client_side')} <> ${BY_SOURCE} AND src_port < dst_port))`;
const serverEnd = (word: string) =>
  sql`CASE WHEN ${FROM_SERVER} THEN ${name(`src_${word}`)} ELSE ${name(`dst_${word}`)} END`;
const clientEnd = (word: string) =>
  sql`CASE WHEN ${FROM_SERVER} THEN ${name(`dst_${word}`)} ELSE ${name(`src_${word}`)} END`;
const CLIENTS: Sql = sql`count(DISTINCT row(${clientEnd('hi')}, ${clientEnd('lo')}))`;

async function countKinds({ run, source, shape }: Scope, allFlows: JsonValue): Promise<SecurityLine[]> {
  const servers = sql`count(DISTINCT row(${serverEnd('hi')}, ${serverEnd('lo')}))`;
  const { rows } =
    await run(sql`SELECT ${name('security')} AS kind, ${FLOWS.sql(shape.how)} AS flows, ${BYTES.sql(shape.how)}, ${CLIENTS}, ${servers}
    FROM ${source.from} WHERE ${source.where} GROUP BY kind ORDER BY flows DESC, kind`);
  return rows.map(([kind, flows, bytes, clients, found]) => {
    return {
      security: KINDS[Number(kind)] ?? String(kind),
      flows: count(flows),
      bytes: count(bytes),
      share: percentOf(count(flows), allFlows, 2),
      clients: Number(clients),
      servers: Number(found),
    };
  });
}

async function countServers({ run, source, shape }: Scope, limit: number): Promise<WeakServer[]> {
  const keys = [
    sql`${serverEnd('hi')} AS hi`,
    sql`${serverEnd('lo')} AS lo`,
    sql`${serverEnd('port')} AS port`,
    sql`CAST(${name('application')} AS VARCHAR) AS spoken`,
    sql`${name('security')} AS kind`,
  ];
  const { rows } =
    await run(sql`SELECT ${list(keys)}, ${FLOWS.sql(shape.how)} AS flows, ${CLIENTS}, max(${name('time')})
    FROM ${source.from} WHERE ${source.where} AND ${name('security')} NOT IN (${UNKNOWN}, ${OK})
    GROUP BY hi, lo, port, spoken, kind ORDER BY flows DESC, hi, lo, port LIMIT ${limit}`);
  return rows.map(([hi, lo, port, spoken, kind, flows, clients, last]) => {
    return {
      server: formatAddress(wordsOf(BigInt(hi as bigint), BigInt(lo as bigint))),
      port: Number(port),
      application: spoken === '' ? null : String(spoken),
      security: KINDS[Number(kind)] ?? String(kind),
      flows: count(flows),
      clients: Number(clients),
      last: Number(last),
    };
  });
}

const count = (value: RawValue | undefined): JsonValue => jsonInteger(BigInt((value ?? 0) as bigint));
