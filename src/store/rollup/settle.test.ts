import { describe, expect, test } from 'vitest';
import { LocalStore } from '../local-store.ts';
import { type RollupEntry, readManifest } from '../manifest.ts';
import type { View } from '../reader.ts';
import { quote } from '../relation.ts';
import { put, readerOf, storeOfEachTest, storeOptions, T0 } from '../store.testing.ts';
import { keysOf } from './cube-keys.ts';
import { rawSumsByKey, sumsByKey } from './cube-sums.testing.ts';
import { CUBES, LEVELS } from './cubes.ts';
import { looking, mixedBatch, seeded, tilesOf } from './history.testing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const [MINUTE, FIVE, ONE_HOUR, ONE_DAY] = LEVELS;
const BUDGET = { timeoutMs: 60_000 };

const own = storeOfEachTest();

async function write(rows: number, from: number, to: number, seed: number): Promise<void> {
  put(own.store, mixedBatch(rows, { from, to }, seeded(seed)), own.clock.now());
  await own.store.flush();
  await own.store.makeHistory();
}

/** Each level, with finer ones and records where it has nothing, gives what the records give. */
async function allSame(levels: readonly (typeof LEVELS)[number][] = LEVELS): Promise<void> {
  await looking(own.reader, async (view) => {
    const raw = await rawSumsByKey(view);
    for (const level of levels) expect([level, await sumsByKey(view, tilesOf(view, level))]).toEqual([level, raw]);
  });
}

const covers = (view: View, level: (typeof LEVELS)[number], at: number) =>
  view.history!.covered(level).some((r) => r.from <= at && r.to > at);

describe('an hour', () => {
  test('has rows of 5 min and 1 h ten minutes after its end, with the largest minutes as peaks', async () => {
    await write(2_000, T0, T0 + HOUR, 1);
    at(T0 + HOUR + 599_000);
    await own.store.makeHistory();
    await looking(own.reader, async (view) => expect(covers(view, FIVE, T0)).toBe(false));
    own.clock.advance(1_000);
    await own.store.makeHistory();
    await looking(own.reader, async (view) => {
      for (const level of [FIVE, ONE_HOUR]) {
        expect(covers(view, level, T0)).toBe(true);
        expect(view.history!.cost(CUBES[0]!, level, { from: T0, to: T0 + HOUR })).toEqual({
          rows: HOUR / level,
          exact: true,
        });
        const exporter = CUBES.find((c) => c.name === 'exporter')!;
        const peaks = `SELECT "time" - "time" % ${level} AS bucket, exporter_lo, max(bytes), max(packets), max(flows) FROM (
          SELECT "time" - "time" % 60000 AS "time", exporter_lo, sum(bytes) AS bytes, sum(packets) AS packets, sum(flows) AS flows
          FROM ${view.history!.relation(exporter, [{ level: 'raw', from: 0, to: T0 + DAY }])} GROUP BY ALL) GROUP BY ALL ORDER BY ALL`;
        const stored = `SELECT "time", exporter_lo, peak_bytes, peak_packets, peak_flows FROM ${view.history!.relation(exporter, [{ level, from: T0, to: T0 + HOUR }])} ORDER BY ALL`;
        expect((await view.run(stored, [], BUDGET)).rows.map(String)).toEqual(
          (await view.run(peaks, [], BUDGET)).rows.map(String),
        );
      }
      expect(covers(view, ONE_DAY, T0)).toBe(false);
    });
    await allSame();
  });

  test('that late rows come to is made again, and a view of before stays readable', async () => {
    await write(1_000, T0, T0 + HOUR, 2);
    at(T0 + 2 * HOUR);
    await own.store.makeHistory();
    await looking(own.reader, async (before) => {
      const first = await sumsByKey(before, tilesOf(before, ONE_HOUR));
      await write(500, T0 + 600_000, T0 + HOUR, 3);
      await looking(own.reader, async (view) => expect(covers(view, ONE_HOUR, T0)).toBe(false));
      await allSame();
      own.clock.advance(60_000);
      await own.store.makeHistory();
      await looking(own.reader, async (view) => expect(covers(view, ONE_HOUR, T0)).toBe(true));
      await allSame();
      expect(await sumsByKey(before, tilesOf(before, ONE_HOUR))).toEqual(first);
    });
  });
});

test('a bucket with more keys than its bound: totals stay, and what a key may miss is certain', async () => {
  const cube = CUBES.find((c) => c.name === 'as-pair')!;
  for (let part = 0; part < 3; part++) {
    put(own.store, mixedBatch(6_000, { from: T0, to: T0 + 300_000 }, seeded(part), 60), own.clock.now());
    await own.store.flush();
    await own.store.makeHistory();
  }
  at(T0 + 2 * HOUR);
  await own.store.makeHistory();
  await looking(own.reader, async (view) => {
    const raw = `SELECT src_as, dst_as, sum(bytes) AS bytes, sum(packets) AS packets, sum(flows) AS flows FROM ${view.history!.relation(cube, [{ level: 'raw', from: 0, to: T0 + DAY }])} GROUP BY ALL`;
    for (const level of [MINUTE, FIVE, ONE_HOUR]) {
      const relation = view.history!.relation(cube, [{ level, from: T0, to: T0 + HOUR }]);
      const all = (sql: string) =>
        view.run(`SELECT sum(bytes), sum(packets), sum(flows), count(*) FROM ${sql}`, [], BUDGET);
      const [history, records] = [(await all(relation)).rows[0]!, (await all(`(${raw})`)).rows[0]!];
      expect(history.slice(0, 3)).toEqual(records.slice(0, 3));
      const buckets = `SELECT max(keys) FROM (SELECT count(*) FILTER (WHERE NOT rest) AS keys FROM ${relation} GROUP BY "time")`;
      expect(Number((await view.run(buckets, [], BUDGET)).rows[0]![0])).toBeLessThanOrEqual(
        cube.bound[LEVELS.indexOf(level)]!,
      );
      for (const metric of ['bytes', 'packets', 'flows']) {
        const sql = `WITH history AS (FROM ${relation}), floor AS (SELECT sum(floor_${metric}) AS most FROM history),
          keys AS (SELECT src_as, dst_as, sum(${metric}) AS least, sum(known_${metric}) AS known FROM history WHERE NOT rest GROUP BY ALL)
          SELECT count(*), count(*) FILTER (WHERE truth.${metric} < coalesce(least, 0)), count(*) FILTER (WHERE truth.${metric} > coalesce(least, 0) + most - coalesce(known, 0)),
            count(*) FILTER (WHERE truth.${metric} > coalesce(least, 0)) FROM (${raw}) AS truth LEFT JOIN keys USING (src_as, dst_as), floor`;
        const [keys, tooMuch, tooLittle, missing] = (await view.run(sql, [], BUDGET)).rows[0]!.map(Number);
        expect([keys, tooMuch, tooLittle]).toEqual([3_581, 0, 0]);
        expect(missing).toBeGreaterThan(100);
      }
      expect(view.history!.cost(cube, level, { from: T0, to: T0 + HOUR }).exact).toBe(false);
    }
  });
}, 180_000);

test('an hour whose minutes have several deltas beyond the bound is settled in little memory, and bounds hold at every level', async () => {
  await own.reader.close();
  await own.store.close();
  own.store = await LocalStore.open(storeOptions(own.temp.root, own.clock, { writerMemoryBytes: 96 << 20 }));
  own.reader = await readerOf(own.store);
  for (let part = 0; part < 3; part++) {
    put(own.store, mixedBatch(40_000, { from: T0, to: T0 + HOUR }, seeded(part), 60), own.clock.now());
    await own.store.flush();
    await own.store.makeHistory();
  }
  await looking(own.reader, async (view) => expect(await mostKeys(view, 'as-pair', MINUTE)).toBeGreaterThan(512));
  at(T0 + 2 * HOUR);
  await own.store.makeHistory();
  expect(readManifest(own.store.layout.manifest).dirtyHours).toEqual([]);
  await looking(own.reader, async (view) => {
    for (const level of [MINUTE, FIVE, ONE_HOUR]) {
      const totals = new Set<string>();
      for (const cube of CUBES) {
        const relation = view.history!.relation(cube, [{ level, from: T0, to: T0 + HOUR }]);
        const sql = `SELECT sum(records), sum(bytes), sum(packets), sum(flows) FROM ${relation}`;
        totals.add(String((await view.run(sql, [], BUDGET)).rows[0]));
        expect(await mostKeys(view, cube.name, level)).toBeLessThanOrEqual(cube.bound[LEVELS.indexOf(level)]!);
      }
      expect([...totals].length).toBe(1);
      expect([...totals][0]!.split(',')[0]).toBe('120000');
    }
  });
}, 360_000);

/** Keys of the bucket that has most, of the hour from T0 on. */
async function mostKeys(view: View, name: string, level: (typeof LEVELS)[number]): Promise<number> {
  const cube = CUBES.find((c) => c.name === name)!;
  const keys = ['"time"', ...keysOf(cube).map((key) => quote(key.name))].join(', ');
  const relation = view.history!.relation(cube, [{ level, from: T0, to: T0 + HOUR }]);
  const sql = `SELECT max(keys) FROM (SELECT count(*) AS keys FROM (SELECT DISTINCT ${keys} FROM ${relation} WHERE NOT rest) GROUP BY "time")`;
  return Number((await view.run(sql, [], BUDGET)).rows[0]![0]);
}

test('three days: each level gives what the records give, and files are few', async () => {
  const start = T0 - (T0 % DAY) + DAY;
  at(start);
  for (let hour = 0; hour < 76; hour += 4) {
    at(start + (hour + 4) * HOUR);
    await write(480, start + hour * HOUR, start + (hour + 4) * HOUR, hour);
  }
  own.clock.advance(20 * 60_000);
  await own.store.makeHistory();
  await looking(own.reader, async (view) => {
    for (let day = 0; day < 3; day++) expect(covers(view, ONE_DAY, start + day * DAY)).toBe(true);
    expect(covers(view, ONE_DAY, start + 3 * DAY)).toBe(false);
    expect(view.history!.cost(CUBES[0]!, ONE_DAY, { from: start, to: start + 3 * DAY })).toEqual({
      rows: 3,
      exact: true,
    });
  });
  await allSame();
  const byLevel = LEVELS.map((level) => rollups().filter((r) => r.level === level).length);
  expect(byLevel).toEqual([76, 3 + 4, 4, 1]);
}, 360_000);

function rollups(): readonly RollupEntry[] {
  return readManifest(own.store.layout.manifest).rollups;
}

function at(ms: number): void {
  own.clock.advance(ms - own.clock.now());
}
