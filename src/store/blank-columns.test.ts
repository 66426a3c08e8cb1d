import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { type FlowBatch, physicalColumns } from '../flow/index.ts';
import type { DuckReader } from './duck-reader.ts';
import { LocalStore } from './local-store.ts';
import { looking, rawSumsByKey, sumsByKey, tilesOf } from './rollup/history.testing.ts';
import { batchOf, put, readerOf, storeOptions, T0, tempRoot } from './store.testing.ts';

const ROWS = 100_000;
const MINUTE = 60_000;

let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;
let reader: DuckReader;

beforeEach(async () => {
  temp = tempRoot();
  clock = new ManualClock(T0);
  store = await LocalStore.open(storeOptions(temp.root, clock));
  reader = await readerOf(store);
});

afterEach(async () => {
  await reader.close();
  await store.close();
  temp.remove();
});

/** Of IPv4 alone, but for the first row of those that have an IPv6 sender. */
function traffic(ms: number, { ipv6 = false, rows = ROWS } = {}): FlowBatch {
  const batch = batchOf(rows, ms, 1);
  for (let i = 0; i < rows; i++) {
    batch.u32('src_lo').set([0x0a000000 + (i % 100), 0xffff], 2 * i);
    batch.u32('dst_lo').set([0x08080808, 0xffff], 2 * i);
    batch.u8('icmp_type')[i] = 255;
    batch.u8('icmp_code')[i] = 255;
    batch.u8('sampling_origin')[i] = 1;
    batch.u8('protocol')[i] = 6;
  }
  if (ipv6) batch.u32('src_hi').set([1, 0x20010db8], 0);
  return batch;
}

/** Every value of every physical column, added up: the same whether a file has the column or not. */
async function everything(): Promise<string> {
  return looking(reader, async (view) => {
    const items = physicalColumns.map((p) => `sum(hash("${p.name}")::HUGEINT)`);
    const { rows } = await view.run(`SELECT count(*), ${items.join(', ')} FROM ${view.relation}`, [], {
      timeoutMs: 60_000,
    });
    return rows[0]!.join(' ');
  });
}

async function filesHave(name: string): Promise<boolean[]> {
  return looking(reader, async (view) => {
    const { rows } = await view.run(
      `SELECT bool_or(name = '${name}') FROM parquet_schema('${store.layout.segments}/**/*.parquet') GROUP BY file_name ORDER BY file_name`,
      [],
      { timeoutMs: 60_000 },
    );
    return rows.map(([has]) => Boolean(has));
  });
}

describe('columns that say nothing', () => {
  test('are not in the files of many rows, and read as what they held', async () => {
    put(store, traffic(T0 - MINUTE), T0);
    const before = await everything();
    await store.flush();
    expect(await everything()).toBe(before);
    expect(await filesHave('src_lo')).toEqual([true]);
    for (const name of ['src_hi', 'icmp_type', 'sampling', 'sampling_origin', 'vlan', 'continued'])
      expect(await filesHave(name)).toEqual([false]);
  });

  test('are in those of few rows, which are one scan', async () => {
    put(store, traffic(T0 - MINUTE, { rows: 99_999 }), T0);
    await store.flush();
    expect(await filesHave('src_hi')).toEqual([true]);
  });

  test('and files that have them answer together, in history as in records', async () => {
    put(store, traffic(T0 - MINUTE), T0);
    await store.flush();
    put(store, traffic(T0 - MINUTE, { ipv6: true }), T0);
    const before = await everything();
    await store.flush();
    expect(await filesHave('src_hi')).toEqual([false, true]);
    expect(await everything()).toBe(before);
    await store.makeHistory();
    await looking(reader, async (view) =>
      expect(await sumsByKey(view, tilesOf(view, MINUTE))).toEqual(await rawSumsByKey(view)),
    );
  });

  test('read back for history, after a lost manifest, and merged, are the same', async () => {
    for (let i = 0; i < 4; i++) {
      put(store, traffic(T0 - (i + 1) * MINUTE, { ipv6: i === 2 }), T0);
      await store.flush();
    }
    await store.makeHistory();
    const before = await everything();
    await reader.close();
    await store.close();
    rmSync(store.layout.manifest);
    store = await LocalStore.open(storeOptions(temp.root, clock));
    reader = await readerOf(store);
    expect(await everything()).toBe(before);
    await store.makeHistory();
    await looking(reader, async (view) =>
      expect(await sumsByKey(view, tilesOf(view, MINUTE))).toEqual(await rawSumsByKey(view)),
    );
    clock.advance(2 * 3_600_000);
    await store.makeHistory();
    await store.compact();
    await looking(reader, async (view) => expect(view.facts.segments).toBe(1));
    expect(await everything()).toBe(before);
    expect(await filesHave('src_hi')).toEqual([true]);
    expect(await filesHave('icmp_type')).toEqual([false]);
  });
});
