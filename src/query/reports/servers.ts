import { type JsonValue, jsonInteger } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';
import type { Scope } from '../scope.ts';
import { list, name, type Sql, sql } from '../sql.ts';
import { shownSource } from '../statements.ts';
import { PERCENTILES, type Percentiles, RANKED, timesBy } from './attempt-times.ts';
import { attemptsOf, FAILED, OUTCOMES, type Outcome, outcomeIs, SENT, SERVER, whyOneWay } from './attempts.ts';
import { column, countReport, parseReportInput, percentOf, type Report, type ReportTable } from './report.ts';
import { keyOf, type ServerKey } from './server-key.ts';
import { countHit, type Hit, hitTable } from './servers-hit.ts';

/** Attempts to reach something and what became of them. */
interface Attempts {
  readonly attempts: JsonValue;
  readonly outcomes: Readonly<Record<Outcome, JsonValue>>;
  /** Of the attempts, three decimals; null where there was none. */
  readonly percent: Readonly<Record<Outcome, number | null>>;
  /** µs, of those that reached the server and of which it is known; null where it is of none. */
  readonly setup: Percentiles;
  readonly response: Percentiles;
  readonly rtt: Percentiles;
  /** Whose attempts failed: addresses, and users and end systems where the client was metered. */
  readonly affected: { readonly addresses: number; readonly users: number; readonly hosts: number };
}

interface Server extends ServerKey, Attempts {
  /** The process that answers there, where its end system is metered. */
  readonly process: string | null;
}

/** Where something is told and not asked: no attempts, and left out of all that is said of them. */
interface OneWay {
  readonly flows: JsonValue;
  /** Those with the most flows. */
  readonly servers: readonly (ServerKey & { readonly flows: JsonValue; readonly why: string })[];
}

interface ServersData {
  readonly total: Attempts;
  readonly servers: readonly Server[];
  /** Clients whose attempts failed, by server, those with the most failures first. */
  readonly hit: readonly Hit[];
  readonly one_way: OneWay;
}

export const servers: Report<ServersData> = {
  name: 'servers',
  title: 'Servers',
  meaning:
    'servers by address and port: attempts and what became of them, times of set-up, response and round trip, clients affected',
  texts: { why: 'words' },
  async run(store, input, options) {
    // Requests in the log of a proxy are duplicates of what its sockets sent, and attempts all the same.
    const query = { ...parseReportInput(input), duplicates: 'all' as const };
    const { counted, quality, plan } = await countReport(store, query, options, [], async (scope) => {
      const rows = await countAttempts(scope, SERVER, query.limit);
      const processes = await serverProcesses(scope, rows);
      const [all] = await countAttempts(scope, [], 1);
      return {
        total: attemptsIn(all!),
        servers: rows.map((row, i) => serverOf(row, processes.get(i) ?? null)),
        hit: await countHit(scope, query.limit),
        one_way: await countOneWay(scope, query.limit),
      };
    });
    return {
      report: servers.name,
      title: servers.title,
      data: counted,
      tables: tablesOf(counted),
      quality,
      plan,
    };
  },
};

/** By the keys, those with the most failed attempts first; a row for each: keys, attempts, outcomes, percentiles, affected. */
async function countAttempts(scope: Scope, keys: readonly Sql[], limit: number): Promise<readonly RawValue[][]> {
  const weights = (of: Sql) => sql`coalesce(sum(weight) FILTER (WHERE ${of}), 0)`;
  const distinct = (of: Sql, known: Sql) => sql`count(DISTINCT ${of}) FILTER (WHERE ${FAILED} AND ${known})`;
  const text = (column: string) => distinct(name(column), sql`at_client AND length(${name(column)}) > 0`);
  const figures = [
    sql`coalesce(sum(weight), 0) AS attempts`,
    sql`${weights(FAILED)} AS failed`,
    ...OUTCOMES.map((outcome) => sql`${weights(outcomeIs(outcome))} AS ${name(outcome)}`),
    sql`${distinct(sql`row(src_hi, src_lo)`, sql`true`)} AS addresses`,
    sql`${text('user')} AS users`,
    sql`${text('host')} AS hosts`,
  ];
  const groups = keys.length > 0 ? sql`GROUP BY ${list(keys)}` : sql``;
  // Read once, as what became of attempts is dear to find.
  const columns = ['outcome', 'setup', 'response', 'rtt', 'user', 'host', 'at_client', 'weight'].map(name);
  const asked = sql`SELECT ${list([...SERVER, sql`src_hi, src_lo`, ...columns])} FROM ${attemptsOf(scope)} WHERE NOT one_way`;
  const grouped = sql`SELECT ${list([...keys, ...figures])} FROM asked ${groups}`;
  // A refusal is quick, and no set-up.
  const reached = sql`(SELECT * FROM asked WHERE ${list([outcomeIs('established'), outcomeIs('reset')], ' OR ')}) AS reached`;
  const joined = keys.length > 0 ? sql`USING (${list(keys)})` : sql`ON true`;
  const shown = [
    ...keys,
    ...['attempts', ...OUTCOMES].map(name),
    ...RANKED,
    ...['addresses', 'users', 'hosts'].map(name),
  ];
  const order = list([sql`failed DESC`, sql`attempts DESC`, ...keys]);
  const { rows } =
    await scope.run(sql`WITH asked AS MATERIALIZED (${asked}), grouped AS (${grouped}), times AS (${timesBy(keys, reached)})
    SELECT ${list(shown)} FROM grouped LEFT JOIN times ${joined} ORDER BY ${order} LIMIT ${limit}`);
  return rows.map((row) => [...row]);
}

async function countOneWay(scope: Scope, limit: number): Promise<OneWay> {
  const from = sql`${attemptsOf(scope)} WHERE one_way GROUP BY ${list(SERVER)}`;
  const counted = sql`SELECT ${list(SERVER)}, sum(weight) AS flows FROM ${from}`;
  const order = list([sql`flows DESC`, ...SERVER]);
  const { rows } = await scope.run(
    sql`SELECT *, sum(flows) OVER () FROM (${counted}) AS counted ORDER BY ${order} LIMIT ${limit}`,
  );
  const flows = (value: RawValue | undefined) => jsonInteger(BigInt((value ?? 0) as bigint));
  return {
    flows: flows(rows[0]?.[SERVER.length + 1]),
    servers: rows.map((row) => {
      const key = keyOf(row);
      return { ...key, flows: flows(row[SERVER.length]), why: whyOneWay(key.protocol, key.port) };
    }),
  };
}

/** Which process most often sends from the address and port of each shown server. */
async function serverProcesses(scope: Scope, shown: readonly RawValue[][]): Promise<Map<number, string>> {
  if (shown.length === 0) return new Map();
  const words = ['src_hi', 'src_lo', 'src_port', 'protocol'].map((word, i) => {
    return { sql: name(word), type: ['UBIGINT', 'UBIGINT', 'USMALLINT', 'UTINYINT'][i]!, high: null };
  });
  const { from } = shownSource(
    scope.source,
    words,
    shown.map((row) => row.slice(0, words.length)),
  );
  const process = name('process');
  const counts = sql`(SELECT r, ${process}, count(*) AS n FROM ${from} WHERE ${SENT} AND length(${process}) > 0 GROUP BY r, ${process})`;
  const { rows } = await scope.run(
    sql`SELECT r, first(${process} ORDER BY n DESC, ${process}) FROM ${counts} AS counts GROUP BY r`,
  );
  return new Map(rows.map(([r, of]) => [Number(r), String(of)]));
}

function serverOf(row: readonly RawValue[], process: string | null): Server {
  return { ...keyOf(row), process, ...attemptsIn(row.slice(SERVER.length)) };
}

function attemptsIn(row: readonly RawValue[]): Attempts {
  const count = (value: RawValue | undefined) => jsonInteger(BigInt((value ?? 0) as bigint));
  const attempts = count(row[0]);
  const of = <T>(value: (i: number) => T) =>
    Object.fromEntries(OUTCOMES.map((o, i) => [o, value(1 + i)])) as Record<Outcome, T>;
  const times = (from: number) =>
    Object.fromEntries(
      PERCENTILES.map((p, i) => [`p${p}`, row[from + i] === null ? null : Number(row[from + i])]),
    ) as Percentiles;
  const at = 1 + OUTCOMES.length;
  const affected = at + 3 * PERCENTILES.length;
  return {
    attempts,
    outcomes: of((i) => count(row[i])),
    percent: of((i) => percentOf(count(row[i]), attempts, 3)),
    setup: times(at),
    response: times(at + PERCENTILES.length),
    rtt: times(at + 2 * PERCENTILES.length),
    affected: {
      addresses: Number(row[affected]),
      users: Number(row[affected + 1]),
      hosts: Number(row[affected + 2]),
    },
  };
}

const KEY_COLUMNS = [column('server', 'server', 'address'), column('dst_port', 'port'), column('protocol', 'protocol')];
const SERVER_COLUMNS = [...KEY_COLUMNS, column('process', 'process', 'text')];
const ONE_WAY_COLUMNS = [...KEY_COLUMNS, column('flows', 'flows', 'integer', 'flows'), column('why', 'why', 'text')];
const ATTEMPTS = column('attempts', 'attempts');
const OUTCOME_COLUMNS = [ATTEMPTS, ...OUTCOMES.map((o) => column(`${o}_percent`, `${o} %`, 'number', '%', 1))];
const AFFECTED_COLUMNS = [
  column('affected_addresses', 'addresses'),
  column('affected_users', 'users'),
  column('affected_hosts', 'hosts'),
];
const timeColumns = (of: 'setup' | 'response' | 'rtt', title: string) =>
  PERCENTILES.map((p) => column(`${of}_p${p}`, `${title} p${p}`, 'number', 'ms', 3));
const TIME_COLUMNS = [
  ...timeColumns('setup', 'set-up'),
  ...timeColumns('response', 'response'),
  ...timeColumns('rtt', 'rtt'),
];

const serverCells = ({ server, port, protocol, process }: Server): JsonValue[] => [server, port, protocol, process];
const outcomeCells = ({ attempts, percent }: Attempts): JsonValue[] => [attempts, ...OUTCOMES.map((o) => percent[o])];
const affectedCells = ({ affected: { addresses, users, hosts } }: Attempts): JsonValue[] => [addresses, users, hosts];
const timeCells = ({ setup, response, rtt }: Attempts): JsonValue[] =>
  [setup, response, rtt].flatMap((times) =>
    PERCENTILES.map((p) => (times[`p${p}`] === null ? null : times[`p${p}`]! / 1_000)),
  );

function tablesOf({ total, servers: found, hit, one_way: oneWay }: ServersData): ReportTable[] {
  const table = (title: string, columns: ReportTable['columns'], cells: (of: Attempts) => JsonValue[]) => {
    return {
      title,
      columns: [...SERVER_COLUMNS, ...columns],
      rows: found.map((server) => [...serverCells(server), ...cells(server)]),
    };
  };
  return [
    {
      title: 'Attempts to reach any server, and whom failures hit',
      columns: [...OUTCOME_COLUMNS, ...AFFECTED_COLUMNS],
      rows: [[...outcomeCells(total), ...affectedCells(total)]],
    },
    { title: 'Times of any server, in ms', columns: TIME_COLUMNS, rows: [timeCells(total)] },
    table('Servers with the most failed attempts', OUTCOME_COLUMNS, outcomeCells),
    table('Whom these failures hit', AFFECTED_COLUMNS, affectedCells),
    hitTable(hit),
    table('Times of these servers, in ms', TIME_COLUMNS, timeCells),
    {
      title: `One-way: ${oneWay.flows} flows that nobody answered and nobody had to are left out above`,
      columns: ONE_WAY_COLUMNS,
      rows: oneWay.servers.map(({ server, port, protocol, flows, why }) => [server, port, protocol, flows, why]),
    },
  ];
}
