import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import type { DuckReader } from '../duck-reader.ts';
import { LocalStore } from '../local-store.ts';
import { put, readerOf, storeOptions, T0, tempRoot, totals } from '../store.testing.ts';
import { rawSumsByKey, sumsByKey } from './cube-sums.testing.ts';
import type { writeDelta } from './delta-files.ts';
import { looking, mixedBatch, seeded, tilesOf } from './history.testing.ts';

/** What happens after files of history were written. */
const disk = vi.hoisted(() => ({ after: null as null | ((file: string) => void) }));
vi.mock('./delta-files.ts', async (original) => {
  const files = await original<{ writeDelta: typeof writeDelta }>();
  const write = async (...args: Parameters<typeof writeDelta>) => {
    await files.writeDelta(...args);
    const written = args.at(-1) as { file: string }[];
    disk.after?.(written[0]!.file);
  };
  return { ...files, writeDelta: write };
});

const HOUR = 3_600_000;
let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;
let reader: DuckReader;

beforeEach(async () => {
  temp = tempRoot();
  clock = new ManualClock(T0);
  store = await LocalStore.open(storeOptions(temp.root, clock));
  reader = await readerOf(store);
});

afterEach(async () => {
  disk.after = null;
  await reader.close();
  await store.close();
  temp.remove();
});

test('a file of history that can neither be used nor removed keeps no batch, and history is made again', async () => {
  const stuck: string[] = [];
  disk.after = (file) => {
    // A folder in its place: rm refuses it.
    const path = join(store.layout.rollups, file);
    rmSync(path);
    mkdirSync(path);
    stuck.push(path);
    throw new Error('EIO');
  };
  // Of so many minutes that files are written while rows are added.
  const seen = put(store, mixedBatch(4_000, { from: T0 - 30 * HOUR, to: T0 }, seeded(1)), T0);
  expect(await store.flush()).toBe(true);
  expect(stuck.length).toBeGreaterThan(0);
  expect([seen.recycled, (await totals(reader)).rows]).toEqual([true, 4_000]);
  expect(store.status().failure).toContain('EIO');
  disk.after = null;
  clock.advance(10_000);
  await store.makeHistory();
  clock.advance(HOUR);
  await store.makeHistory();
  expect(store.status().failure).toBeNull();
  await looking(reader, async (view) => {
    expect(view.history!.freshRows).toBe(0);
    const records = await rawSumsByKey(view);
    expect(await sumsByKey(view, tilesOf(view, 3_600_000))).toEqual(records);
  });
}, 180_000);

test('a view that cannot be made holds nothing', async () => {
  const seen = put(store, mixedBatch(10, { from: T0, to: T0 + 1_000 }, seeded(1)), T0);
  const { completeUntil, openGaps } = store;
  store.openGaps = () => {
    throw new Error('EIO');
  };
  await expect(store.snapshot({ from: 0, to: 2 * T0 })).rejects.toThrow('EIO');
  Object.assign(store, { completeUntil, openGaps });
  await store.flush();
  expect(seen.recycled).toBe(true);
});
