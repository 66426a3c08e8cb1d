import { columnOf, formatAddress, type JsonValue, jsonInteger, protocolName, wordsOf } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import type { Scope } from '../scope.ts';
import { list, name, type Sql, sql } from '../sql.ts';
import { FLOWS, flowsWhere } from '../sums.ts';
import { column, countReport, parseReportInput, type Report, rounded } from './report.ts';
import { roleOf } from './role-verdict.ts';

/** What a host does by what it sends: flows, and how many of its own ports and how many others they are spread over. */
export interface HostRole {
  readonly address: string;
  readonly role: 'client' | 'server' | 'peer' | 'unknown';
  /** Why, in words. */
  readonly evidence: string;
  /** Flows that it sent, over the different ports that it sent them from, and the others that it sent them to. */
  readonly flows: JsonValue;
  readonly ports: number;
  readonly peers: number;
  readonly flows_per_port: number | null;
  /** Of these flows: it asks, it answers, neither end is a server; the others are not known. */
  readonly asking: JsonValue;
  readonly answering: JsonValue;
  readonly between_peers: JsonValue;
  /** Its ports that it answered from, those that answered the most others first: at most five. */
  readonly listens: readonly { readonly protocol: number; readonly port: number; readonly clients: number }[];
}

const SIDES = columnOf('client_side').values as readonly string[];
const [SOURCE, DESTINATION, PEER] = ['source', 'destination', 'peer'].map((s) => SIDES.indexOf(s)) as [
  number,
  number,
  number,
];
const DIRECTIONS = columnOf('direction').values as readonly string[];
const [IN, THROUGH] = ['in', 'through'].map((d) => DIRECTIONS.indexOf(d)) as [number, number];
const MOST_LISTENING = 5;

export const roles: Report<{ readonly hosts: readonly HostRole[] }> = {
  name: 'roles',
  title: 'Roles of hosts',
  meaning:
    'hosts with the most flows as client, server or peer: ports that they answer from, and flows for each port that they send from',
  texts: { role: 'words', evidence: 'words', listens: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const { counted, quality, plan } = await countReport(store, query, options, [FLOWS], (scope) =>
      countRoles(scope, query.limit),
    );
    return {
      report: roles.name,
      title: roles.title,
      data: { hosts: counted },
      tables: [
        {
          title: 'Hosts with the most flows sent',
          columns: [
            column('address', 'address', 'address'),
            column('role', 'role', 'text'),
            column('flows', 'flows', 'integer', 'flows'),
            column('ports', 'own ports'),
            column('flows_per_port', 'flows/port', 'number', null, 1),
            column('peers', 'peers'),
            column('asking', 'asking', 'integer', 'flows'),
            column('answering', 'answering', 'integer', 'flows'),
            column('listens', 'answers from', 'text'),
            column('evidence', 'evidence', 'text'),
          ],
          rows: counted.map((h) => [
            h.address,
            h.role,
            h.flows,
            h.ports,
            h.flows_per_port,
            h.peers,
            h.asking,
            h.answering,
            h.listens.map((l) => `${protocolName(l.protocol)}/${l.port}`).join(' '),
            h.evidence,
          ]),
        },
      ],
      quality,
      plan,
    };
  },
};

/** Hosts at home; where no home networks are configured, all. What comes in and what passes through is of others. */
const OF_HOME = sql`${name('direction')} NOT IN (${IN}, ${THROUGH}) AND (src_hi <> 0 OR src_lo <> 0)`;

async function countRoles(scope: Scope, limit: number): Promise<HostRole[]> {
  const { run, source, shape } = scope;
  const flows = FLOWS.sql(shape.how);
  const of = (side: number) => sql`coalesce(${flowsWhere(shape.how, sql`${name('client_side')} = ${side}`)}, 0)`;
  const figures = [
    sql`${flows} AS flows`,
    sql`count(DISTINCT row(protocol, src_port)) FILTER (WHERE src_port <> 0) AS ports`,
    sql`count(DISTINCT row(dst_hi, dst_lo)) AS peers`,
    sql`${of(SOURCE)} AS asking`,
    sql`${of(DESTINATION)} AS answering`,
    sql`${of(PEER)} AS between_peers`,
  ];
  // The ports of no more than the shown hosts are counted for themselves.
  const top = counted(scope, [sql`src_hi AS hi`, sql`src_lo AS lo`, ...figures]);
  const { rows } = await run(sql`${top} GROUP BY src_hi, src_lo ORDER BY flows DESC, hi, lo LIMIT ${limit}`);
  if (rows.length === 0) return [];
  const listening = await countListening(scope, source.where, rows);
  return rows.map((row) => {
    const [hi, lo, sent, ports, peers, asking, answering, between] = row;
    const listens = listening.get(`${hi} ${lo}`) ?? [];
    const seen = {
      flows: Number(sent),
      ports: Number(ports),
      peers: Number(peers),
      asking: Number(asking),
      answering: Number(answering),
      between: Number(between),
      listens: listens.length,
    };
    return {
      address: formatAddress(wordsOf(BigInt(hi as bigint), BigInt(lo as bigint))),
      ...roleOf(seen),
      flows: count(sent),
      ports: seen.ports,
      peers: seen.peers,
      flows_per_port: seen.ports === 0 ? null : rounded(seen.flows / seen.ports, 1),
      asking: count(asking),
      answering: count(answering),
      between_peers: count(between),
      listens: listens.slice(0, MOST_LISTENING),
    };
  });
}

function counted({ source }: Scope, columns: readonly Sql[]): Sql {
  return sql`SELECT ${list(columns)} FROM ${source.from} WHERE ${source.where} AND ${OF_HOME}`;
}

/** Ports of the hosts that answered somebody who asked, by `hi lo`. */
async function countListening(
  { run, source }: Scope,
  where: Sql,
  hosts: readonly (readonly RawValue[])[],
): Promise<Map<string, HostRole['listens'][number][]>> {
  // As a table to join with: a chain of conditions is tried for each row, one by one.
  const shown = sql`(SELECT * FROM (VALUES ${list(hosts.map(([hi, lo]) => sql`(CAST(${BigInt(hi as bigint)} AS UBIGINT), CAST(${BigInt(lo as bigint)} AS UBIGINT))`))}))`;
  const answered = sql`${name('client_side')} = ${DESTINATION} AND src_port <> 0`;
  const { rows } =
    await run(sql`SELECT src_hi, src_lo, protocol, src_port, count(DISTINCT row(dst_hi, dst_lo)) AS clients
    FROM ${source.from} WHERE ${where} AND ${answered} AND (src_hi, src_lo) IN ${shown} GROUP BY src_hi, src_lo, protocol, src_port
    ORDER BY clients DESC, protocol, src_port`);
  const found = new Map<string, HostRole['listens'][number][]>();
  for (const [hi, lo, protocol, port, clients] of rows) {
    const key = `${hi} ${lo}`;
    const ports = found.get(key) ?? [];
    ports.push({ protocol: Number(protocol), port: Number(port), clients: Number(clients) });
    found.set(key, ports);
  }
  return found;
}

const count = (value: RawValue | undefined): JsonValue => jsonInteger(BigInt((value ?? 0) as bigint));
