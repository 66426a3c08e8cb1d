import type { RawRows, RawValue } from '../store/index.ts';
import type { KeyWord } from './dimensions.ts';
import { hostKey } from './host-counts.ts';
import type { Figures } from './metrics.ts';
import { list, made, name, type Sql, sql } from './sql.ts';
import {
  figureName,
  figureNames,
  figureStatement,
  keyName,
  type Shape,
  type Source,
  shownSource,
  type Wanted,
} from './statements.ts';

/** Runs a statement of a query on its view, within its budget. */
export type Run = (statement: Sql) => Promise<RawRows>;

/** One group: its key words, what was counted, and the further aggregates that were asked for. */
export interface Group {
  readonly key: readonly RawValue[];
  readonly figures: Figures;
  readonly extras: readonly RawValue[];
}

export const NOTHING: Wanted = { sums: [], distincts: [], percentiles: [], peaks: [], extras: [] };

/** What is counted for each value of `keys`; without keys there is one group, of all rows. */
export async function countGroups(
  run: Run,
  source: Source,
  keys: readonly Sql[],
  wanted: Wanted,
  shape: Shape,
  limit?: number,
): Promise<Group[]> {
  const groups = await countRows(run, source, keys, wanted, shape, limit);
  return withHosts(groups, wanted, shape, { site: () => null, bucket: keys[0] ?? null, at: 0 });
}

/** As above, without the hosts that are not to be had from rows. */
async function countRows(
  run: Run,
  source: Source,
  keys: readonly Sql[],
  wanted: Wanted,
  shape: Shape,
  limit: number | undefined,
): Promise<Group[]> {
  const inRows = shape.hosts ? { ...wanted, distincts: [] } : wanted;
  // Of all rows together nothing else may be wanted.
  if (keys.length === 0 && figureNames(inRows).length === 0) return [{ key: [], figures: new Map(), extras: [] }];
  const statement = limited(figureStatement(source, keys, inRows, shape), limit);
  return readGroups(await run(statement), keys.length, inRows);
}

interface HostPlace {
  /** Of a group: its site, where groups are told apart by site. */
  readonly site: (group: Group) => RawValue;
  /** SQL of the bucket of time, and its position in the key of a group. */
  readonly bucket: Sql | null;
  readonly at: number;
}

/** The groups with the numbers of hosts that roll-ups have of them. */
async function withHosts(
  groups: readonly Group[],
  { distincts }: Wanted,
  { hosts }: Shape,
  { site, bucket, at }: HostPlace,
): Promise<Group[]> {
  let found = [...groups];
  for (const metric of hosts ? distincts : []) {
    const bySite = groups.some((g) => site(g) !== null);
    const numbers = await hosts!.count(metric.hosts!, { bySite, bucket });
    found = found.map((g) => {
      const number = numbers.get(hostKey(site(g), bucket ? g.key[at]! : null)) ?? 0n;
      return { ...g, figures: new Map([...g.figures, [metric.name, number]]) };
    });
  }
  return found;
}

function limited(figures: Sql, limit: number | undefined): Sql {
  return limit === undefined ? figures : sql`SELECT * FROM (${figures}) AS figures LIMIT ${limit}`;
}

export interface Choice {
  /** Condition on the figures, or `true`. */
  readonly having: Sql;
  readonly order: Sql;
  readonly descending: boolean;
  readonly limit: number;
}

/** The first groups in the order asked for. Equal ones are ordered by their key, so that the same query has one answer. */
export async function topGroups(
  run: Run,
  source: Source,
  words: readonly KeyWord[],
  wanted: Wanted,
  shape: Shape,
  choice: Choice,
): Promise<Group[]> {
  const figures = figureStatement(
    source,
    words.map((w) => w.sql),
    wanted,
    shape,
  );
  const direction = choice.descending ? sql`DESC NULLS LAST` : sql`ASC NULLS LAST`;
  const order = [sql`${choice.order} ${direction}`, ...words.map((_, i) => keyName(i))];
  const statement = sql`SELECT * FROM (${figures}) AS figures WHERE ${choice.having}
    ORDER BY ${list(order)} LIMIT ${choice.limit}`;
  return readGroups(await run(statement), words.length, wanted);
}

/** As `topGroups`, and the sums of all groups, chosen or not: the groups are made once and read twice. */
export async function topGroupsWithTotal(
  run: Run,
  source: Source,
  words: readonly KeyWord[],
  wanted: Wanted,
  shape: Shape,
  choice: Choice,
): Promise<{ groups: Group[]; total: Figures }> {
  const figures = figureStatement(
    source,
    words.map((w) => w.sql),
    wanted,
    shape,
  );
  const direction = choice.descending ? sql`DESC NULLS LAST` : sql`ASC NULLS LAST`;
  const order = list([sql`${choice.order} ${direction}`, ...words.map((_, i) => keyName(i))]);
  const columns = [...words.map((_, i) => keyName(i)), ...wanted.sums.map((_, i) => figureName(i))];
  const sums = [...words.map(() => sql`NULL`), ...wanted.sums.map((_, i) => sql`coalesce(sum(${figureName(i)}), 0)`)];
  const statement = sql`WITH g AS MATERIALIZED (${figures}), top AS (SELECT * FROM g WHERE ${choice.having} ORDER BY ${order} LIMIT ${choice.limit})
    SELECT ${list(columns)} FROM (SELECT *, 0 AS part FROM top UNION ALL SELECT ${list(sums)}, 1 FROM g) AS figures ORDER BY part, ${order}`;
  const groups = readGroups(await run(statement), words.length, wanted);
  const total = groups.pop()!.figures;
  return { groups, total };
}

/** What is counted for the keys `shown`, by position in `shown`; `more` are keys after that position, such as a bucket. */
export async function countShown(
  run: Run,
  source: Source,
  words: readonly KeyWord[],
  shown: readonly (readonly RawValue[])[],
  more: readonly Sql[],
  wanted: Wanted,
  shape: Shape,
  limit?: number,
): Promise<Group[]> {
  if (shown.length === 0) return [];
  const keys = [name('r'), ...more];
  const groups = await countRows(run, shownSource(source, words, shown), keys, wanted, shape, limit);
  const site = ({ key }: Group) => (words.length > 0 ? shown[Number(key[0])]![0]! : null);
  return withHosts(groups, wanted, shape, { site, bucket: more[0] ?? null, at: 1 });
}

function readGroups(rows: RawRows, keyCount: number, wanted: Wanted): Group[] {
  const names = figureNames(wanted);
  const counted = names.length - wanted.extras.length;
  return rows.rows.map((row) => {
    const figures = new Map<string, bigint>();
    for (let i = 0; i < counted; i++) figures.set(names[i]!, BigInt(row[keyCount + i] as number | bigint));
    return { key: row.slice(0, keyCount), figures, extras: row.slice(keyCount + counted) };
  });
}

/** The sums of several groups together. Distinct counts and percentiles do not add up and are left out. */
export function addFigures(parts: readonly Figures[], wanted: Pick<Wanted, 'sums'>): Map<string, bigint> {
  return new Map(wanted.sums.map((s) => [s.name, parts.reduce((all, p) => all + (p.get(s.name) ?? 0n), 0n)]));
}

/** The sums of `whole` without those of `parts`. */
export function subtractFigures(whole: Figures, parts: readonly Figures[], wanted: Pick<Wanted, 'sums'>): Figures {
  const shown = addFigures(parts, wanted);
  return new Map(wanted.sums.map((s) => [s.name, (whole.get(s.name) ?? 0n) - shown.get(s.name)!]));
}

/** The relation of a view as a source. */
export function viewSource(relation: string, where: Sql): Source {
  return { from: made(relation), where };
}
