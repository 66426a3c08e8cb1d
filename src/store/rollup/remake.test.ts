import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import type { DuckReader } from '../duck-reader.ts';
import { LocalStore } from '../local-store.ts';
import { type ManifestState, type RollupEntry, readManifest } from '../manifest.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store.testing.ts';
import type { LocalStoreOptions } from '../store-options.ts';
import { sumsByKey } from './cube-sums.testing.ts';
import { LEVELS } from './cubes.ts';
import { looking, mixedBatch, seeded } from './history.testing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = T0 - (T0 % DAY);
let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;
let reader: DuckReader;

/** An hour of 600 records and, a day later, one of 10: both settled. */
beforeEach(async () => {
  temp = tempRoot();
  clock = new ManualClock(START + HOUR);
  store = await LocalStore.open(storeOptions(temp.root, clock));
  reader = await readerOf(store);
  await write(600, 1);
  clock.advance(DAY);
  await write(10, 2);
  clock.advance(HOUR);
  await store.makeHistory();
});

afterEach(async () => {
  await reader.close();
  await store.close();
  temp.remove();
});

async function write(rows: number, seed: number, from = clock.now() - HOUR): Promise<void> {
  put(store, mixedBatch(rows, { from, to: from + HOUR }, seeded(seed)), clock.now());
  await store.flush();
  await store.makeHistory();
}

async function reopen(between: () => void, more: Partial<LocalStoreOptions> = {}): Promise<void> {
  await reader.close();
  await store.close();
  between();
  store = await LocalStore.open(storeOptions(temp.root, clock, more));
  reader = await readerOf(store);
}

const manifest = (): ManifestState => readManifest(store.layout.manifest);
const minutes = (): RollupEntry => manifest().rollups.find((r) => r.level === LEVELS[0] && r.from === START)!;
const flip = (path: string) => {
  const bytes = readFileSync(path);
  bytes[500] = bytes[500]! ^ 16;
  writeFileSync(path, bytes);
};
const flipMinutes = () => flip(join(store.layout.rollups, minutes().file));
const found = () => looking(reader, async () => undefined);
/** Records of the first hour, by level. */
const records = () =>
  looking(reader, async (view) => {
    const tiles = LEVELS.slice(1).map((level) => [{ level, from: START, to: START + Math.max(level, HOUR) }]);
    return Promise.all(tiles.map(async (t) => (await sumsByKey(view, t)).total![0]!.split(' ')[0]));
  });
const ticks = async (times = 10) => {
  for (let i = 0; i < times; i++) {
    await store.tick();
    clock.advance(700_000);
  }
};

test('records wait for the hour that is made again from them, and go after it', async () => {
  await reopen(flipMinutes);
  await found();
  await reopen(() => {}, { retention: { ageMs: 10 * HOUR, bytes: null } });
  expect([manifest().remakeHours, manifest().segments.length]).toEqual([[START], 2]);
  await ticks();
  expect([manifest().remakeHours, manifest().segments.length]).toEqual([[], 1]);
  expect(await records()).toEqual(['600', '600', '600']);
  await looking(reader, async (view) => {
    expect(view.history!.covered(LEVELS[0]).some((r) => r.from <= START && r.to >= START + HOUR)).toBe(true);
    expect(view.facts.damaged).toEqual([]);
  });
});

test.each([
  ['the disk budget takes records', false],
  ['a segment turns out to be damaged', true],
])('where %s before an hour is made again, coarser levels keep what they have', async (_, isDamaged) => {
  const segment = manifest().segments[0]!;
  const { file } = minutes();
  await reopen(() => {
    flipMinutes();
    if (isDamaged) flip(join(store.layout.segments, segment.file));
  });
  // The roll-up is found first.
  await store.damaged(`rollups/${file}`, 'the file does not match its checksum');
  expect(manifest().remakeHours).toEqual([START]);
  if (!isDamaged) {
    // What was put aside is more than it may take.
    const bytes = [...manifest().rollups, ...manifest().segments].reduce((n, file) => n + file.bytes, 0);
    await reopen(() => {}, { retention: { ageMs: null, bytes } });
  }
  await ticks();
  expect([manifest().remakeHours, manifest().dirtyHours]).toEqual([[], []]);
  expect(manifest().segments.map((s) => s.id)).not.toContain(segment.id);
  expect(await records()).toEqual(['600', '600', '600']);
  await looking(reader, async (view) => {
    expect(view.history!.covered(LEVELS[0]).some((r) => r.from < START + HOUR && r.to > START)).toBe(false);
    expect(view.facts.damaged.map((d) => d.file)).toContain(`rollups/${file}`);
  });
  await reopen(() => {});
  // Late rows do not take the place of those that were lost.
  await write(5, 9, START);
  await ticks();
  expect(manifest().dirtyHours).toEqual([]);
  expect(await records()).toEqual(['600', '600', '600']);
});

test('an hour that cannot be made again for now holds up nothing', async () => {
  await reopen(flipMinutes);
  await found();
  const path = join(store.layout.segments, manifest().segments[0]!.file);
  renameSync(path, `${path}.away`);
  clock.advance(HOUR);
  await write(20, 3);
  const hour = clock.now() - HOUR;
  clock.advance(HOUR);
  await store.makeHistory();
  expect([manifest().remakeHours, manifest().dirtyHours]).toEqual([[START], []]);
  await looking(reader, async (view) =>
    expect(view.history!.covered(LEVELS[2]).some((r) => r.from <= hour && r.to > hour)).toBe(true),
  );
  renameSync(`${path}.away`, path);
  await ticks(3);
  expect([manifest().remakeHours, manifest().dirtyHours]).toEqual([[], []]);
  expect(await records()).toEqual(['600', '600', '600']);
});
