import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog, ManualClock } from '../base/index.ts';
import { allColumnNames, FlowBatch, setWide } from '../flow/index.ts';
import { DuckReader, LocalStore } from '../store/index.ts';
import { exportFlows, REPORTS, runFlows, runQuery, runReport } from './index.ts';

const T = Date.UTC(2026, 10, 21, 12);
const folder = mkdtempSync(join(tmpdir(), 'weir-query-'));
let store: LocalStore;
let reader: DuckReader;

/** Half of the rows in a segment, half in memory. */
beforeAll(async () => {
  store = await LocalStore.open({
    root: folder,
    clock: new ManualClock(T),
    log: createLog({ style: 'pretty', level: 'silent' }),
    retention: { ageMs: null, bytes: null },
    segmentRows: 1_000_000,
    segmentAgeMs: 300_000,
    writerMemoryBytes: 256 << 20,
  });
  put('a', 1_000);
  await store.flush();
  put('b', 1_000);
  reader = await DuckReader.start(store, {
    threads: 2,
    memoryBytes: 256 << 20,
    tempDirectory: store.layout.tmp,
    spillBytes: 256 << 20,
    directories: [store.layout.root],
  });
});
afterAll(async () => {
  await reader.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

function put(key: string, rows: number): void {
  const batch = new FlowBatch(rows, allColumnNames);
  for (let i = 0; i < rows; i++) {
    for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), i, T + i);
    for (const name of ['src_lo', 'dst_lo']) setWide(batch.u32(name), i, 0xffff_0a00_0000 + (i % 10));
    setWide(batch.u32('raw_bytes'), i, i);
    setWide(batch.u32('raw_packets'), i, 1);
    batch.u32('sampling')[i] = 1;
    batch.u8('protocol')[i] = i % 2 ? 6 : 17;
  }
  batch.rows = rows;
  store.beginBatch({ key, batch, hour: T, journal: null, rows: () => batch.rows, recycle: () => {} });
  store.closeBatch(key, { rows, closedMs: T, position: { offset: 0, skip: 0 } });
}

const options = { now: T + 3_600_000 };

it('answers over segments and memory alike', async () => {
  const query = {
    by: ['src_addr'],
    metrics: ['bytes', 'flows', 'distinct(protocol)', 'p95(bytes)'],
    limit: 3,
    every: 60_000,
  };
  const answer = await runQuery(reader, { ...query, from: T, previous: 60_000 }, options);
  expect(answer.rows).toEqual([9, 8, 7].map((n) => [T, `10.0.0.${n}`, 2 * (49_500 + 100 * n), 200, 1, 0]));
  expect(answer.total).toMatchObject({ bytes: 999_000, flows: 2_000, 'distinct(protocol)': 2 });
  expect(answer.plan).toMatchObject({ segments: 1, rows_scanned: 2_000, rows_in_memory: 1_000 });
});

it('lists, exports and reports', async () => {
  const { rows } = await runFlows(reader, { filter: 'proto tcp', limit: 3 }, options);
  const records = [];
  for await (const piece of rows) records.push(...piece);
  expect(records.map((r) => r.raw_bytes)).toEqual([999, 999, 997]);
  for (const format of ['csv', 'jsonl', 'parquet'] as const) {
    const path = join(store.layout.tmp, `out.${format}`);
    expect((await exportFlows(reader, { filter: 'src ip 10.0.0.1' }, { format, path }, options)).rows).toBe(200);
  }
  for (const { name } of REPORTS) expect((await runReport(reader, name, {}, options)).plan.rows_scanned).toBe(2_000);
});

it('runs again in 128 bits when a counter does not fit', async () => {
  put('c', 0);
  const batch = new FlowBatch(1, allColumnNames);
  batch.rows = 1;
  setWide(batch.u32('time'), 0, T + 10_000_000);
  batch.u32('raw_bytes').fill(0xffff_ffff);
  batch.u32('sampling')[0] = 7;
  store.beginBatch({ key: 'd', batch, hour: T, journal: null, rows: () => 1, recycle: () => {} });
  const { total } = await runQuery(reader, { from: T + 10_000_000, to: T + 10_000_001 }, options);
  expect(total.bytes).toBe(String(7n * (2n ** 64n - 1n)));
});
