import type { Tile, View } from '../reader.ts';
import { quote } from '../relation.ts';
import { keysOf } from './cube-keys.ts';
import { CUBES, type Cube } from './cubes.ts';
import { SUM_COLUMNS } from './history-columns.ts';

const BUDGET = { timeoutMs: 60_000 };
const SUMS = SUM_COLUMNS.map((s) => `sum(${quote(s)})`).join(', ');
const STORED = ['k0', 'k1', 'k2', 't0', 't1'];
const KEYS = [...new Set(CUBES.flatMap((cube) => keysOf(cube).map((k) => k.name)))];
const KEY_NAMES = KEYS.map(quote).join(', ');

/** By cube the sums of its keys, each as a line `key words, sums`. */
export type CubeSums = Record<string, string[]>;

/**
 * By cube: its sums by key, as history has them over tiles. Cubes with the same sources are read together: forty statements would open and plan these forty times.
 */
export async function sumsByKey(view: View, tiles: readonly Tile[]): Promise<CubeSums> {
  const sums = new Lines();
  for (const [relation, cubes] of alikeSources(view, tiles)) {
    await addLevels(sums, view, relation, cubes);
    await addRecords(sums, view, `${relation} WHERE NOT rolled`, cubes);
  }
  return sums.all();
}

/** The same, as the records have them. */
export async function rawSumsByKey(view: View): Promise<CubeSums> {
  const scaled = (column: string) => `CAST(${column} AS BIGINT) * sampling`;
  const relation = `(SELECT *, 1 AS records, CASE WHEN continued = 2 THEN 0 ELSE 1 END AS flows, CASE WHEN continued = 0 THEN 1 ELSE 0 END AS unsure,
    ${scaled('raw_bytes')} AS bytes, ${scaled('raw_packets')} AS packets, CASE WHEN sampling > 1 THEN ${scaled('raw_bytes')} ELSE 0 END AS sampled_bytes,
    CASE WHEN sampling_origin = 0 THEN ${scaled('raw_bytes')} ELSE 0 END AS unknown_bytes FROM ${view.relation})`;
  const sums = new Lines();
  await addRecords(sums, view, relation, CUBES);
  return sums.all();
}

/** What history reads for cubes, each statement with those that have it in common: with the keys of files where rows are `rolled`, and those of records. */
function alikeSources(view: View, tiles: readonly Tile[]): [string, Cube[]][] {
  const found = new Map<string, Cube[]>();
  for (const cube of CUBES) {
    const sql = view.history!.relation({ ...cube, keys: [] }, tiles);
    if (!sql.includes(' FROM ')) continue;
    const relation = sql
      .replaceAll(`WHERE cube = ${cube.id} AND`, 'WHERE')
      .replaceAll('SELECT "time", rest', `SELECT true AS rolled, cube, ${STORED}, ${nulls(KEYS)}, "time", rest`)
      .replaceAll(
        'SELECT "time", false AS rest',
        `SELECT false AS rolled, ${nulls(['cube', ...STORED])}, ${KEY_NAMES}, "time", false AS rest`,
      );
    const alike = found.get(relation);
    if (alike) alike.push(cube);
    else found.set(relation, [cube]);
  }
  return [...found];
}

const nulls = (names: readonly string[]) => names.map((name) => `NULL AS ${quote(name)}`).join(', ');

async function addLevels(sums: Lines, view: View, relation: string, cubes: readonly Cube[]): Promise<void> {
  const byId = new Map(cubes.map((cube) => [cube.id, cube]));
  const sql = `SELECT cube, ${STORED}, ${SUMS} FROM ${relation} WHERE rolled AND cube IN (${[...byId.keys()]}) GROUP BY cube, ${STORED}`;
  for (const [id, ...row] of (await view.run(sql, [], BUDGET)).rows) {
    const cube = byId.get(Number(id))!;
    const words = keysOf(cube).map((key) => row[STORED.indexOf(key.stored)]);
    sums.add(cube, words, row.slice(STORED.length));
  }
}

async function addRecords(sums: Lines, view: View, relation: string, cubes: readonly Cube[]): Promise<void> {
  const sets = cubes.map((cube) => keysOf(cube).map((k) => k.name));
  const cubeOf = new Map(sets.map((set, i) => [groupingOf(set), cubes[i]!]));
  const list = sets.map((set) => `(${set.map(quote)})`);
  const sql = `SELECT GROUPING(${KEY_NAMES}), ${KEY_NAMES}, ${SUMS} FROM ${relation} GROUP BY GROUPING SETS (${list})`;
  for (const [grouping, ...row] of (await view.run(sql, [], BUDGET)).rows) {
    const cube = cubeOf.get(Number(grouping))!;
    const words = keysOf(cube).map((key) => row[KEYS.indexOf(key.name)]);
    sums.add(cube, words, row.slice(KEYS.length));
  }
}

/** What GROUPING says of a set: a bit for each key that is not in it, the last key's the lowest. */
function groupingOf(set: readonly string[]): number {
  return KEYS.reduce((bits, name) => 2 * bits + (set.includes(name) ? 0 : 1), 0);
}

/** Sums of what comes in parts, by cube and key. */
class Lines {
  private readonly cubes = new Map(CUBES.map((cube) => [cube.name, new Map<string, bigint[]>()]));

  add(cube: Cube, words: readonly unknown[], sums: readonly unknown[]): void {
    // The empty set of keys gives a row where there is none.
    if (sums[0] === null) return;
    const lines = this.cubes.get(cube.name)!;
    const key = words.map((word) => `${word ?? ''} `).join('');
    const before = lines.get(key);
    lines.set(
      key,
      sums.map((sum, i) => BigInt(sum as bigint) + (before?.[i] ?? 0n)),
    );
  }

  all(): CubeSums {
    const lines = (of: ReadonlyMap<string, bigint[]>) => [...of].map(([key, sums]) => key + sums.join(' ')).sort();
    return Object.fromEntries([...this.cubes].map(([name, of]) => [name, lines(of)]));
  }
}
