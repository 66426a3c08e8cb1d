import { enumCode } from '../../flow/index.ts';
import { FLOWS_OF_RECORD_SQL } from '../../truth/index.ts';
import { COUNTED } from '../duplicates.ts';
import type { Scope } from '../scope.ts';
import { list, made, name, type Sql, sql } from '../sql.ts';
import { ANSWERING, type Habit, TELLING } from './answer-habits.ts';

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
const SYN = 2;
const SYN_AND_ACK = 18;

/** What became of an attempt, in the order in which reports show it; what did not succeed is a failure. */
export const OUTCOMES = ['established', 'refused', 'unanswered', 'reset'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const outcomeIs = (outcome: Outcome): Sql => sql`${name('outcome')} = ${enumCode('outcome', outcome)}`;
export const FAILED: Sql = sql`${name('outcome')} > ${enumCode('outcome', 'established')}`;

/** A record of what its end system sent. */
export const SENT: Sql = sql`${name('flow_direction')} = ${enumCode('flow_direction', 'egress')}`;
export const RECEIVED: Sql = sql`${name('flow_direction')} = ${enumCode('flow_direction', 'ingress')}`;

/** A request in the log of a proxy, between client and outside server. */
export const FROM_PROXY_LOG: Sql = sql`${name('owner_source')} = ${enumCode('owner_source', 'proxy_log')}`;

/** By an end system that sees every packet of its sockets. */
const PACKETS_COUNTED = sql`${name('byte_layer')} = ${enumCode('byte_layer', 'ip')}`;
const IS_TCP = sql`${name('protocol')} = ${TCP}`;

/**
 * Whether a record goes from who began to who was asked. A SYN that no ACK followed was sent by who began, and so is what nobody answered. Only who made a connection of TCP
 * knows its set-up time: where its packets were counted from the first one on and it is not known, this is the server's end. Of what was refused only who began has sent a SYN.
 * Else it is as the record says who asked, and where that is not known either, the server has the smaller port.
 */
const TOWARDS_SERVER: Sql = sql`CASE
  WHEN ${IS_TCP} AND ${name('tcp_flags')} & ${SYN_AND_ACK} = ${SYN} THEN true
  WHEN ${IS_TCP} AND ${name('setup')} > 0 THEN ${SENT}
  WHEN ${IS_TCP} AND ${PACKETS_COUNTED} AND ${outcomeIs('refused')} THEN ${name('tcp_flags')} & ${SYN} > 0
  WHEN ${IS_TCP} AND ${PACKETS_COUNTED} AND ${name('tcp_flags')} & ${SYN} > 0 THEN ${RECEIVED}
  WHEN NOT ${IS_TCP} AND ${outcomeIs('unanswered')} THEN true
  WHEN ${FROM_PROXY_LOG} THEN ${SENT}
  WHEN ${name('client_side')} = ${enumCode('client_side', 'source')} THEN true
  WHEN ${name('client_side')} = ${enumCode('client_side', 'destination')} THEN false
  WHEN ${name('dst_port')} = ${name('src_port')} THEN ${SENT}
  ELSE ${name('dst_port')} < ${name('src_port')} END`;

/** Where flows or records were chosen, each stands for several. */
const WEIGHT: Sql = sql`CAST(${made(FLOWS_OF_RECORD_SQL)} AS BIGINT)`;

const FLOW = made('src_hi, src_lo, dst_hi, dst_lo, src_port, dst_port, protocol');
/** What tells the connection that the proxy made for a request from others, in its log and in the record of its own socket. */
const MADE = made(
  'CASE WHEN src_nat_port > 0 THEN row(src_nat_hi, src_nat_lo, src_nat_port) ELSE row(src_hi, src_lo, src_port) END, dst_hi, dst_lo, dst_port, protocol',
);

/**
 * What an end system sent as itself: what its guests sent passed their interface, where nobody knows what became of it, and what stands in the log of its proxy has the addresses of others. A
 * policy may have taken the name of the host; then the outcome is left, which only end systems know.
 */
const FROM_METERED: Sql = sql`${SENT} AND NOT (${FROM_PROXY_LOG}) AND ${name('owner_source')} <> ${enumCode('owner_source', 'interface')}
  AND (length(${name('host')}) > 0 OR ${name('outcome')} > 0)`;

const among = (habits: readonly Habit[]): Sql => {
  const ports = list(habits.map(({ port }) => sql`${port}`));
  return sql`${name('protocol')} = ${UDP} AND ${name('dst_port')} IN (${ports})`;
};

/** What a server is, for attempts. */
export const SERVER: readonly Sql[] = ['dst_hi', 'dst_lo', 'dst_port', 'protocol'].map(name);

/**
 * Nobody answered, and nobody had to: by the habit of the port, or because nothing that was sent there in the asked time was answered, nor refused. TCP always answers, and so does who is asked by ICMP:
 * what ICMP merely tells has no outcome.
 */
const ONE_WAY: Sql = sql`${outcomeIs('unanswered')} AND ${name('protocol')} NOT IN (${TCP}, ${ICMP}, ${ICMPV6}) AND (${among(TELLING)}
  OR NOT (${among(ANSWERING)}) AND NOT bool_or(NOT ${outcomeIs('unanswered')}) OVER (PARTITION BY ${list(SERVER)}))`;

/**
 * The attempts to reach a server, each once: the record that goes to the server and begins the flow, of which the outcome is known. Where the client's host was metered it is that of
 * the client, who alone knows of attempts that did not arrive. That goes by host and not by flow: where both hosts chose some of their flows, each chose others, and either's records stand for
 * all. Columns are those of the record, `at_client`, how many attempts it stands for (`weight`), and whether it is none, because nobody had
 * to answer (`one_way`). A request in the log of a proxy is an attempt of the client's, with the times of the connection that the proxy made for it, which is none beside it.
 */
export function attemptsOf({ source }: Pick<Scope, 'source'>): Sql {
  const isAttempt = sql`${name('outcome')} > 0 AND ${name('continued')} <> ${enumCode('continued', 'yes')} AND (${TOWARDS_SERVER})`;
  const timeOf = (time: 'setup' | 'response' | 'rtt') =>
    sql`CASE WHEN ${FROM_PROXY_LOG} THEN max(${name(time)}) OVER (PARTITION BY ${MADE}) ELSE ${name(time)} END AS ${name(time)}`;
  const metered = sql`SELECT src_hi, src_lo FROM ${source.from} WHERE ${source.where} AND ${FROM_METERED}`;
  const found = sql`(SELECT ${FLOW}, ${name('outcome')}, ${timeOf('setup')}, ${timeOf('response')}, ${timeOf('rtt')}, ${name('user')}, ${name('process')},
    CASE WHEN ${FROM_PROXY_LOG} THEN '' ELSE ${name('host')} END AS host,
    ${SENT} AS at_client, ${WEIGHT} AS weight, (src_hi, src_lo) IN (${metered}) AS client_metered,
    NOT (${FROM_PROXY_LOG}) AND bool_or(${FROM_PROXY_LOG}) OVER (PARTITION BY ${MADE}) AS in_proxy_log
    FROM ${source.from} WHERE ${source.where} AND (${COUNTED} OR ${FROM_PROXY_LOG}) AND ${isAttempt}) AS found`;
  return sql`(SELECT *, ${ONE_WAY} AS one_way FROM ${found} WHERE (at_client OR NOT client_metered) AND NOT in_proxy_log) AS attempts`;
}

/** Why nobody answers at a port of a protocol. */
export function whyOneWay(protocol: number, port: number): string {
  const habit = protocol === UDP ? TELLING.find((one) => one.port === port) : undefined;
  return habit ? `${habit.name} needs no answer` : 'never answered in the asked time';
}
