import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { type FlowBatch, setWide } from '../flow/index.ts';
import { type DuckReader, LocalStore } from '../store/index.ts';
import { batchOf, put, readerOf, storeOptions, T0, tempRoot } from '../store/store.testing.ts';
import { type QueryInput, runQuery } from './index.ts';
import { QueryCosts } from './plan/cost.ts';

const MINUTE = 60_000;
const ROWS = 20_000;
let store: LocalStore;
let reader: DuckReader;
const temp = tempRoot();

/** A flood of addresses that occur once, and one of three records: a table of 512 keys cannot know which it is. */
function flood(): FlowBatch {
  const batch = batchOf(ROWS, T0);
  for (let i = 0; i < ROWS; i++) {
    for (const name of ['start', 'end', 'time']) setWide(batch.u32(name), i, T0 - 5 * MINUTE + i * 10);
    setWide(batch.u32('raw_bytes'), i, 1_000);
    batch.u32('src_lo').set([i % 7_000 === 0 ? 7 : 1_000 + i, 0xffff], 2 * i);
  }
  return batch;
}

/** As learnt where each record takes so long. */
function costsOf(nsPerRow: number): QueryCosts {
  const costs = new QueryCosts();
  for (let i = 0; i < 60; i++) costs.learn({ raw: 1_000_000, history: 0 }, 1, nsPerRow + 4);
  return costs;
}

beforeAll(async () => {
  const clock = new ManualClock(T0);
  store = await LocalStore.open(storeOptions(temp.root, clock));
  put(store, flood(), T0);
  await store.flush();
  await store.makeHistory();
  reader = await readerOf(store);
});

afterAll(async () => {
  await reader.close();
  await store.close();
  temp.remove();
});

const top: QueryInput = { from: T0 - 10 * MINUTE, to: T0, by: ['src_addr'], metrics: ['bytes'], limit: 1 };
const ask = (query: QueryInput, costs: QueryCosts) => runQuery(reader, query, { now: T0, timeoutMs: 60_000, costs });
const exactly = [['0.0.0.7', 3_000]];

describe('the top talkers of a flood', () => {
  it('are exact where that takes some seconds and what roll-ups have of them is far too little', async () => {
    // A statement takes about 2.5 s.
    const { rows, plan, bounds } = await ask(top, costsOf(125_000));
    expect(plan.estimate_ms).toBeGreaterThan(1_000);
    expect(plan.level).toBe('raw');
    expect(rows).toEqual(exactly);
    expect(bounds).toBeUndefined();
  });

  it('are exact where that is asked for, though it takes longer', async () => {
    const costs = costsOf(2_000_000);
    const bounded = await ask(top, costs);
    expect(bounded.plan.reason).toMatch(/keys were left out: an exact answer would take about \d+ s \(`--exact`/);
    expect(bounded.bounds).toBeDefined();
    expect((await ask({ ...top, exact: true }, costs)).rows).toEqual(exactly);
  });

  it('are said to take too long where they are asked for exactly and may not take that', async () => {
    const asked = ask({ ...top, exact: true, max_cost: 0.0001 }, costsOf(125_000));
    await expect(asked).rejects.toMatchObject({ code: 'costly' });
    await expect(asked).rejects.toThrow(/take about \d+ s, more than 0.1 ms/);
  });
});
