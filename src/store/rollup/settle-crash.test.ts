import { cpSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import { LocalStore } from '../local-store.ts';
import { ManifestFile } from '../manifest-file.ts';
import { SegmentLeases } from '../segment-leases.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store.testing.ts';
import { rawSumsByKey, sumsByKey } from './cube-sums.testing.ts';
import { LEVELS } from './cubes.ts';
import { looking, mixedBatch, seeded, tilesOf } from './history.testing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = T0 - (T0 % DAY);
const { commit } = ManifestFile.prototype;
const { removeDoomed } = SegmentLeases.prototype;
let temp: ReturnType<typeof tempRoot>;
const copies: ReturnType<typeof tempRoot>[] = [];

beforeEach(() => {
  temp = tempRoot();
});

afterEach(() => {
  ManifestFile.prototype.commit = commit;
  SegmentLeases.prototype.removeDoomed = removeDoomed;
  for (const { remove } of [temp, ...copies.splice(0)]) remove();
});

/** What a process that was killed at this moment leaves. */
function copy(): void {
  const left = tempRoot();
  cpSync(temp.root, left.root, { recursive: true });
  copies.push(left);
}

test('a crash between any two steps of settling leaves what gives the same answers, and is settled afterwards', async () => {
  const clock = new ManualClock(START + 3 * HOUR);
  const store = await LocalStore.open(storeOptions(temp.root, clock));
  for (let hour = 0; hour < 3; hour++) {
    put(
      store,
      mixedBatch(400, { from: START + hour * HOUR, to: START + (hour + 1) * HOUR }, seeded(hour)),
      clock.now(),
    );
    await store.flush();
    await store.makeHistory();
  }
  // Files of several levels are there, and late rows make them be written again.
  clock.advance(DAY);
  await store.makeHistory();
  put(store, mixedBatch(300, { from: START, to: START + 2 * HOUR }, seeded(9)), clock.now());
  await store.flush();
  ManifestFile.prototype.commit = function (state) {
    copy();
    commit.call(this, state);
    copy();
  };
  SegmentLeases.prototype.removeDoomed = function () {
    removeDoomed.call(this);
    copy();
  };
  await store.makeHistory();
  clock.advance(DAY);
  await store.makeHistory();
  ManifestFile.prototype.commit = commit;
  SegmentLeases.prototype.removeDoomed = removeDoomed;
  await store.close();
  // The delta, the hours and the day: each with its files written, committed, and the old ones removed.
  expect(copies.length).toBeGreaterThanOrEqual(8);
  let expected: Record<string, string[]> | null = null;
  for (const { root } of copies) {
    const left = await LocalStore.open(storeOptions(root, clock));
    const reader = await readerOf(left);
    for (const settled of [false, true]) {
      if (settled) await left.settleHistory();
      await looking(reader, async (view) => {
        const raw = await rawSumsByKey(view);
        expected ??= raw;
        expect(raw).toEqual(expected);
        for (const level of LEVELS) {
          const isWhole = view.history!.covered(level).some((r) => r.from <= START && r.to >= START + DAY);
          if (settled) expect([level, isWhole]).toEqual([level, true]);
          expect([level, await sumsByKey(view, tilesOf(view, level))]).toEqual([level, raw]);
        }
      });
    }
    await reader.close();
    await left.close();
  }
}, 300_000);
