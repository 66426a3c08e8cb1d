import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type FlowBatch, physicalColumns } from '../flow/index.ts';
import { LocalStore } from './local-store.ts';
import { rawSumsByKey, sumsByKey } from './rollup/cube-sums.testing.ts';
import { looking, tilesOf } from './rollup/history.testing.ts';
import { batchOf, put, readerOf, storeOfEachTest, storeOptions, T0 } from './store.testing.ts';

const ROWS = 100_000;
const MINUTE = 60_000;

const own = storeOfEachTest();

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
  return looking(own.reader, async (view) => {
    const items = physicalColumns.map((p) => `sum(hash("${p.name}")::HUGEINT)`);
    const { rows } = await view.run(`SELECT count(*), ${items.join(', ')} FROM ${view.relation}`, [], {
      timeoutMs: 60_000,
    });
    return rows[0]!.join(' ');
  });
}

async function filesHave(name: string): Promise<boolean[]> {
  return looking(own.reader, async (view) => {
    const { rows } = await view.run(
      `SELECT bool_or(name = '${name}') FROM parquet_schema('${own.store.layout.segments}/**/*.parquet') GROUP BY file_name ORDER BY file_name`,
      [],
      { timeoutMs: 60_000 },
    );
    return rows.map(([has]) => Boolean(has));
  });
}

describe('columns that say nothing', () => {
  test('are not in the files of many rows, and read as what they held', async () => {
    put(own.store, traffic(T0 - MINUTE), T0);
    const before = await everything();
    await own.store.flush();
    expect(await everything()).toBe(before);
    expect(await filesHave('src_lo')).toEqual([true]);
    for (const name of ['src_hi', 'icmp_type', 'sampling', 'sampling_origin', 'vlan', 'continued', 'service'])
      expect(await filesHave(name)).toEqual([false]);
  });

  test('of text are in the files of rows of which one has a word, and where code 0 is one', async () => {
    for (const { code, texts } of [
      { code: 1, texts: ['', 'mail'] },
      { code: 0, texts: ['mail'] },
    ]) {
      const batch = traffic(T0 - MINUTE);
      batch.texts = { service: texts };
      batch.u32('service')[7] = code;
      put(own.store, batch, T0);
      const before = await everything();
      await own.store.flush();
      expect(await everything()).toBe(before);
    }
    expect(await filesHave('service')).toEqual([true, true]);
    expect(await filesHave('user')).toEqual([false, false]);
  });

  test('are in those of few rows, which are one scan', async () => {
    put(own.store, traffic(T0 - MINUTE, { rows: 99_999 }), T0);
    await own.store.flush();
    expect(await filesHave('src_hi')).toEqual([true]);
  });

  test('and files that have them answer together, in history as in records', async () => {
    put(own.store, traffic(T0 - MINUTE), T0);
    await own.store.flush();
    put(own.store, traffic(T0 - MINUTE, { ipv6: true }), T0);
    const before = await everything();
    await own.store.flush();
    expect(await filesHave('src_hi')).toEqual([false, true]);
    expect(await everything()).toBe(before);
    await own.store.makeHistory();
    await looking(own.reader, async (view) =>
      expect(await sumsByKey(view, tilesOf(view, MINUTE))).toEqual(await rawSumsByKey(view)),
    );
  });

  test('read back for history, after a lost manifest, and merged, are the same', async () => {
    for (let i = 0; i < 4; i++) {
      put(own.store, traffic(T0 - (i + 1) * MINUTE, { ipv6: i === 2 }), T0);
      await own.store.flush();
    }
    await own.store.makeHistory();
    const before = await everything();
    await own.reader.close();
    await own.store.close();
    rmSync(own.store.layout.manifest);
    own.store = await LocalStore.open(storeOptions(own.temp.root, own.clock));
    own.reader = await readerOf(own.store);
    expect(await everything()).toBe(before);
    await own.store.makeHistory();
    await looking(own.reader, async (view) =>
      expect(await sumsByKey(view, tilesOf(view, MINUTE))).toEqual(await rawSumsByKey(view)),
    );
    own.clock.advance(2 * 3_600_000);
    await own.store.makeHistory();
    await own.store.compact();
    await looking(own.reader, async (view) => expect(view.facts.segments).toBe(1));
    expect(await everything()).toBe(before);
    expect(await filesHave('src_hi')).toEqual([true]);
    expect(await filesHave('icmp_type')).toEqual([false]);
  });
});
