import { columns, physicalOf } from '../flow/index.ts';
import { type Cursor, writeCursor } from './flow-cursor.ts';
import { direction, isByTime, type Order, orderKeys } from './flow-order.ts';
import type { Scope } from './scope.ts';
import { list, name, type Sql, sql } from './sql.ts';
import type { Source } from './statements.ts';

/** What later records change of one (src/label/late). */
export const LATE_COLUMNS: ReadonlySet<string> = new Set(
  'application application_evidence service service_evidence category client_side duplicate'.split(' '),
);
/**
 * A list of records, page by page. A page begins behind the last record of the one before, which is known by its values and not by its place: records that
 * arrive meanwhile move nothing. The values are those of the order and, among equals, a hash of all that stays as it is.
 */
const WORDS = columns.filter((c) => !LATE_COLUMNS.has(c.name)).flatMap((c) => physicalOf(c).map((p) => name(p.name)));
const ID = sql`hash(${list(WORDS)})`;

export interface Page {
  /** The records of the page, and nothing but them once `offset` are left out. */
  readonly source: Source;
  readonly by: Sql;
  readonly offset: number;
  /** Where the next page begins; null where this one is the last. */
  readonly next: string | null;
}

interface PageQuestion {
  readonly order: Order;
  /** The word of the question for it. */
  readonly orderName: string;
  readonly after: Cursor | null;
  readonly limit: number;
}

export async function pageOf(scope: Scope, question: PageQuestion): Promise<Page> {
  const { order, after, limit } = question;
  const keys = orderKeys(order);
  const source = await narrowed(scope, keys, after, limit);
  const page = {
    source: after === null ? source : and(source, sql`NOT (${equal(keys, after.keys)} AND ${ID} < ${after.id})`),
    by: list([...keys.map(direction), ID]),
    offset: after?.shown ?? 0,
  };
  return { ...page, next: await nextPage(scope, page, question) };
}

/**
 * Leaves out the rows that cannot be on the page, by the columns of the order alone: identities, which need many columns, are then made of few rows, and no
 * page costs more than the first.
 */
async function narrowed(scope: Scope, keys: readonly Order[], after: Cursor | null, limit: number) {
  const { source } = scope;
  const rest = after === null ? source : and(source, notBefore(keys, after.keys));
  const behind = after === null ? rest : and(rest, sql`NOT (${equal(keys, after.keys)})`);
  const values = list(keys.map(({ value }, i) => sql`${value} AS ${name(`k${i}`)}`));
  const by = list(keys.map(direction));
  for (const { from, where } of nearest(scope, behind, { keys, after, limit })) {
    const last = sql`SELECT ${values} FROM ${from} WHERE ${where} ORDER BY ${by} LIMIT 1 OFFSET ${limit - 1}`;
    const [row] = (await scope.run(last)).rows;
    const ends = row?.map((value) => BigInt(value as bigint));
    if (ends !== undefined) return and(rest, notBefore(keys.map(reversed), ends));
  }
  return rest;
}

/** How much longer each stretch is than the one before it. */
const LONGER = 16;

/**
 * Where to look for the last record of a page, and where next if it is not there. In the order of time it stands near the begin of the page, unless few records match: all others are passed
 * over by their statistics. In other orders it may be anywhere.
 */
function* nearest(
  { view, extent }: Scope,
  source: Source,
  { keys, after, limit }: Pick<PageQuestion, 'after' | 'limit'> & { readonly keys: readonly Order[] },
): Generator<Source> {
  const order = keys[0]!;
  const { value, descending } = order;
  const { facts } = view;
  if (isByTime(order) && extent !== null && facts.extent !== null) {
    const [first, last] = [Math.max(extent.from, facts.extent.min), Math.min(extent.to, facts.extent.max + 1)];
    const begin = after === null ? BigInt(descending ? last : first) : after.keys[0]!;
    const rows = facts.rowsAtRest + facts.rowsInMemory;
    for (let ms = Math.ceil(((last - first) * limit) / rows) + 1; ms < last - first; ms *= LONGER) {
      const reach = descending ? sql`${value} >= ${begin - BigInt(ms)}` : sql`${value} <= ${begin + BigInt(ms)}`;
      yield and(source, reach);
    }
  }
  yield source;
}

/** The last record of a page, and how many of the page are the same. */
async function nextPage(
  { run }: Scope,
  { source, by, offset }: Omit<Page, 'next'>,
  { order, orderName, after, limit }: PageQuestion,
): Promise<string | null> {
  const keys = orderKeys(order);
  const values = list(keys.map(({ value }, i) => sql`${value} AS ${name(`k${i}`)}`));
  const page = sql`SELECT ${values}, ${ID} AS id FROM ${source.from} WHERE ${source.where} ORDER BY ${by} LIMIT ${limit} OFFSET ${offset}`;
  const last = list([...named(keys).map(reversed).map(direction), sql`id DESC`]);
  const figures = sql`count(*), CAST(sum(count(*)) OVER () AS BIGINT)`;
  const found = sql`SELECT ${list(named(keys).map((k) => k.value))}, id, ${figures} FROM (${page}) AS page GROUP BY ALL ORDER BY ${last} LIMIT 1`;
  const [row] = (await run(found)).rows;
  const numbers = (row ?? []).map((value) => BigInt(value as bigint));
  const [id, same, all] = numbers.slice(keys.length);
  if (id === undefined || same === undefined || Number(all) < limit) return null;
  const ends = numbers.slice(0, keys.length);
  const isSame = after !== null && after.id === id && after.keys.every((key, i) => key === ends[i]);
  return writeCursor({ order: orderName, keys: ends, id, shown: Number(same) + (isSame ? after.shown : 0) });
}

function named(keys: readonly Order[]): Order[] {
  return keys.map(({ descending }, i) => ({ value: name(`k${i}`), descending }));
}

function reversed({ value, descending }: Order): Order {
  return { value, descending: !descending };
}

function and({ from, where }: Source, condition: Sql): Source {
  return { from, where: sql`${where} AND ${condition}` };
}

function equal(keys: readonly Order[], values: readonly bigint[]): Sql {
  return list(
    keys.map(({ value }, i) => sql`${value} = ${values[i]!}`),
    ' AND ',
  );
}

/** At these values or behind them. The condition on the first key stands by itself: statistics of row groups answer it. */
function notBefore(keys: readonly Order[], values: readonly bigint[]): Sql {
  const [first, second] = keys.map(({ value, descending }, i) => ({
    reached: descending ? sql`${value} <= ${values[i]!}` : sql`${value} >= ${values[i]!}`,
    passed: descending ? sql`${value} > ${values[i]!}` : sql`${value} < ${values[i]!}`,
    is: sql`${value} = ${values[i]!}`,
  }));
  return second === undefined ? first!.reached : sql`${first!.reached} AND NOT (${first!.is} AND ${second.passed})`;
}
