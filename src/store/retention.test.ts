import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { LocalStore, type LocalStoreOptions } from './local-store.ts';
import type { SegmentEntry } from './manifest.ts';
import { Totals } from './segment-totals.ts';
import { SteadyClock } from './steady-clock.ts';
import { batchOf, put, storeOptions, T0, tempRoot } from './store.testing.ts';

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
    const { bytesAtRest } = store.status();
    const limited = { retention: { ageMs: null, bytes: Math.floor(bytesAtRest * 1.05) } };
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

test('totals of very many segments are counted once, without a stack of them', () => {
  const one = { rows: 1, bytes: 2, minReceived: 5, maxReceived: 6, hour: 0 } as SegmentEntry;
  const segments = Array.from({ length: 200_000 }, () => one);
  const totals = new Totals();
  const first = totals.for(segments);
  expect(first).toMatchObject({ rows: 200_000, bytes: 400_000, minReceived: 5, maxReceived: 6 });
  expect(totals.for(segments)).toBe(first);
});
