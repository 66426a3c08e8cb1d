import { columns, FlowBatch, setWide } from '../../flow/index.ts';
import type { DuckReader } from '../duck-reader.ts';
import type { Tile, TimeRange, View } from '../reader.ts';
import { quote } from '../relation.ts';
import { keysOf } from './cube-keys.ts';
import { CUBES, type Level } from './cubes.ts';
import { SUM_COLUMNS } from './history-columns.ts';

const EVERYTHING = { from: 0, to: Date.UTC(2100, 0) };
const BUDGET = { timeoutMs: 60_000 };

/** The same numbers in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Records of many kinds with `time` in [from, to). */
export function mixedBatch(rows: number, { from, to }: TimeRange, random: () => number, systems = 9): FlowBatch {
  const batch = new FlowBatch(
    rows,
    columns.map((c) => c.name),
  );
  const below = (n: number) => Math.floor(random() * n);
  const sites = ['', 'berlin', 'lima', 'oslo'];
  batch.texts = { src_site: sites, dst_site: sites, application: ['', 'dns', 'ssh'], host: ['', 'a'] };
  for (let i = 0; i < rows; i++) {
    const time = from + below(to - from);
    for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), i, time);
    setWide(batch.u32('raw_bytes'), i, 40 + below(100_000));
    setWide(batch.u32('raw_packets'), i, 1 + below(50));
    batch.u32('sampling')[i] = [1, 1, 100][below(3)]!;
    batch.u8('sampling_origin')[i] = below(5);
    batch.u8('protocol')[i] = [6, 17, 1][below(3)]!;
    batch.u8('continued')[i] = below(3);
    batch.u8('direction')[i] = below(5);
    batch.u16('src_port')[i] = [0, 443, 1024 + below(50)][below(3)]!;
    batch.u16('dst_port')[i] = [53, 22, 2048 + below(50)][below(3)]!;
    for (const end of ['src', 'dst']) {
      batch.u32(`${end}_lo`).set([0x0a000000 + below(2000), 0xffff], 2 * i);
      batch.u32(`${end}_site`)[i] = below(4);
      batch.u32(`${end}_as`)[i] = 64_500 + below(systems);
    }
    batch.u32('exporter_lo').set([0xc0000201 + below(2), 0xffff], 2 * i);
    batch.u32('in_if')[i] = below(4);
    batch.u32('out_if')[i] = below(4);
    batch.u32('application')[i] = below(3);
    batch.u32('host')[i] = below(2);
  }
  batch.rows = rows;
  return batch;
}

/** A view of all, given to `look` and then back. */
export async function looking<T>(reader: DuckReader, look: (view: View) => Promise<T>, range = EVERYTHING): Promise<T> {
  const view = await reader.view(range);
  try {
    return await look(view);
  } finally {
    view.release();
  }
}

/** The parts that a level covers as its tiles, and records in between. */
export function tilesOf(view: View, level: Level, range: TimeRange = EVERYTHING): Tile[] {
  const tiles: Tile[] = [];
  let { from } = range;
  for (const part of view.history!.covered(level)) {
    if (part.from > from) tiles.push({ level: 'raw', from, to: part.from });
    tiles.push({ level, ...part });
    from = part.to;
  }
  if (from < range.to) tiles.push({ level: 'raw', from, to: range.to });
  return tiles;
}

/** By cube: its sums by key, as history has them over tiles. */
export async function sumsByKey(view: View, tiles: readonly Tile[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const cube of CUBES)
    found[cube.name] = await sums(
      view,
      view.history!.relation(cube, tiles),
      keysOf(cube).map((k) => k.name),
    );
  return found;
}

/** The same, as the records have them. */
export async function rawSumsByKey(view: View): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  const scaled = (column: string) => `CAST(${column} AS BIGINT) * sampling`;
  const relation = `(SELECT *, 1 AS records, CASE WHEN continued = 2 THEN 0 ELSE 1 END AS flows, CASE WHEN continued = 0 THEN 1 ELSE 0 END AS unsure,
    ${scaled('raw_bytes')} AS bytes, ${scaled('raw_packets')} AS packets, CASE WHEN sampling > 1 THEN ${scaled('raw_bytes')} ELSE 0 END AS sampled_bytes,
    CASE WHEN sampling_origin = 0 THEN ${scaled('raw_bytes')} ELSE 0 END AS unknown_bytes FROM ${view.relation})`;
  for (const cube of CUBES)
    found[cube.name] = await sums(
      view,
      relation,
      keysOf(cube).map((k) => k.name),
    );
  return found;
}

async function sums(view: View, relation: string, keys: readonly string[]): Promise<string[]> {
  const names = [...keys.map(quote), ...SUM_COLUMNS.map((s) => `sum(${quote(s)})`)];
  const group = keys.length > 0 ? `GROUP BY ${keys.map(quote).join(', ')} ORDER BY ALL` : '';
  const { rows } = await view.run(`SELECT ${names.join(', ')} FROM ${relation} ${group}`, [], BUDGET);
  return rows.map((row) => row.join(' '));
}
