import { expect, test } from 'vitest';
import { ManualClock, readCounters } from '../base/index.ts';
import { LocalStore } from '../store/index.ts';
import { batchOf, put, storeOptions, T0, tempRoot } from '../store/store.testing.ts';
import { countHistory, storeCounters } from './store-counters.ts';

const HOUR = 3_600_000;

test('history is counted: what it takes, and what is still to be made of it', async () => {
  const temp = tempRoot();
  const clock = new ManualClock(T0);
  const store = await LocalStore.open(storeOptions(temp.root, clock));
  const counters = storeCounters();
  const count = () => {
    countHistory(counters, store.status());
    const samples = readCounters([counters.handle()]).filter((s) => /history|unrolled/.test(s.name));
    return Object.fromEntries(samples.map((s) => [`${s.name}${s.labels?.level ? ` ${s.labels.level}` : ''}`, s.value]));
  };
  try {
    put(store, batchOf(100, T0), T0);
    await store.flush();
    expect(count()).toMatchObject({ weir_store_unrolled_rows: 100, 'weir_store_history_rows 1m': 0 });
    await store.makeHistory();
    const added = count();
    expect(added).toMatchObject({
      weir_store_unrolled_rows: 0,
      weir_store_history_waiting_hours: 1,
      weir_store_history_waiting_days: 0,
      'weir_store_history_rows 1h': 0,
    });
    expect(added['weir_store_history_rows 1m']).toBeGreaterThan(0);
    expect(added['weir_store_history_bytes 1m']).toBeGreaterThan(0);
    clock.advance(2 * HOUR);
    await store.makeHistory();
    expect(count()).toMatchObject({ weir_store_history_waiting_hours: 0, weir_store_history_waiting_days: 1 });
    clock.advance(24 * HOUR);
    await store.makeHistory();
    const settled = count();
    expect(settled).toMatchObject({ weir_store_history_waiting_hours: 0, weir_store_history_waiting_days: 0 });
    expect(settled['weir_store_history_rows 1d']).toBeGreaterThan(0);
  } finally {
    await store.close();
    temp.remove();
  }
});
