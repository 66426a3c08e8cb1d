import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import type { DuckReader } from '../duck-reader.ts';
import { LocalStore } from '../local-store.ts';
import { type ManifestState, readManifest, writeManifest } from '../manifest.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store.testing.ts';
import type { LocalStoreOptions } from '../store-options.ts';
import { rawSumsByKey, sumsByKey } from './cube-sums.testing.ts';
import { LEVELS } from './cubes.ts';
import { looking, mixedBatch, seeded, tilesOf } from './history.testing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = T0 - (T0 % DAY) + DAY;
/** When the store has been made. */
const MADE = START + 27 * HOUR;
/** Made once: a day and two hours, settled. */
let made: ReturnType<typeof tempRoot>;
let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;
let reader: DuckReader;

beforeAll(async () => {
  made = tempRoot();
  clock = new ManualClock(START);
  store = await LocalStore.open(storeOptions(made.root, clock));
  for (let hour = 0; hour < 26; hour += 13) {
    at(START + (hour + 13) * HOUR);
    put(store, mixedBatch(600, { from: START + hour * HOUR, to: clock.now() }, seeded(hour)), clock.now());
    await store.flush();
    await store.makeHistory();
  }
  at(MADE);
  await store.makeHistory();
  await store.close();
});
afterAll(() => made.remove());

beforeEach(async () => {
  temp = tempRoot();
  cpSync(made.root, temp.root, { recursive: true, preserveTimestamps: true });
  clock = new ManualClock(MADE);
  store = await LocalStore.open(storeOptions(temp.root, clock));
  reader = await readerOf(store);
});

afterEach(async () => {
  await reader.close();
  await store.close();
  temp.remove();
});

function at(ms: number): void {
  clock.advance(ms - clock.now());
}

async function reopen(between = () => {}, more: Partial<LocalStoreOptions> = {}): Promise<void> {
  await reader.close();
  await store.close();
  between();
  store = await LocalStore.open(storeOptions(temp.root, clock, more));
  reader = await readerOf(store);
}

const manifest = (): ManifestState => readManifest(store.layout.manifest);

async function totalsOf(level: (typeof LEVELS)[number]): Promise<string[]> {
  return looking(reader, async (view) => (await sumsByKey(view, tilesOf(view, level))).total!);
}

async function allSame(): Promise<void> {
  await looking(reader, async (view) => {
    const raw = await rawSumsByKey(view);
    for (const level of LEVELS) expect([level, await sumsByKey(view, tilesOf(view, level))]).toEqual([level, raw]);
    expect(view.facts.damaged).toEqual([]);
  });
}

describe('a damaged file of roll-ups', () => {
  test.each(LEVELS.map((level) => [level]))('of %i ms is put aside and made again', async (level) => {
    const files = manifest().rollups.filter((r) => r.level === level);
    const file = files[Math.floor(files.length / 2)]!;
    await reopen(() => flip(join(store.layout.rollups, file.file)));
    await allSame();
    expect(manifest().rollups.map((r) => r.id)).not.toContain(file.id);
    clock.advance(HOUR);
    await store.makeHistory();
    await allSame();
    const again = manifest();
    expect(again.rollups.some((r) => r.level === level && r.from <= file.from && r.to >= file.to)).toBe(true);
    expect([again.remakeHours, again.dirtyDays.filter((d) => d === START)]).toEqual([[], []]);
  });

  test('whose records are gone is named, and coarser levels go on', async () => {
    await reopen(undefined, { retention: { ageMs: HOUR, bytes: null } });
    at(START + 40 * HOUR);
    await store.tick();
    expect(manifest().segments).toEqual([]);
    const before = await totalsOf(LEVELS[3]);
    const file = manifest().rollups.find((r) => r.level === LEVELS[0])!;
    await reopen(() => flip(join(store.layout.rollups, file.file)));
    await looking(reader, async (view) => {
      expect(view.facts.damaged).toMatchObject([{ file: `rollups/${file.file}`, rows: file.rows, from: file.from }]);
      expect(view.history!.covered(LEVELS[0]).some((r) => r.from <= file.from && r.to > file.from)).toBe(false);
    });
    expect(await totalsOf(LEVELS[3])).toEqual(before);
  });
});

describe('a manifest that is lost', () => {
  const lose = () => writeFileSync(store.layout.manifest, 'not a manifest');

  test('history is made again from the records', async () => {
    await reopen(lose);
    await looking(reader, async (view) => expect([view.history, view.facts.rowsAtRest]).toEqual([null, 1_200]));
    await store.makeHistory();
    await allSame();
    clock.advance(HOUR);
    await store.makeHistory();
    await allSame();
    await looking(reader, async (view) => expect(view.history?.freshRows).toBe(0));
  });

  test('history of records that are gone is kept, and no record is in it twice', async () => {
    const before = await Promise.all(LEVELS.map(totalsOf));
    const old = manifest().segments[0]!;
    await reopen(() => {
      const state = manifest();
      const segments = state.segments.filter((s) => s.id !== old.id);
      writeManifest(store.layout.manifest, { ...state, segments, expired: { rows: old.rows, until: old.maxTime } });
    });
    // The next file that is written says how far retention was.
    put(store, mixedBatch(1, { from: START + 26 * HOUR, to: START + 27 * HOUR }, seeded(9)), clock.now());
    await store.flush();
    await store.makeHistory();
    const kept = await Promise.all(LEVELS.map(totalsOf));
    await reopen(lose);
    expect(await totalsOf(LEVELS[0])).toEqual(kept[0]);
    await store.makeHistory();
    expect(await totalsOf(LEVELS[0])).toEqual(kept[0]);
    clock.advance(DAY);
    await store.makeHistory();
    expect(await Promise.all(LEVELS.map(totalsOf))).toEqual(kept);
    expect(before.map(String).every((text, i) => text !== String(kept[i]))).toBe(true);
  });

  test('a file that another took the place of does not count, though it is there', async () => {
    const names = readdirSync(store.layout.rollups, { recursive: true, encoding: 'utf8' });
    cpSync(store.layout.rollups, join(temp.root, 'copy'), { recursive: true });
    put(store, mixedBatch(50, { from: START + 25 * HOUR, to: START + 26 * HOUR }, seeded(7)), clock.now());
    await store.flush();
    await store.makeHistory();
    clock.advance(HOUR);
    await store.makeHistory();
    await reopen(() => {
      cpSync(join(temp.root, 'copy'), store.layout.rollups, { recursive: true });
      lose();
    });
    expect(names.length).toBeGreaterThan(20);
    await store.makeHistory();
    await allSame();
  });
});

test('late rows whose minutes have expired are read beside coarser rows, and then added to them', async () => {
  await reopen(() => {
    const state = manifest();
    const until = START + 20 * HOUR;
    const rollups = state.rollups.filter((r) => r.level !== LEVELS[0] || r.from >= until);
    writeManifest(store.layout.manifest, { ...state, rollups, rollupsExpired: { [LEVELS[0]]: until } });
  });
  put(store, mixedBatch(200, { from: START + 3 * HOUR, to: START + 5 * HOUR }, seeded(8)), clock.now());
  await store.flush();
  await store.makeHistory();
  const coarse = async () =>
    looking(reader, async (view) => {
      const raw = await rawSumsByKey(view);
      for (const level of LEVELS.slice(1))
        expect([level, await sumsByKey(view, tilesOf(view, level))]).toEqual([level, raw]);
    });
  await coarse();
  clock.advance(HOUR);
  await store.makeHistory();
  await coarse();
  expect(manifest().rollups.filter((r) => r.level === LEVELS[0] && r.to <= START + 20 * HOUR)).toEqual([]);
}, 180_000);

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[500] = bytes[500]! ^ 0x10;
  writeFileSync(path, bytes);
}
