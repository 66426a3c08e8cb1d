import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LocalStore } from '../local-store.ts';
import { put, readerOf, storeOfEachTest, storeOptions, T0, tempRoot } from '../store.testing.ts';
import { rawSumsByKey, sumsByKey } from './cube-sums.testing.ts';
import { LEVELS } from './cubes.ts';
import { looking, mixedBatch, seeded, tilesOf } from './history.testing.ts';

const own = storeOfEachTest();

async function same(level: (typeof LEVELS)[number]): Promise<void> {
  await looking(own.reader, async (view) => {
    expect(await sumsByKey(view, tilesOf(view, level))).toEqual(await rawSumsByKey(view));
  });
}

describe('rows of 1 min', () => {
  test('with what is fresh are the same as the records, for every key of every cube', async () => {
    const random = seeded(1);
    const range = { from: T0 - 4_000_000, to: T0 };
    for (let i = 0; i < 3; i++) {
      put(own.store, mixedBatch(400, range, random), T0);
      await own.store.flush();
      if (i < 2) await own.store.makeHistory();
    }
    put(own.store, mixedBatch(300, range, random), T0);
    await looking(own.reader, async (view) => expect(view.history?.freshRows).toBe(700));
    await same(LEVELS[0]);
  });

  test('are written within a minute, and a view of before stays readable', async () => {
    put(own.store, mixedBatch(200, { from: T0 - 60_000, to: T0 }, seeded(2)), T0);
    await own.store.flush();
    await looking(own.reader, async (view) => {
      expect(view.history).toBeNull();
      own.clock.advance(60_000);
      await own.store.tick();
      expect((await view.run(`SELECT count(*) FROM ${view.relation}`, [], { timeoutMs: 9_999 })).rows).toEqual([
        [200n],
      ]);
    });
    await looking(own.reader, async (view) => expect(view.history?.freshRows).toBe(0));
    expect(rollupFiles()).toHaveLength(1);
    await same(LEVELS[0]);
  });

  test('of what a crash left are made from the segments', async () => {
    const random = seeded(3);
    const range = { from: T0 - 8_000_000, to: T0 };
    put(own.store, mixedBatch(500, range, random), T0);
    await own.store.flush();
    await own.store.makeHistory();
    put(own.store, mixedBatch(500, range, random), T0);
    await own.store.flush();
    await crash();
    await looking(own.reader, async (view) => expect(view.history?.freshRows).toBe(500));
    await same(LEVELS[0]);
    for (let i = 0; i < 9; i++) {
      own.clock.advance(20_000);
      await own.store.tick();
    }
    await looking(own.reader, async (view) => expect(view.history?.freshRows).toBe(0));
    await same(LEVELS[0]);
  });

  test('that no commit names are removed at the next start', async () => {
    put(own.store, mixedBatch(100, { from: T0 - 60_000, to: T0 }, seeded(4)), T0);
    await own.store.flush();
    await own.store.makeHistory();
    const [known] = rollupFiles();
    await crash((root) => cpSync(`${root}/rollups/${known}`, `${root}/rollups/1m/2026-11-21/11-0000000099.parquet`));
    expect(rollupFiles()).toEqual([known]);
    await same(LEVELS[0]);
  });
});

describe('a disk that refuses', () => {
  test.each([
    ['roll-ups', () => own.store.layout.rollups],
    ['the manifest', () => `${own.store.layout.manifest}.new/`],
  ])('%s: queries read records, and history is made when it can be', async (_, path) => {
    const inTheWay = path();
    put(own.store, mixedBatch(300, { from: T0 - 60_000, to: T0 }, seeded(5)), T0);
    await own.store.flush();
    const aside = block(inTheWay);
    own.clock.advance(60_000);
    await own.store.tick();
    expect(own.store.status().failure).not.toBeNull();
    await looking(own.reader, async (view) => expect(view.history).toBeNull());
    rmSync(inTheWay, { recursive: true });
    if (aside) renameSync(aside, inTheWay);
    own.clock.advance(5_000);
    await own.store.makeHistory();
    expect(own.store.status().failure).toBeNull();
    await looking(own.reader, async (view) => expect(view.history?.freshRows).toBe(0));
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
  const names = readdirSync(own.store.layout.rollups, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.parquet')).sort();
}

/** What a process that was killed leaves, opened again. */
async function crash(between: (root: string) => void = () => {}): Promise<void> {
  const left = tempRoot();
  cpSync(own.temp.root, left.root, { recursive: true });
  await own.reader.close();
  await own.store.close();
  own.temp.remove();
  own.temp = left;
  between(own.temp.root);
  own.store = await LocalStore.open(storeOptions(own.temp.root, own.clock));
  own.reader = await readerOf(own.store);
}
