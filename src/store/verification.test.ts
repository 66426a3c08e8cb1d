import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../base/index.ts';
import type { DuckReader } from './duck-reader.ts';
import { LocalStore } from './local-store.ts';
import { batchOf, put, readerOf, storeOptions, T0, tempRoot, totals } from './store.testing.ts';

const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };
const SEGMENTS = 8;

let temp: ReturnType<typeof tempRoot>;
let store: LocalStore;
let reader: DuckReader;
let verified: string[];
let leases: number;

/** A store that has compared nothing yet. */
beforeEach(async () => {
  temp = tempRoot();
  const options = storeOptions(temp.root, new ManualClock(T0));
  store = await LocalStore.open(options);
  for (let i = 0; i < SEGMENTS; i++) {
    put(store, batchOf(1000, T0, i), T0);
    await store.flush();
  }
  await store.close();
  store = await LocalStore.open(options);
  reader = await readerOf(store);
  verified = [];
  leases = 0;
  const { snapshot, verified: tell, release } = store;
  store.verified = (ids) => {
    verified.push(...ids.filter((file) => file.startsWith('segments/')));
    tell.call(store, ids);
  };
  store.snapshot = async (range) => {
    leases += 1;
    return snapshot.call(store, range);
  };
  store.release = (id) => {
    leases -= 1;
    release.call(store, id);
  };
});

afterEach(async () => {
  await reader.close();
  await store.close();
  temp.remove();
});

test('a query that is cancelled while files are compared ends, gives its lease back and keeps what was found', async () => {
  const abort = new AbortController();
  const tell = store.verified;
  store.verified = (ids) => {
    tell(ids);
    if (verified.length === 2) abort.abort();
  };
  await expect(reader.view(ALL, { timeoutMs: 60_000, signal: abort.signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect(verified.map((file) => Number.parseInt(file.slice(-18), 10))).toEqual([1, 2]);
  expect(leases).toBe(0);
  store.verified = tell;
  expect((await totals(reader)).rows).toBe(SEGMENTS * 1000);
  expect(new Set(verified).size).toBe(SEGMENTS);
  expect(leases).toBe(0);
});

test('opening a view is within the time of the query, and a lease that comes later is given back', async () => {
  const { snapshot } = store;
  store.snapshot = async (range) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return snapshot(range);
  };
  await expect(reader.view(ALL, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout' });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(leases).toBe(0);
});

test('views that wait at the same time share one comparison of each file, and the thread answers meanwhile', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const fds = () => readdirSync('/proc/self/fd').length;
  const before = fds();
  let most = 0;
  const tell = store.verified;
  store.verified = (ids) => {
    most = Math.max(most, fds() - before);
    tell(ids);
  };
  const views = await Promise.all(Array.from({ length: 10 }, () => reader.view(ALL)));
  clearInterval(timer);
  for (const view of views) view.release();
  expect(most).toBeLessThanOrEqual(2);
  expect(turns).toBeGreaterThan(0);
});
