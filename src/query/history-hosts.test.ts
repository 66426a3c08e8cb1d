import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { LocalStore } from '../store/index.ts';
import { mixedBatch, seeded } from '../store/rollup/history.testing.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../store/store.testing.ts';
import { type QueryAnswer, type QueryInput, runQuery } from './index.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;

beforeEach(async () => {
  temp = tempRoot();
  const levels = { [MINUTE]: { ageMs: DAY, bytes: null } };
  const retention = { ageMs: null, bytes: null, levels };
  clock = new ManualClock(T0);
  store = await LocalStore.open(storeOptions(temp.root, clock, { retention }));
});

afterEach(async () => {
  await store.close();
  temp.remove();
});

/** As an import does: rows of days before, some of each. */
async function putDays(seed: number): Promise<void> {
  const random = seeded(seed);
  for (let day = 6; day > 0; day--) {
    const from = T0 - day * DAY;
    put(store, mixedBatch(500, { from, to: from + 8 * HOUR }, random), T0);
  }
  await store.flush();
}

async function ask(query: QueryInput, force: 'raw' | 'history'): Promise<QueryAnswer> {
  const reader = await readerOf(store);
  try {
    return await runQuery(reader, query, { now: T0, timeoutMs: 60_000, force });
  } finally {
    await reader.close();
  }
}

describe('hosts of imported days', () => {
  it('are all counted, whatever of them is merged yet', async () => {
    const metrics: [string, ...string[]] = ['bytes', 'hosts_out', 'hosts_in'];
    const query: QueryInput = { from: T0 - 7 * DAY, to: T0, every: DAY, metrics };
    const compare = async () => {
      const [records, history] = [await ask(query, 'raw'), await ask(query, 'history')];
      expect(history.rows.length).toBe(records.rows.length);
      history.rows.forEach((row, i) => {
        const [time, bytes, ...hosts] = records.rows[i]!;
        expect(row.slice(0, 2)).toEqual([time, bytes]);
        for (const [at, number] of row.slice(2).entries()) {
          const exact = Number(hosts[at]);
          expect(Math.abs(Number(number) - exact)).toBeLessThanOrEqual(0.04 * exact);
        }
      });
      return (history.plan.levels ?? []).map((l) => l.level);
    };
    await putDays(1);
    await store.tick();
    await compare();
    await store.settleHistory();
    expect(await compare()).toContain('1d');
    clock.advance(HOUR);
    await store.tick();
    // Their minutes have expired: what comes now is read beside coarser rows, and then added to them.
    await putDays(2);
    await compare();
    clock.advance(61_000);
    await store.tick();
    expect(await compare()).toContain('1d');
    await store.settleHistory();
    await compare();
  }, 180_000);
});
