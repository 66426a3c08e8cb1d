import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HyperLogLog } from '../../base/index.ts';
import { columnOf, type FlowBatch, physicalOf, setWide, VIRTUAL_COLUMNS } from '../../flow/index.ts';
import { SAMPLING_ERROR_SQL } from '../../truth/index.ts';
import { HotTable } from '../hot-table.ts';
import { CUBES, type Cube, HOSTS_ID } from './cubes.ts';
import type { RollupDelta } from './delta.ts';
import { type Traffic, trafficBatch } from './rollup-builder.testing.ts';
import { RollupBuilder } from './rollup-builder.ts';

/** Adds whole batches, and takes a delta wherever the builder is full or `every` batches were added. */
function deltasOf(
  batches: readonly FlowBatch[],
  every: number,
  extras: (batch: number) => boolean = () => true,
): RollupDelta[] {
  const builder = new RollupBuilder();
  const deltas: RollupDelta[] = [];
  batches.forEach((batch, i) => {
    builder.extras(extras(i));
    for (let row = 0; row < batch.rows; ) {
      row = builder.add(batch, row, batch.rows);
      if (row < batch.rows || i % every === every - 1) deltas.push(builder.take());
    }
  });
  deltas.push(builder.take());
  return deltas;
}

const ADDITIVE = [
  'records',
  'flows',
  'unsure',
  'bytes',
  'packets',
  'raw_bytes',
  'raw_packets',
  'sampled_bytes',
  'unknown_bytes',
  'var_bytes',
  'var_packets',
] as const;
const RANGES = {
  min_rate: 'min(sampling)',
  max_rate: 'max(sampling)',
  origins: 'bit_or(1 << sampling_origin)',
} as const;
const SUMS = [
  'count(*)',
  'coalesce(sum(CASE WHEN sampling_origin >= 6 AND sampling > 1 THEN sampling ELSE 1 END) FILTER (WHERE continued <> 2), 0)',
  'count(*) FILTER (WHERE continued = 0)',
  'sum(CAST(raw_bytes AS HUGEINT) * sampling)',
  'sum(CAST(raw_packets AS HUGEINT) * sampling)',
  'sum(raw_bytes)',
  'sum(raw_packets)',
  'sum(CASE WHEN sampling > 1 THEN CAST(raw_bytes AS HUGEINT) * sampling ELSE 0 END)',
  'sum(CASE WHEN sampling_origin = 0 THEN CAST(raw_bytes AS HUGEINT) * sampling ELSE 0 END)',
  SAMPLING_ERROR_SQL.bytes,
  SAMPLING_ERROR_SQL.packets,
];

type Sums = Record<string, number>;
/** By minute and key as text. */
type Table = Map<string, Sums>;

/** Physical names of a cube's keys: numbers (addresses as two) and texts. */
function physicalKeys(cube: Cube): { numbers: string[]; texts: string[] } {
  const numbers: string[] = [];
  const texts: string[] = [];
  for (const key of cube.keys) {
    const virtual = VIRTUAL_COLUMNS.find((v) => v.name === key);
    const isText = (virtual?.type ?? columnOf(key).type) === 'text';
    const names = virtual ? Object.keys(virtual.sql) : physicalOf(columnOf(key)).map((p) => p.name);
    (isText ? texts : numbers).push(...names);
  }
  return { numbers, texts };
}

/** The rows of batches that count as a table `flows`, with the virtual dimensions' SQL. */
async function storeRows(connection: DuckDBConnection, hot: HotTable, batches: readonly FlowBatch[]): Promise<void> {
  const id = hot.add({ parts: batches.map((batch) => ({ batch, rows: batch.rows })) });
  const virtual = VIRTUAL_COLUMNS.flatMap((v) => Object.entries(v.sql).map(([name, sql]) => `${sql} AS "${name}"`));
  await connection.run(`CREATE OR REPLACE TABLE flows AS SELECT *, ${virtual} FROM hot(${id}) WHERE duplicate <> 2`);
  hot.remove(id);
}

/** What DuckDB makes of the same rows. */
async function reference(connection: DuckDBConnection, cube: Cube): Promise<Table> {
  const { numbers, texts } = physicalKeys(cube);
  const keys = [...numbers, ...texts].map((name) => `"${name}"::VARCHAR`);
  const group = [`(time // 60000 * 60000)::VARCHAR`, ...keys];
  const figures = [...SUMS, ...Object.values(RANGES)].map((sql) => `(${sql})::DOUBLE`);
  const sql = `SELECT ${[`concat_ws('|', ${group.join(', ')})`, ...figures].join(', ')} FROM flows GROUP BY ${group.join(', ')}`;
  const rows = (await connection.runAndReadAll(sql)).getRows() as unknown as [string, ...number[]][];
  return new Map(
    rows.map(([key, ...values]) => [
      key,
      Object.fromEntries([...ADDITIVE, ...Object.keys(RANGES)].map((n, i) => [n, values[i]!])),
    ]),
  );
}

interface Held {
  readonly keys: Table;
  readonly rest: Table;
  /** Most rows of keys that one minute has in one delta. */
  readonly most: number;
}

/** A cube's rows of some deltas, added up by minute and key. */
function held(deltas: readonly RollupDelta[], cube: Cube): Held {
  const { numbers, texts } = physicalKeys(cube);
  const keys: Table = new Map();
  const rest: Table = new Map();
  let most = 0;
  for (const delta of deltas) {
    const counts = new Map<number, number>();
    for (let row = 0; row < delta.rows; row++) {
      if (delta.cube[row] !== cube.id) continue;
      const time = delta.time[row]!;
      if (delta.rest[row] === 0) counts.set(time, (counts.get(time) ?? 0) + 1);
      const wide = (k: Uint32Array) => ((BigInt(k[2 * row + 1]!) << 32n) | BigInt(k[2 * row]!)).toString();
      const parts = [
        ...numbers.map((_, i) => wide(delta.keys[i]!)),
        ...texts.map((_, i) => delta.texts[delta.textKeys[i]![row]!]!),
      ];
      const into = delta.rest[row] === 1 ? rest : keys;
      const name = [String(time), ...(delta.rest[row] === 1 ? [] : parts)].join('|');
      const sums = into.get(name) ?? { min_rate: Number.POSITIVE_INFINITY };
      into.set(name, sums);
      for (const [figure, values] of delta.figures) {
        const value = values[row]!;
        if (figure === 'min_rate') sums[figure] = Math.min(sums[figure]!, value);
        else if (figure === 'max_rate') sums[figure] = Math.max(sums[figure] ?? 0, value);
        else if (figure === 'origins') sums[figure] = (sums[figure] ?? 0) | value;
        else sums[figure] = (sums[figure] ?? 0) + value;
      }
    }
    most = Math.max(most, ...counts.values());
  }
  return { keys, rest, most };
}

function totalOf(tables: readonly Table[], figure: string): number {
  return tables.reduce((sum, table) => [...table.values()].reduce((s, sums) => s + (sums[figure] ?? 0), sum), 0);
}

const traffic: fc.Arbitrary<Traffic> = fc.record({
  seed: fc.nat(),
  rows: fc.oneof(fc.nat(200), fc.integer({ min: 3_000, max: 20_000 })),
  domain: fc.constantFrom(3, 300, 60_000),
  minutes: fc.integer({ min: 1, max: 5 }),
  sampled: fc.boolean(),
  labelled: fc.boolean(),
});

/** More hosts than there are places: most are kept out of the tables of addresses, in the minutes that have room for that. */
const crowd = (minutes: number) => {
  const sampled = minutes > 2;
  const batch: Traffic = { seed: minutes, rows: 40_000, domain: 1_000_000, minutes, sampled, labelled: true };
  return { all: [batch], every: 1, off: 1 };
};

describe('cubes of history', () => {
  it('have equal totals, and each key its sum or at most its error bound less', async () => {
    const database = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await database.connect();
    const hot = new HotTable();
    hot.register(connection);
    const runs = fc.record({
      all: fc.array(traffic, { minLength: 1, maxLength: 3 }),
      every: fc.integer({ min: 1, max: 3 }),
      off: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ all, every, off }) => {
        const batches = all.map(trafficBatch);
        const deltas = deltasOf(batches, every, (batch) => batch !== off);
        await storeRows(connection, hot, batches);
        for (const cube of CUBES) {
          const truth = await reference(connection, cube);
          const { keys, rest, most } = held(deltas, cube);
          expect(most).toBeLessThanOrEqual(cube.bound[0]);
          for (const figure of ADDITIVE) {
            const exact = totalOf([truth], figure);
            const kept = totalOf([keys, rest], figure);
            if (figure.startsWith('var')) expect(Math.abs(kept - exact)).toBeLessThanOrEqual(1e-9 * exact);
            else expect(kept, `${figure} of ${cube.name}`).toBe(exact);
          }
          const wrong = [...truth].filter(
            ([key, sums]) => !within(sums, keys.get(key), rest.get(key.split('|', 1)[0]!)),
          );
          expect(wrong, cube.name).toEqual([]);
          expect([...keys.keys()].filter((key) => !truth.has(key))).toEqual([]);
        }
      }),
      { numRuns: 6, examples: [2, 7].map((minutes) => [crowd(minutes)] as const) },
    );
    connection.closeSync();
    database.closeSync();
  }, 360_000);
});

/** What is kept of a key lies in [truth - floor + known, truth]; all of it where nothing was left out. */
function within(truth: Sums, kept: Sums | undefined, rest: Sums | undefined): boolean {
  for (const metric of ['bytes', 'packets', 'flows']) {
    const sum = kept?.[metric] ?? 0;
    const missing = (rest?.[`floor_${metric}`] ?? 0) - (kept?.[`known_${metric}`] ?? 0);
    if (missing < 0 || truth[metric]! < sum || truth[metric]! > sum + missing) return false;
  }
  return rest !== undefined || Object.keys(RANGES).every((range) => kept?.[range] === truth[range]);
}

const PLAIN: Traffic = { seed: 1, rows: 10, domain: 3, minutes: 1, sampled: false, labelled: false };

describe('what the builder refuses or cuts', () => {
  it('a record of impossible size is held at 2^50 and counted; sums of a delta stay below 2^53', () => {
    const batch = trafficBatch({ ...PLAIN, rows: 20 });
    for (let row = 0; row < 20; row++) batch.u32('raw_bytes').fill(0xffff_ffff, 2 * row, 2 * row + 2);
    const builder = new RollupBuilder();
    let row = builder.add(batch, 0, 20);
    expect(row).toBe(4);
    expect(builder.full).toBe(true);
    expect(builder.add(batch, row, 20)).toBe(row);
    let bytes = 0;
    for (;;) {
      const sums = held([builder.take()], CUBES[0]!);
      expect(totalOf([sums.keys], 'bytes')).toBeLessThanOrEqual(2 ** 52);
      bytes += totalOf([sums.keys], 'bytes');
      if (row === 20) break;
      row = builder.add(batch, row, 20);
    }
    expect(bytes).toBe(20 * 2 ** 50);
    expect(builder.clamped).toBe(20);
  });

  it('times all over the place make it full, not large; each record is in the minute of its time', () => {
    const batch = trafficBatch({ ...PLAIN, rows: 5_000 });
    for (let row = 0; row < 5_000; row++) setWide(batch.u32('time'), row, row * 3_600_000);
    const deltas = deltasOf([batch], 1);
    expect(deltas.length).toBeGreaterThanOrEqual(5);
    const { keys } = held(deltas, CUBES[0]!);
    expect(keys.size).toBe(5_000);
    expect(totalOf([keys], 'records')).toBe(5_000);
  });

  it('rows are ordered by hour, then cube, then minute', () => {
    const delta = deltasOf([trafficBatch({ ...PLAIN, rows: 3_000, minutes: 5, labelled: true })], 2)[0]!;
    const place = (row: number) => [Math.floor(delta.time[row]! / 3_600_000), delta.cube[row]!, delta.time[row]!];
    const order = Array.from({ length: delta.rows }, (_, row) => place(row));
    const sorted = [...order].sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!);
    expect(order).toEqual(sorted);
    expect(new Set(order.map(([hour]) => hour)).size).toBe(2);
  });

  it('without extras their rows are in the rest, and the others are as before', () => {
    const batch = trafficBatch({ ...PLAIN, rows: 2_000 });
    const deltas = deltasOf([batch], 1, () => false);
    const addresses = CUBES.find((cube) => cube.name === 'src_addr')!;
    const { keys, rest } = held(deltas, addresses);
    expect(keys.size).toBe(0);
    const bytes = totalOf([held(deltas, CUBES[0]!).keys], 'bytes');
    expect([totalOf([rest], 'bytes'), totalOf([rest], 'floor_bytes')]).toEqual([bytes, bytes]);
    expect(held(deltas, CUBES.find((cube) => cube.name === 'src_as')!).rest.size).toBe(0);
  });
});

describe('hosts out and in', () => {
  it('are the home ends of what crossed the border, in total and by site, by 5 minutes', () => {
    const batch = trafficBatch({ ...PLAIN, seed: 3, rows: 20_000, domain: 3_000, minutes: 5, labelled: true });
    const truth = new Map<string, Set<string>>();
    const texts = { src: batch.textsOf('src_site'), dst: batch.textsOf('dst_site') };
    for (let row = 0; row < batch.rows; row++) {
      const direction = batch.u8('direction')[row]!;
      if ((direction !== 1 && direction !== 2) || batch.u8('duplicate')[row] === 2) continue;
      const end = direction === 2 ? 'src' : 'dst';
      const bucket = Math.floor((batch.u32('time')[2 * row + 1]! * 2 ** 32 + batch.u32('time')[2 * row]!) / 300_000);
      const site = texts[end][batch.u32(`${end}_site`)[row]!]!;
      const words = [batch.u32(`${end}_hi`), batch.u32(`${end}_lo`)].flatMap((w) => [w[2 * row], w[2 * row + 1]]);
      for (const name of [`whole`, `site ${site}`]) {
        const key = `${bucket * 300_000} ${end} ${name}`;
        truth.set(key, (truth.get(key) ?? new Set()).add(words.join(' ')));
      }
    }
    const delta = deltasOf([batch], 2)[0]!;
    const found = new Set<string>();
    for (let row = 0; row < delta.rows; row++) {
      if (delta.cube[row] !== HOSTS_ID) continue;
      const site = delta.keys[1]![2 * row] === 1 ? 'whole' : `site ${delta.texts[delta.textKeys[0]![row]!]}`;
      const key = `${delta.time[row]} ${delta.keys[0]![2 * row] === 0 ? 'src' : 'dst'} ${site}`;
      found.add(key);
      const sketch = HyperLogLog.decode(Buffer.from(delta.sketches[delta.sketch[row]!]!, 'base64'));
      const hosts = truth.get(key)?.size ?? 0;
      expect(Math.abs(sketch.estimate() - hosts)).toBeLessThanOrEqual(0.03 * hosts);
    }
    expect([...found].sort()).toEqual([...truth.keys()].sort());
    expect(new Set([...found].map((key) => key.split(' ')[0])).size).toBe(2);
  });
});
