import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { type FlowBatch, setWide } from '../flow/index.ts';
import { LocalStore } from '../store/index.ts';
import { batchOf, put, readerOf, storeOptions, T0, tempRoot } from '../store/store.testing.ts';
import { type QueryInput, runQuery } from './index.ts';

const MINUTE = 60_000;
let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;

beforeEach(async () => {
  temp = tempRoot();
  clock = new ManualClock(T0 + 2_000);
  store = await LocalStore.open(storeOptions(temp.root, clock));
});

afterEach(async () => {
  await store.close();
  temp.remove();
});

/** Records of 1000 bytes, evenly from one time to the other. */
function even(rows: number, from: number, to: number): FlowBatch {
  const batch = batchOf(rows, clock.now());
  for (let i = 0; i < rows; i++) {
    const time = from + Math.floor(((to - from) * i) / rows);
    for (const name of ['start', 'end', 'time']) setWide(batch.u32(name), i, time);
    setWide(batch.u32('raw_bytes'), i, 1000);
  }
  return batch;
}

async function ask(query: QueryInput, force?: 'raw' | 'history') {
  const reader = await readerOf(store);
  try {
    return await runQuery(reader, query, { now: clock.now(), timeoutMs: 60_000, force });
  } finally {
    await reader.close();
  }
}

describe('a range without an end', () => {
  it('makes no spike of the last minute where the clock of an exporter is ahead', async () => {
    const now = clock.now();
    put(store, even(6_000, now - 570_000, now + 30_000), now);
    await store.flush();
    await store.makeHistory();
    const queries: QueryInput[] = [
      { from: T0 - 5 * MINUTE, metrics: ['bytes', 'bps'] },
      { from: T0 - 5 * MINUTE, metrics: ['bytes', 'bps'], every: MINUTE },
      { from: T0 - 2 * MINUTE, metrics: ['bytes', 'bps'], previous: 2 * MINUTE },
    ];
    for (const query of queries) {
      const [records, history] = [await ask(query, 'raw'), await ask(query, 'history')];
      expect(history.plan.level).toBe('1m');
      expect(history.rows).toEqual(records.rows);
      expect(history.previous?.rows).toEqual(records.previous?.rows);
      for (const row of history.rows) expect(Number(row.at(-1))).toBeCloseTo(80_000, -3);
    }
  });

  it('has no record in memory that is behind now, and says that its last roll-up ends now', async () => {
    const now = clock.now();
    put(store, even(600, now - 5 * MINUTE, now), now);
    await store.flush();
    await store.makeHistory();
    put(store, even(100, now + 10_000, now + 20_000), now);
    const { total, plan } = await ask({ from: T0 - 6 * MINUTE, metrics: ['records'] }, 'history');
    expect(total).toEqual({ records: 600 });
    expect(plan.levels!.at(-1)).toMatchObject({ level: '1m', to: now });
  });
});

describe('a range that ends within a minute', () => {
  it('has no row of roll-ups of which the records behind its end are damaged', async () => {
    clock.advance(2 * MINUTE);
    for (const [from, to] of [[T0 - 5 * MINUTE, T0 + 29_000] as const, [T0 + 31_000, T0 + 59_000] as const]) {
      put(store, even(1_000, from, to), clock.now());
      await store.flush();
    }
    await store.makeHistory();
    const query: QueryInput = { from: T0 - 5 * MINUTE, to: T0 + 30_000, metrics: ['records'] };
    expect((await ask(query, 'history')).total).toEqual({ records: 1_000 });
    const reader = await readerOf(store);
    const view = await reader.view({ from: T0 + 30_000, to: T0 + MINUTE });
    const file = view.relation.match(/[^'[ ]+\.parquet/)![0];
    view.release();
    await reader.close();
    await store.close();
    writeFileSync(join('/', file), 'x');
    store = await LocalStore.open(storeOptions(temp.root, clock));
    const found = await readerOf(store);
    (await found.view({ from: 0, to: Number.MAX_SAFE_INTEGER })).release();
    await found.close();
    expect((await ask(query, 'history')).total).toEqual({ records: 1_000 });
  });
});
