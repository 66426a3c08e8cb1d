import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import type { DuckReader } from '../duck-reader.ts';
import { LocalStore } from '../local-store.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store.testing.ts';
import { LEVELS } from './cubes.ts';
import { looking, mixedBatch, rawSumsByKey, seeded, sumsByKey, tilesOf } from './history.testing.ts';

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
  await reader.close();
  await store.close();
  temp.remove();
});

async function same(level: (typeof LEVELS)[number]): Promise<void> {
  await looking(reader, async (view) => {
    expect(await sumsByKey(view, tilesOf(view, level))).toEqual(await rawSumsByKey(view));
  });
}

describe('rows of 1 min', () => {
  test('with what is fresh are the same as the records, for every key of every cube', async () => {
    const random = seeded(1);
    const range = { from: T0 - 4_000_000, to: T0 };
    for (let i = 0; i < 3; i++) {
      put(store, mixedBatch(400, range, random), T0);
      await store.flush();
      if (i < 2) await store.makeHistory();
    }
    put(store, mixedBatch(300, range, random), T0);
    await looking(reader, async (view) => expect(view.history?.freshRows).toBe(700));
    await same(LEVELS[0]);
  });

  test('are written within a minute, and a view of before stays readable', async () => {
    put(store, mixedBatch(200, { from: T0 - 60_000, to: T0 }, seeded(2)), T0);
    await store.flush();
    await looking(reader, async (view) => {
      expect(view.history).toBeNull();
      clock.advance(60_000);
      await store.tick();
      expect((await view.run(`SELECT count(*) FROM ${view.relation}`, [], { timeoutMs: 9_999 })).rows).toEqual([
        [200n],
      ]);
    });
    await looking(reader, async (view) => expect(view.history?.freshRows).toBe(0));
    expect(rollupFiles()).toHaveLength(1);
    await same(LEVELS[0]);
  });

  test('of what a crash left are made from the segments', async () => {
    const random = seeded(3);
    const range = { from: T0 - 8_000_000, to: T0 };
    put(store, mixedBatch(500, range, random), T0);
    await store.flush();
    await store.makeHistory();
    put(store, mixedBatch(500, range, random), T0);
    await store.flush();
    await crash();
    await looking(reader, async (view) => expect(view.history?.freshRows).toBe(500));
    await same(LEVELS[0]);
    for (let i = 0; i < 9; i++) {
      clock.advance(20_000);
      await store.tick();
    }
    await looking(reader, async (view) => expect(view.history?.freshRows).toBe(0));
    await same(LEVELS[0]);
  });

  test('that no commit names are removed at the next start', async () => {
    put(store, mixedBatch(100, { from: T0 - 60_000, to: T0 }, seeded(4)), T0);
    await store.flush();
    await store.makeHistory();
    const [known] = rollupFiles();
    await crash((root) => cpSync(`${root}/rollups/${known}`, `${root}/rollups/1m/2026-11-21/11-0000000099.parquet`));
    expect(rollupFiles()).toEqual([known]);
    await same(LEVELS[0]);
  });
});

describe('a disk that refuses', () => {
  test.each([
    ['roll-ups', () => store.layout.rollups],
    ['the manifest', () => `${store.layout.manifest}.new/`],
  ])('%s: queries read records, and history is made when it can be', async (_, path) => {
    const inTheWay = path();
    put(store, mixedBatch(300, { from: T0 - 60_000, to: T0 }, seeded(5)), T0);
    await store.flush();
    const aside = block(inTheWay);
    clock.advance(60_000);
    await store.tick();
    expect(store.status().failure).not.toBeNull();
    await looking(reader, async (view) => expect(view.history).toBeNull());
    rmSync(inTheWay, { recursive: true });
    if (aside) renameSync(aside, inTheWay);
    clock.advance(5_000);
    await store.makeHistory();
    expect(store.status().failure).toBeNull();
    await looking(reader, async (view) => expect(view.history?.freshRows).toBe(0));
    await same(LEVELS[0]);
  });
});

/** Puts something else in the place of a folder; returns where the folder is now. */
function block(path: string): string | null {
  if (path.endsWith('/')) {
    mkdirSync(path);
    return null;
  }
  renameSync(path, `${path}.aside`);
  writeFileSync(path, 'in the way');
  return `${path}.aside`;
}

function rollupFiles(): string[] {
  const names = readdirSync(store.layout.rollups, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.parquet')).sort();
}

/** What a process that was killed leaves, opened again. */
async function crash(between: (root: string) => void = () => {}): Promise<void> {
  const left = tempRoot();
  cpSync(temp.root, left.root, { recursive: true });
  await reader.close();
  await store.close();
  temp.remove();
  temp = left;
  between(temp.root);
  store = await LocalStore.open(storeOptions(temp.root, clock));
  reader = await readerOf(store);
}
