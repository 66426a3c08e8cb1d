import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import { type FlowBatch, setWide } from '../../flow/index.ts';
import type { DuckReader } from '../duck-reader.ts';
import { LocalStore } from '../local-store.ts';
import { type ManifestState, readManifest, writeManifest } from '../manifest.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store.testing.ts';
import { rawSumsByKey, sumsByKey } from './cube-sums.testing.ts';
import { LEVELS } from './cubes.ts';
import { looking, mixedBatch, seeded, tilesOf } from './history.testing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** From before 1970 to after 2038. */
const FIFTY_YEARS = { from: -5 * 365 * DAY, to: T0 + 15 * 365 * DAY };
const EVER = { from: -(2 ** 50), to: 2 ** 50 };
let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;
let reader: DuckReader;

beforeEach(async () => {
  temp = tempRoot();
  clock = new ManualClock(T0);
  await open();
});

afterEach(async () => {
  await close();
  temp.remove();
});

async function open(): Promise<void> {
  store = await LocalStore.open(storeOptions(temp.root, clock));
  reader = await readerOf(store);
}

async function close(): Promise<void> {
  await reader.close();
  await store.close();
}

const manifest = (): ManifestState => readManifest(store.layout.manifest);

function received(batch: FlowBatch): FlowBatch {
  for (let row = 0; row < batch.rows; row++) setWide(batch.u32('received'), row, clock.now());
  return batch;
}

/** Records of the hour before, and between them some whose times are anything. */
function mixed(usual: number, scattered: number, seed: number): FlowBatch[] {
  const random = seeded(seed);
  const near = mixedBatch(usual, { from: clock.now() - HOUR, to: clock.now() }, random);
  for (let i = 0; i < scattered; i++) {
    const { from, to } = FIFTY_YEARS;
    setWide(near.u32('time'), Math.floor((i * usual) / scattered), Math.floor(from + random() * (to - from)));
  }
  return [received(near), received(mixedBatch(scattered, FIFTY_YEARS, random))];
}

async function allSame(): Promise<void> {
  await looking(
    reader,
    async (view) => {
      const raw = await rawSumsByKey(view);
      for (const level of LEVELS)
        expect([level, await sumsByKey(view, tilesOf(view, level, EVER))]).toEqual([level, raw]);
    },
    EVER,
  );
}

test.each([
  ['live', 'a.journal'],
  ['imported', null],
])(
  '%s records of random times over fifty years: few files, at once, and every answer is that of the records',
  async (_, journal) => {
    for (let i = 0; i < 4; i++) {
      for (const batch of mixed(5_000, 2_500, i)) put(store, batch, clock.now(), journal);
      await store.flush();
      clock.advance(5 * 60_000);
    }
    clock.advance(2 * HOUR);
    const started = performance.now();
    await store.makeHistory();
    expect(performance.now() - started).toBeLessThan(20_000);
    const { rollups, dirtyHours, segments } = manifest();
    // Some of the random times are of these days.
    for (const hour of dirtyHours) expect(Math.abs(hour - clock.now())).toBeLessThan(4 * DAY);
    expect(dirtyHours.length).toBeLessThan(30);
    expect(rollups.length).toBeLessThan(100);
    expect(segments.map((s) => [s.rolled === true, s.far === true])).toEqual(
      Array.from({ length: 4 }, () => [
        [true, false],
        [false, true],
      ]).flat(),
    );
    expect(segments.reduce((n, s) => n + s.rows, 0)).toBe(4 * 7_500);
    await allSame();
    clock.advance(HOUR);
    await store.compact();
    expect(manifest().segments.map((s) => [s.rolled === true, s.far === true])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(manifest().segments[1]!.rows).toBeGreaterThan(4 * 4_900);
    await allSame();
    await close();
    rmSync(store.layout.manifest);
    await open();
    await store.makeHistory();
    expect(manifest().segments.map((s) => s.far === true)).toEqual([false, true]);
    await allSame();
  },
  120_000,
);

test('a capture of a month, long ago, is history, however few records it has', async () => {
  const from = T0 - 400 * DAY;
  put(store, received(mixedBatch(40, { from, to: from + 31 * DAY }, seeded(1))), clock.now());
  await store.flush();
  await store.settleHistory();
  expect(manifest()).toMatchObject({ segments: [{ rolled: true }], dirtyHours: [], dirtyDays: [] });
  await allSame();
});

test('a segment that an earlier version wrote with times of all kinds stays records', async () => {
  put(store, received(mixedBatch(2_000, { from: 0, to: T0 }, seeded(1))), clock.now());
  await store.flush();
  await close();
  const { segments, ...rest } = manifest();
  writeManifest(store.layout.manifest, { ...rest, segments: segments.map(({ far: _, ...s }) => s) });
  await open();
  await store.makeHistory();
  expect(manifest()).toMatchObject({ segments: [{ far: true }], rollups: [], dirtyHours: [] });
});

test('records of times far off neither keep others nor say that others are gone', async () => {
  await close();
  store = await LocalStore.open(storeOptions(temp.root, clock, { retention: { ageMs: DAY, bytes: null } }));
  reader = await readerOf(store);
  for (const batch of mixed(1_000, 500, 9)) put(store, batch, clock.now(), 'a.journal');
  await store.flush();
  await store.makeHistory();
  clock.advance(2 * DAY);
  await store.tick();
  const { segments, expired } = manifest();
  expect(segments).toEqual([]);
  expect(expired).toMatchObject({ rows: 1_500, until: expect.any(Number) });
  expect(expired.until).toBeLessThanOrEqual(T0);
});
