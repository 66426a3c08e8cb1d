import { describe, expect, test } from 'vitest';
import { put, storeOfEachTest, T0 } from '../store.testing.ts';
import { rawSumsByKey, sumsByKey } from './cube-sums.testing.ts';
import { CUBES, LEVELS } from './cubes.ts';
import { looking, mixedBatch, seeded, tilesOf } from './history.testing.ts';

const own = storeOfEachTest();

describe('rows that come while history is made', () => {
  test.each([1, 2])('are in it once, whatever goes on: ticks, flushes and settling in any order (%i)', async (seed) => {
    const random = seeded(seed);
    const below = (n: number) => Math.floor(random() * n);
    const underway: Promise<unknown>[] = [];
    for (let i = 0; i < 40; i++) {
      const now = own.clock.now();
      const rows = 20 + below(200);
      put(own.store, mixedBatch(rows, { from: now - 1 - below(9_000_000), to: now }, random), now);
      // None is waited for: each goes on where the others wait for the disk.
      underway.push(own.store.flush());
      if (below(2) === 0) underway.push(own.store.tick(below(2) === 0));
      own.clock.advance(below(3) * 45_000);
      if (below(4) === 0) await new Promise((resolve) => setTimeout(resolve, below(30)));
      if (below(12) === 0) await looking(own.reader, async (view) => void view.facts);
    }
    await Promise.all(underway);
    for (const make of [() => Promise.resolve(), () => own.store.makeHistory(), () => own.store.settleHistory()]) {
      await make();
      await looking(own.reader, async (view) => {
        if (!view.history) return;
        const records = await rawSumsByKey(view);
        for (const level of LEVELS) expect(await sumsByKey(view, tilesOf(view, level))).toEqual(records);
      });
    }
    await looking(own.reader, async (view) => expect(view.history?.freshRows).toBe(0));
  });

  test('are committed while segments are written without a pause', async () => {
    const random = seeded(9);
    put(own.store, mixedBatch(100, { from: T0 - 60_000, to: T0 }, random), T0);
    await own.store.flush();
    own.clock.advance(61_000);
    put(own.store, mixedBatch(100, { from: T0 - 60_000, to: T0 }, random), own.clock.now());
    const writing = own.store.flush();
    await own.store.tick();
    await writing;
    await looking(own.reader, async (view) => expect(view.history?.freshRows).toBe(100));
  });
});

describe('the end of a range within a minute', () => {
  const MINUTE = LEVELS[0];
  const put100 = async (from: number, to: number) => {
    put(own.store, mixedBatch(100, { from, to }, seeded(4)), own.clock.now());
    await own.store.flush();
    await own.store.makeHistory();
  };
  const wholeMinute = (to: number, open = false) =>
    looking(own.reader, async (view) => view.history!.wholeMinute(to, open), { from: T0 - 600_000, to });

  test('is that of the minute where nothing lies between them', async () => {
    await put100(T0 - 4 * MINUTE, T0 - 30_000);
    expect(await wholeMinute(T0 - 30_000)).toBe(T0);
    expect(await wholeMinute(T0 - 3 * MINUTE - 1_000)).toBe(T0 - 3 * MINUTE - 1_000);
    expect(await wholeMinute(T0 - 3 * MINUTE - 1_000, true)).toBe(T0 - 3 * MINUTE - 1_000);
    expect(await wholeMinute(T0 - 3 * MINUTE)).toBe(T0 - 3 * MINUTE);
  });

  test('is not where a segment that begins after it lies in the minute', async () => {
    await put100(T0 - 4 * MINUTE, T0 - 50_000);
    await put100(T0 - 20_000, T0 - 10_000);
    expect(await wholeMinute(T0 - 30_000)).toBe(T0 - 30_000);
    expect(await wholeMinute(T0 - 9_000)).toBe(T0);
  });

  test('hides no record in memory that lies before it, and shows none that lies behind it', async () => {
    await put100(T0 - 4 * MINUTE, T0 - 50_000);
    for (const [from, to] of [[T0 - 40_000, T0 - 31_000] as const, [T0 - 20_000, T0] as const])
      put(own.store, mixedBatch(10, { from, to }, seeded(5)), own.clock.now());
    const range = { from: T0 - 600_000, to: T0 - 30_000 };
    expect(await wholeMinute(range.to)).toBe(T0);
    await looking(
      own.reader,
      async (view) => {
        const total = view.history!.relation(CUBES[0]!, [{ level: MINUTE, from: range.from, to: T0 }]);
        const { rows } = await view.run(`SELECT sum(records) FROM ${total}`, [], { timeoutMs: 60_000 });
        expect(Number(rows[0]![0])).toBe(110);
      },
      range,
    );
  });

  test('is that of the minute in an open range where records came while it was asked, and not where exporters are ahead', async () => {
    await put100(T0 - 4 * MINUTE, T0 - 27_000);
    expect(await wholeMinute(T0 - 30_000)).toBe(T0 - 30_000);
    expect(await wholeMinute(T0 - 30_000, true)).toBe(T0);
    expect(await wholeMinute(T0 - 35_000, true)).toBe(T0 - 35_000);
  });
});
