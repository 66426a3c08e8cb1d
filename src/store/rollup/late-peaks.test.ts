import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import { setWide } from '../../flow/index.ts';
import type { DuckReader } from '../duck-reader.ts';
import { LocalStore } from '../local-store.ts';
import { readManifest } from '../manifest.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store.testing.ts';
import { rawSumsByKey, sumsByKey } from './cube-sums.testing.ts';
import { CUBES, LEVELS } from './cubes.ts';
import { looking, mixedBatch, seeded, tilesOf } from './history.testing.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = T0 - (T0 % DAY);
/** Hours that are imported, from 20 days ago on; commits cut minutes in two. */
const HOURS = 6;
const BUDGET = { timeoutMs: 60_000 };
let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;
let reader: DuckReader;

/** Rows of 1 min go after two days. */
beforeEach(async () => {
  temp = tempRoot();
  clock = new ManualClock(START + 20 * DAY);
  const retention = { ageMs: null, bytes: null, levels: { 60000: { ageMs: 2 * DAY, bytes: null } } };
  store = await LocalStore.open(storeOptions(temp.root, clock, { retention }));
  reader = await readerOf(store);
});

afterEach(async () => {
  await reader.close();
  await store.close();
  temp.remove();
});

/** Records in the order of their time, 12 a minute, all of one system. */
async function write(from: number, to: number, seed: number): Promise<void> {
  const rows = Math.round((12 * (to - from)) / MINUTE);
  const batch = mixedBatch(rows, { from, to }, seeded(seed), 1);
  for (let i = 0; i < rows; i++) setWide(batch.u32('received'), i, clock.now());
  put(store, batch, clock.now());
  await store.flush();
}

async function samePeaks(): Promise<void> {
  await looking(reader, async (view) => {
    const raw = await rawSumsByKey(view);
    for (const level of LEVELS) expect([level, await sumsByKey(view, tilesOf(view, level))]).toEqual([level, raw]);
    for (const cube of CUBES.filter(({ name }) => name === 'total' || name === 'protocol'))
      for (const level of LEVELS.slice(1)) {
        const keys = cube.keys.map((key) => `${key}, `).join('');
        const all = { from: START, to: START + 19 * DAY };
        const peaks = `SELECT ${keys}"time" - "time" % ${level}, max(bytes), max(packets), max(flows) FROM (
          SELECT ${keys}"time" - "time" % ${MINUTE} AS "time", sum(bytes) AS bytes, sum(packets) AS packets, sum(flows) AS flows
          FROM ${view.history!.relation(cube, [{ level: 'raw', ...all }])} GROUP BY ALL) GROUP BY ALL ORDER BY ALL`;
        const stored = `SELECT ${keys}"time", peak_bytes, peak_packets, peak_flows FROM ${view.history!.relation(cube, [{ level, ...all }])} ORDER BY ALL`;
        const [is, should] = [await view.run(stored, [], BUDGET), await view.run(peaks, [], BUDGET)];
        expect([cube.name, level, is.rows.map(String)]).toEqual([cube.name, level, should.rows.map(String)]);
      }
  });
}

const minutes = () => readManifest(store.layout.manifest).rollups.filter((r) => r.level === MINUTE);

test.each([
  ['all at once', 0],
  ['with hours that are settled in between', 11 * MINUTE],
])(
  'an import %s of a time whose minutes have expired has the peaks of the records',
  async (_, wait) => {
    // Half a minute before the end of each hour, and in the middle of it.
    const cuts = Array.from({ length: 2 * HOURS }, (__, i) => START + (i + 1) * (HOUR / 2) - MINUTE / 2);
    let from = START;
    for (const [i, to] of cuts.entries()) {
      await write(from, to, i);
      from = to;
      if (wait === 0) await store.makeHistory();
      for (let tick = 0; tick < 8; tick++) {
        clock.advance(wait / 8);
        await store.tick();
      }
    }
    await store.settleHistory();
    await samePeaks();
    // They go when nothing comes any more.
    clock.advance(HOUR);
    await store.tick();
    expect(minutes()).toEqual([]);
    await samePeaks();
  },
  120_000,
);

test('late rows that come in several commits after their minutes have gone are added up by minute', async () => {
  await write(START + 5 * HOUR, START + 6 * HOUR, 1);
  await store.settleHistory();
  clock.advance(HOUR);
  await store.tick();
  expect(minutes()).toEqual([]);
  for (let part = 0; part < 3; part++) {
    await write(START, START + HOUR, 5 + part);
    await store.makeHistory();
  }
  expect(minutes()).toHaveLength(3);
  await store.settleHistory();
  expect(minutes()).toEqual([]);
  await samePeaks();
});
