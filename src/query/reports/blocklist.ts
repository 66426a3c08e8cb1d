import { enumCode, formatAddress, type JsonValue, jsonInteger, wordsOf } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import type { MetricValues } from '../answer.ts';
import type { Scope } from '../scope.ts';
import { list, name, type Sql, sql } from '../sql.ts';
import { BYTES, FLOWS, PACKETS } from '../sums.ts';
import { column, countReport, parseReportInput, percentOf, type Report } from './report.ts';

/** One host and one listed address, both ways together. */
interface ListedContact {
  /** The other end of the listed address. Where both are listed, the source. */
  readonly address: string;
  readonly listed: string;
  /** Lists that the address is on, joined by +. */
  readonly blocklist: string;
  /** Which of the two asked the other: the host, the listed one, both, or not known. */
  readonly began: 'host' | 'listed' | 'both' | 'unknown';
  /** By the host. */
  readonly bytes_out: JsonValue;
  readonly bytes_in: JsonValue;
  readonly flows: JsonValue;
  /** Whether packets were seen in both directions. */
  readonly answered: 'yes' | 'no';
  /** ms since 1970. */
  readonly first: number;
  readonly last: number;
}

/** What touched a listed address, each flow once, and its part of all that matches, in percent. */
interface ListedTraffic {
  readonly bytes: JsonValue;
  readonly packets: JsonValue;
  readonly flows: JsonValue;
  readonly bytes_share: number | null;
  readonly flows_share: number | null;
}

/** Of one list. A flow that touches several counts at each of them. */
interface ListLine extends Omit<ListedTraffic, 'packets'> {
  readonly blocklist: string;
  readonly hosts: number;
  readonly listed: number;
  /** Pairs of a host and a listed address that exchanged packets both ways. */
  readonly answered: number;
}

const SUMS = [BYTES, PACKETS, FLOWS];
const [NOBODY, LISTED_SOURCE, LISTED_BOTH] = (['none', 'source', 'both'] as const).map((s) =>
  enumCode('blocklist_side', s),
) as [number, number, number];
const [IN, OUT] = (['in', 'out'] as const).map((d) => enumCode('direction', d)) as [number, number];
const [BY_SOURCE, BY_DESTINATION] = ['source', 'destination'].map((s) => enumCode('client_side', s)) as [
  number,
  number,
];

const BYTES_SHARE = column('bytes_share', 'bytes %', 'number', '%', 3);
const FLOWS_SHARE = column('flows_share', 'flows %', 'number', '%', 3);

export const blocklist: Report<{
  readonly total: MetricValues;
  readonly listed: ListedTraffic;
  readonly lists: readonly ListLine[];
  readonly contacts: readonly ListedContact[];
}> = {
  name: 'blocklist',
  title: 'Addresses on block lists',
  meaning:
    'how much of all touched a listed address, in all and by list; hosts that did: which list, who began, bytes each way, whether it was answered',
  texts: { part: 'words', blocklist: 'words', began: 'words', answered: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const { counted, quality, plan } = await countReport(store, query, options, SUMS, async (scope, { sums }) => {
      const total = Object.fromEntries(SUMS.map((s) => [s.name, jsonInteger(sums.get(s.name) ?? 0n)]));
      return {
        total,
        listed: await countListed(scope, total),
        lists: await countLists(scope, total),
        contacts: await countContacts(scope, query.limit),
      };
    });
    return {
      report: blocklist.name,
      title: blocklist.title,
      data: counted,
      tables: [
        {
          title: 'Traffic with listed addresses, each flow once, beside all traffic',
          columns: [
            column('part', '', 'text'),
            column('bytes', 'bytes', 'integer', 'bytes'),
            BYTES_SHARE,
            column('packets', 'packets', 'integer', 'packets'),
            column('flows', 'flows', 'integer', 'flows'),
            FLOWS_SHARE,
          ],
          rows: [
            [
              'listed',
              counted.listed.bytes,
              counted.listed.bytes_share,
              counted.listed.packets,
              counted.listed.flows,
              counted.listed.flows_share,
            ],
          ],
        },
        {
          title: 'By list: a flow that touches several lists counts at each of them',
          columns: [
            column('blocklist', 'list', 'text'),
            column('hosts', 'hosts'),
            column('listed', 'listed addresses'),
            column('answered', 'answered pairs'),
            column('listed_bytes', 'bytes', 'integer', 'bytes'),
            BYTES_SHARE,
            column('listed_flows', 'flows', 'integer', 'flows'),
            FLOWS_SHARE,
          ],
          rows: counted.lists.map((l) => [
            l.blocklist,
            l.hosts,
            l.listed,
            l.answered,
            l.bytes,
            l.bytes_share,
            l.flows,
            l.flows_share,
          ]),
        },
        {
          title: 'Hosts and listed addresses: answered ones first, then by bytes',
          is_part: true,
          columns: [
            column('address', 'host', 'address'),
            column('listed', 'listed', 'address'),
            column('blocklist', 'list', 'text'),
            column('began', 'began', 'text'),
            column('answered', 'answered', 'text'),
            column('bytes_out', 'bytes out', 'integer', 'bytes'),
            column('bytes_in', 'bytes in', 'integer', 'bytes'),
            column('flows', 'flows', 'integer', 'flows'),
            column('first', 'first', 'time'),
            column('last', 'last', 'time'),
          ],
          rows: counted.contacts.map((c) => [
            c.address,
            c.listed,
            c.blocklist,
            c.began,
            c.answered,
            c.bytes_out,
            c.bytes_in,
            c.flows,
            c.first,
            c.last,
          ]),
        },
      ],
      quality,
      plan,
    };
  },
};

/**
 * Of flows between two listed addresses the one at home is the host, and the smaller one where neither is alone at home: so both directions of a contact are of the
 * same pair.
 */
const SOURCE_IS_LISTED = sql`${name('blocklist_side')} = ${LISTED_SOURCE} OR (${name('blocklist_side')} = ${LISTED_BOTH} AND (
  ${name('direction')} = ${IN} OR (${name('direction')} <> ${OUT} AND (src_hi > dst_hi OR (src_hi = dst_hi AND src_lo > dst_lo)))))`;

/** Each pair of a host and a listed address, with what went each way. */
function contactsOf({ source, shape }: Scope): Sql {
  const listed = sql`(${SOURCE_IS_LISTED})`;
  const end = (inner: string, outer: string, word: string) =>
    sql`CASE WHEN ${listed} THEN ${name(`${inner}_${word}`)} ELSE ${name(`${outer}_${word}`)} END`;
  const way = (of: Sql, where: Sql) => sql`coalesce(${of} FILTER (WHERE ${where}), 0)`;
  const client = name('client_side');
  const hostAsks = sql`${client} = CASE WHEN ${listed} THEN ${BY_DESTINATION} ELSE ${BY_SOURCE} END`;
  const listedAsks = sql`${client} = CASE WHEN ${listed} THEN ${BY_SOURCE} ELSE ${BY_DESTINATION} END`;
  const { how } = shape;
  const columns = [
    sql`${end('dst', 'src', 'hi')} AS host_hi`,
    sql`${end('dst', 'src', 'lo')} AS host_lo`,
    sql`${end('src', 'dst', 'hi')} AS listed_hi`,
    sql`${end('src', 'dst', 'lo')} AS listed_lo`,
    sql`CAST(${name('blocklist')} AS VARCHAR) AS lists`,
    sql`${way(BYTES.sql(how), sql`NOT (${listed})`)} AS bytes_out`,
    sql`${way(BYTES.sql(how), listed)} AS bytes_in`,
    sql`${way(PACKETS.sql(how), sql`NOT (${listed})`)} AS packets_out`,
    sql`${way(PACKETS.sql(how), listed)} AS packets_in`,
    sql`${FLOWS.sql(how)} AS flows`,
    sql`bool_or(${hostAsks}) AS host_asks`,
    sql`bool_or(${listedAsks}) AS listed_asks`,
    sql`min(${name('start')}) AS first`,
    sql`max(${name('time')}) AS last`,
  ];
  return sql`(SELECT ${list(columns)} FROM ${source.from} WHERE ${source.where} AND ${name('blocklist_side')} <> ${NOBODY}
    GROUP BY host_hi, host_lo, listed_hi, listed_lo, lists) AS contacts`;
}

const ANSWERED = sql`(packets_out > 0 AND packets_in > 0)`;

const SHARE_DECIMALS = 3;

function sharesOf(bytes: JsonValue, flows: JsonValue, total: MetricValues) {
  return {
    bytes_share: percentOf(bytes, total.bytes ?? 0, SHARE_DECIMALS),
    flows_share: percentOf(flows, total.flows ?? 0, SHARE_DECIMALS),
  };
}

async function countListed({ source, shape, run }: Scope, total: MetricValues): Promise<ListedTraffic> {
  const { rows } =
    await run(sql`SELECT ${list(SUMS.map((s) => sql`coalesce(${s.sql(shape.how)}, 0)`))} FROM ${source.from}
    WHERE ${source.where} AND ${name('blocklist_side')} <> ${NOBODY}`);
  const [bytes = 0, packets = 0, flows = 0] = rows[0]!.map(count);
  return { bytes, packets, flows, ...sharesOf(bytes, flows, total) };
}

/** One name of those that stand joined. */
const EACH_LIST = sql`unnest(string_split(lists, '+')) AS list`;

async function countLists(scope: Scope, total: MetricValues): Promise<ListLine[]> {
  const { rows } =
    await scope.run(sql`SELECT list, count(DISTINCT row(host_hi, host_lo)), count(DISTINCT row(listed_hi, listed_lo)),
    sum(bytes_out + bytes_in) AS bytes, sum(flows), count(DISTINCT row(host_hi, host_lo, listed_hi, listed_lo)) FILTER (WHERE ${ANSWERED})
    FROM (SELECT *, ${EACH_LIST} FROM ${contactsOf(scope)}) GROUP BY list ORDER BY bytes DESC, list LIMIT 1000`);
  return rows.map(([named, hosts, listed, bytes, flows, answered]) => {
    return {
      blocklist: String(named),
      hosts: Number(hosts),
      listed: Number(listed),
      answered: Number(answered),
      bytes: count(bytes),
      flows: count(flows),
      ...sharesOf(count(bytes), count(flows), total),
    };
  });
}

async function countContacts(scope: Scope, limit: number): Promise<ListedContact[]> {
  const { rows } =
    await scope.run(sql`SELECT host_hi, host_lo, listed_hi, listed_lo, lists, host_asks, listed_asks, bytes_out, bytes_in, flows,
    ${ANSWERED} AS answered, first, last FROM ${contactsOf(scope)}
    ORDER BY answered DESC, bytes_out + bytes_in DESC, host_hi, host_lo, listed_hi, listed_lo LIMIT ${limit}`);
  return rows.map(
    ([hostHi, hostLo, listedHi, listedLo, lists, host, listed, out, into, flows, answered, first, last]) => {
      return {
        address: address(hostHi!, hostLo!),
        listed: address(listedHi!, listedLo!),
        blocklist: String(lists),
        began: beganBy(Boolean(host), Boolean(listed)),
        bytes_out: count(out),
        bytes_in: count(into),
        flows: count(flows),
        answered: answered ? 'yes' : 'no',
        first: Number(first),
        last: Number(last),
      };
    },
  );
}

function beganBy(host: boolean, listed: boolean): ListedContact['began'] {
  if (host && listed) return 'both';
  return host ? 'host' : listed ? 'listed' : 'unknown';
}

function address(high: RawValue, low: RawValue): string {
  return formatAddress(wordsOf(BigInt(high as bigint), BigInt(low as bigint)));
}

const count = (value: RawValue | undefined): JsonValue => jsonInteger(BigInt((value ?? 0) as bigint));
