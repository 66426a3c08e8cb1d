import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { columns, FlowBatch, setWide } from '../flow/index.ts';
import { runQuery } from '../query/index.ts';
import { LocalStore } from '../store/index.ts';
import { put, readerOf, storeOptions, tempRoot } from '../store/store.testing.ts';
import { agentSettings } from './agent-settings.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DAYS = 100;
const END = Date.UTC(2026, 10, 21);
const BEGIN = END - DAYS * DAY;
/** Every twelfth hour has so many records. */
const RECORDS = 3_000;
const EVERY_HOURS = 12;
const APPS = ['', 'firefox', 'nginx', 'postgresql', 'backup'];
const USERS = ['', 'alice', 'bob', 'root'];
/** The least that can be set. */
const BUDGET = 10_000_000;

/** An hour of one machine: who does how much is known from its number; ports and sizes are such that Parquet makes little of them. */
function hourOf(hour: number): FlowBatch {
  const from = BEGIN + hour * HOUR;
  const batch = new FlowBatch(
    RECORDS,
    columns.map((c) => c.name),
  );
  batch.texts = { app: APPS, user: USERS, process: APPS, host: ['', 'a1'] };
  for (let i = 0; i < RECORDS; i++) {
    const time = from + (mixed(hour, i) % HOUR);
    for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), i, time);
    setWide(batch.u32('raw_bytes'), i, bytesOf(hour, i));
    setWide(batch.u32('raw_packets'), i, 1 + (i % 9));
    batch.u32('sampling')[i] = 1;
    batch.u8('protocol')[i] = 6;
    batch.u16('src_port')[i] = 32_768 + (mixed(hour, i) % 28_000);
    batch.u16('dst_port')[i] = 443;
    batch.u32('src_lo').set([0x0a000001, 0xffff], 2 * i);
    batch.u32('dst_lo').set([0xc6336400 + (i % 200), 0xffff], 2 * i);
    batch.u32('app')[i] = appOf(i);
    batch.u32('process')[i] = appOf(i);
    batch.u32('user')[i] = userOf(i);
    batch.u32('host')[i] = 1;
  }
  batch.rows = RECORDS;
  return batch;
}
const appOf = (i: number) => 1 + (i % (APPS.length - 1));
const userOf = (i: number) => 1 + (i % (USERS.length - 1));
/** Any size, the same in each run. */
const bytesOf = (hour: number, i: number) => 60 + (mixed(hour, i + RECORDS) % 10_000_000);
/** Of murmur3: no digit of it is guessed from the others. */
function mixed(hour: number, i: number): number {
  let h = Math.imul(hour * 2 * RECORDS + i, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** What the last so many days have in truth, by name. */
function truth(days: number, names: readonly string[], nameOf: (i: number) => number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (let hour = (DAYS - days) * 24; hour < DAYS * 24; hour += EVERY_HOURS)
    for (let i = 0; i < RECORDS; i++) {
      const name = names[nameOf(i)]!;
      sums[name] = (sums[name] ?? 0) + bytesOf(hour, i);
    }
  return sums;
}

describe('a hundred days of an agent with a small disk budget', () => {
  const temp = tempRoot();
  const clock = new ManualClock(BEGIN);
  const { retention } = agentSettings({
    data: temp.root,
    configFile: null,
    flags: { retention_bytes: String(BUDGET), free_space: 'none' },
    startedMs: 0,
    task: 'settle',
  }).store;
  let store: LocalStore;
  let most = 0;

  const used = () => store.status().levels.reduce((sum, { bytes }) => sum + bytes, 0);

  beforeAll(async () => {
    store = await LocalStore.open(storeOptions(temp.root, clock, { retention }));
    for (let day = 0; day < DAYS; day++) {
      for (let hour = 24 * day; hour < 24 * (day + 1); hour += EVERY_HOURS)
        put(store, hourOf(hour), BEGIN + hour * HOUR);
      clock.advance(DAY);
      await store.flush();
      await store.compact();
      await store.makeHistory();
      await store.tick();
      most = Math.max(most, used());
    }
  }, 300_000);
  afterAll(async () => {
    await store.close();
    temp.remove();
  });

  const ask = async (days: number, by: string) => {
    const reader = await readerOf(store);
    try {
      return await runQuery(
        reader,
        { from: END - days * DAY, to: END, by: [by], metrics: ['bytes'], limit: 100 },
        { timeoutMs: 60_000, now: END },
      );
    } finally {
      await reader.close();
    }
  };

  it('takes no more than its budget at the end of any day', () => {
    expect(most).toBeLessThanOrEqual(BUDGET);
    expect(most).toBeGreaterThan(0.9 * BUDGET);
  });

  it('has records of the last days alone, and hours of 90 days', () => {
    const [raw, , , hours] = store.status().levels;
    console.log(`records of ${Math.round((END - raw!.oldest!) / DAY)} days, ${used()} bytes in all`);
    expect(raw!.oldest).toBeGreaterThan(END - 80 * DAY);
    expect(hours!.oldest).toBeLessThanOrEqual(END - 90 * DAY);
  });

  it.each([
    ['app', APPS, appOf],
    ['user', USERS, userOf],
  ] as const)('answers a question of 90 days by %s, exactly, from history', async (by, names, nameOf) => {
    const answer = await ask(90, by);
    expect(answer.plan.level).not.toBe('raw');
    expect(Object.fromEntries(answer.rows.map(([name, bytes]) => [name, Number(bytes)]))).toEqual(
      truth(90, names, nameOf),
    );
    expect(answer.quality.expired).toBeUndefined();
  });
});
