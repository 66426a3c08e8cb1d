import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { LocalStore } from './local-store.ts';
import type { RollupEntry, SegmentEntry } from './manifest.ts';
import { planExpiry, type RetentionLimits } from './retention.ts';
import type { Level } from './rollup/cubes.ts';
import { Totals } from './segment-totals.ts';
import { SteadyClock } from './steady-clock.ts';
import { batchOf, put, storeOptions, T0, tempRoot } from './store.testing.ts';
import type { LocalStoreOptions } from './store-options.ts';

const HOUR = 3_600_000;
let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;

beforeEach(async () => {
  temp = tempRoot();
  clock = new ManualClock(T0);
  store = await LocalStore.open(storeOptions(temp.root, clock));
});
afterEach(async () => {
  await store.close();
  temp.remove();
});

async function reopen(more: Partial<LocalStoreOptions>): Promise<void> {
  await store.close();
  store = await LocalStore.open(storeOptions(temp.root, clock, more));
}

async function write(ms: number, rows = 100): Promise<void> {
  const { key } = put(store, batchOf(rows, ms), ms);
  const minute = Math.floor(ms / 60_000) * 60_000;
  store.addLedger(key, [{ minute, exporter: '192.0.2.1', domain: 0, counts: { records: rows } }]);
  await store.flush();
}

const ledgerFiles = () =>
  readdirSync(store.layout.ledger, { recursive: true, encoding: 'utf8' })
    .filter((n) => n.endsWith('.jsonl'))
    .sort();

describe('the disk budget', () => {
  test('counts what is in quarantine, up to a tenth: what was put aside does not push out what is good', async () => {
    await write(T0);
    await write(T0);
    await reopen({});
    const used = store.status().levels.reduce((n, level) => n + level.bytes, 0);
    const limited = { retention: { ageMs: null, bytes: Math.floor(used * 1.05) } };
    await reopen(limited);
    await store.tick();
    expect(store.status().segments).toBe(2);
    writeFileSync(join(store.layout.quarantine, 'a-file'), Buffer.alloc(1 << 20));
    await reopen(limited);
    await store.tick();
    expect(store.status().segments).toBe(1);
  });

  test('counts the ledger', async () => {
    const { key } = put(store, batchOf(10, T0), T0);
    const many = Array.from({ length: 5000 }, (_, i) => ({
      minute: T0,
      exporter: `192.0.2.${i}`,
      domain: 0,
      counts: { records: 1 },
    }));
    store.addLedger(key, many);
    await store.flush();
    await reopen({ retention: { ageMs: null, bytes: store.status().bytesAtRest + 100_000 } });
    await store.tick();
    expect(store.status().segments).toBe(0);
  });
});

test('the ledger of days beyond the retention age goes when no segment does, to a summary', async () => {
  put(store, batchOf(0, T0), T0);
  await write(T0, 0);
  await write(T0 + 34 * HOUR);
  clock.advance(34 * HOUR);
  await reopen({ retention: { ageMs: 23 * HOUR, bytes: null } });
  await store.tick();
  expect(ledgerFiles()).toHaveLength(2);
  clock.advance(13 * HOUR);
  await store.tick();
  expect(ledgerFiles()).toEqual(['2026-11-22/22.jsonl', 'days.jsonl']);
  expect(store.status().segments).toBe(1);
});

describe('a clock that steps forward', () => {
  test('does not make everything too old at once', async () => {
    await write(T0);
    let monotonic = 0;
    await reopen({ retention: { ageMs: 24 * HOUR, bytes: null }, monotonicMs: () => monotonic });
    clock.advance(365 * 24 * HOUR);
    await store.tick();
    expect(store.status().segments).toBe(1);
    monotonic += 7 * HOUR;
    await store.tick();
    expect(store.status().segments).toBe(0);
  });

  test('is followed at four times the speed of time, and back at once', () => {
    let wall = 1000;
    let monotonic = 0;
    const steady = new SteadyClock(
      () => wall,
      () => monotonic,
      1000,
    );
    expect(steady.now()).toBe(1000);
    wall = 1_000_000;
    monotonic = 100;
    expect(steady.now()).toBe(1400);
    wall = 1200;
    expect(steady.now()).toBe(1200);
    wall = 1500;
    monotonic = 200;
    expect(steady.now()).toBe(1500);
  });
});

describe('what goes', () => {
  const DAY = 24 * HOUR;
  const NOW = 1_000 * DAY;
  const segment = (id: number, daysAgo: number, rolled = true) =>
    ({ id, rows: 10, bytes: 100, maxReceived: NOW - daysAgo * DAY, ...(rolled ? { rolled } : {}) }) as SegmentEntry;
  const rollup = (id: number, level: Level, daysAgo: number) => {
    const from = NOW - daysAgo * DAY;
    return { id, level, bytes: 100, from, to: from + HOUR } as RollupEntry;
  };
  const state = (segments: SegmentEntry[], rollups: RollupEntry[], dirtyHours: number[] = []) => {
    return {
      segments,
      rollups,
      dirtyHours,
      dirtyDays: [],
      remakeHours: [] as number[],
      remakeDays: [],
      rollupsExpired: {},
    };
  };
  const plan = (of: ReturnType<typeof state>, limits: RetentionLimits) => {
    const { segments, rollups } = planExpiry(of, limits, NOW, 0);
    return { segments: segments.map((s) => s.id), rollups: rollups.map((r) => r.id) };
  };

  test('by age, each level by its own; records that are in no roll-up and hours that are not settled wait', () => {
    const minutes = { 60000: { ageMs: 14 * DAY, bytes: null } };
    const rollups = [rollup(1, 60_000, 20), rollup(2, 60_000, 15), rollup(3, 60_000, 3), rollup(4, 300_000, 20)];
    const segments = [segment(1, 50), segment(2, 40, false), segment(3, 5)];
    expect(plan(state(segments, rollups, [NOW - 15 * DAY]), { ageMs: 30 * DAY, bytes: null, levels: minutes })).toEqual(
      {
        segments: [1],
        rollups: [1],
      },
    );
  });

  test('by age, but not what a damaged hour is made again from; the disk budget does not wait', () => {
    const of = (id: number, from: number) => ({ ...segment(id, 50), minTime: from, maxTime: from + HOUR });
    const hour = NOW - 51 * DAY;
    const segments = [of(1, hour - 3 * HOUR), of(2, hour - HOUR), of(3, hour + HOUR)];
    const waiting = { ...state(segments, []), remakeHours: [hour] };
    expect(plan(waiting, { ageMs: 30 * DAY, bytes: null }).segments).toEqual([1, 3]);
    expect(plan(waiting, { ageMs: 30 * DAY, bytes: 50 }).segments).toEqual([1, 3, 2]);
  });

  test('by the bytes of a level, the oldest first', () => {
    const rollups = [rollup(1, 300_000, 9), rollup(2, 300_000, 8), rollup(3, 300_000, 7), rollup(4, 60_000, 20)];
    const levels = { 300000: { ageMs: null, bytes: 250 } };
    expect(plan(state([], rollups), { ageMs: null, bytes: null, levels })).toEqual({ segments: [], rollups: [1] });
  });

  test('by the disk budget: records first but for a tenth of it, then the finest level, the newest records last', () => {
    const segments = [segment(1, 9), segment(2, 8, false), segment(3, 7)];
    const rollups = [rollup(1, 3_600_000, 9), rollup(2, 60_000, 3), rollup(3, 60_000, 2), rollup(4, 300_000, 9)];
    const within = (bytes: number) => plan(state(segments, rollups), { ageMs: null, bytes });
    expect(within(700)).toEqual({ segments: [], rollups: [] });
    expect(within(600)).toEqual({ segments: [1], rollups: [] });
    expect(within(450)).toEqual({ segments: [1, 2, 3], rollups: [] });
    expect(within(350)).toEqual({ segments: [1, 2, 3], rollups: [2] });
    expect(within(150)).toEqual({ segments: [1, 2, 3], rollups: [2, 3, 4] });
    expect(within(50)).toEqual({ segments: [1, 2, 3], rollups: [2, 3, 4, 1] });
  });
});

test('history outlives its records, and the store says what each level takes and will take', async () => {
  await write(T0);
  await reopen({});
  await write(T0 + 30 * HOUR);
  clock.advance(31 * HOUR);
  const minutes = { 60000: { ageMs: 20 * HOUR, bytes: 1e6 } };
  await reopen({ retention: { ageMs: 10 * 24 * HOUR, bytes: 1e9, levels: minutes } });
  await store.makeHistory();
  const [raw, minute] = store.status().levels;
  expect(raw).toMatchObject({ level: 'raw', rows: 200, oldest: T0, newest: T0 + 30 * HOUR, ageMs: 240 * HOUR });
  expect(raw!.bytesADay).toBe(Math.round((raw!.bytes * 24) / 30));
  expect(raw!.atFullAge).toBe(Math.round((raw!.bytes * 240) / 30));
  expect(minute).toMatchObject({ level: '1m', byteLimit: 1e6, ageMs: 20 * HOUR });
  await reopen({ retention: { ageMs: 24 * HOUR, bytes: null } });
  await store.tick();
  const [left, kept] = store.status().levels;
  expect(left).toMatchObject({ rows: 100, oldest: T0 + 30 * HOUR });
  expect(kept!.oldest).toBe(T0);
  expect(store.status()).toMatchObject({ expiredRows: 100, expiredUnrolledRows: 0 });
});

test('totals of very many segments are counted once, without a stack of them', () => {
  const one = { rows: 1, bytes: 2, minReceived: 5, maxReceived: 6, hour: 0 } as SegmentEntry;
  const segments = Array.from({ length: 200_000 }, () => one);
  const totals = new Totals();
  const first = totals.for(segments);
  expect(first).toMatchObject({ rows: 200_000, bytes: 400_000, minReceived: 5, maxReceived: 6 });
  expect(totals.for(segments)).toBe(first);
});
