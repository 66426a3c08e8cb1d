import { columns, FlowBatch, setWide } from '../../flow/index.ts';
import type { DuckReader } from '../duck-reader.ts';
import type { Tile, TimeRange, View } from '../reader.ts';
import type { Level } from './cubes.ts';

const EVERYTHING = { from: 0, to: Date.UTC(2100, 0) };

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
