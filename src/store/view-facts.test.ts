import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { FlowBatch, setWide } from '../flow/index.ts';
import type { DuckReader } from './duck-reader.ts';
import { LocalStore } from './local-store.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { put, readerOf, storeOptions, T0, tempRoot, totals } from './store.testing.ts';

let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;
let reader: DuckReader;

beforeEach(async () => {
  temp = tempRoot();
  clock = new ManualClock(T0);
  await open();
});

afterEach(async () => {
  await close();
  temp.remove();
});

async function open(): Promise<void> {
  store = await LocalStore.open(storeOptions(temp.root, clock));
  reader = await readerOf(store);
}

async function close(): Promise<void> {
  await reader.close();
  await store.close();
}

const SHAPE = ['start', 'end', 'received', 'time', 'src_port', 'dst_port', 'raw_bytes'];

/** Rows that hold these codes of `continued`; none: the column is outside the shape, as is `direction` unless `directed`. */
function batch(continued: readonly number[], directed = false): FlowBatch {
  const rows = Math.max(continued.length, 1);
  const shape = [...SHAPE, ...(continued.length > 0 ? ['continued'] : []), ...(directed ? ['direction'] : [])];
  const made = new FlowBatch(rows, shape);
  for (let i = 0; i < rows; i++) {
    for (const name of ['start', 'end', 'time', 'received']) setWide(made.u32(name), i, T0);
    made.array('src_port')![i] = 50_000;
    made.array('dst_port')![i] = 443 + i;
    made.array('continued')?.fill(continued[i]!, i, i + 1);
  }
  made.rows = rows;
  return made;
}

const continuedOf = async () => (await totals(reader)).facts.continued;

test('a view knows which codes of continued occur, in memory and at rest', async () => {
  put(store, batch([]), T0);
  expect(await continuedOf()).toEqual([0]);
  await store.flush();
  expect(await continuedOf()).toEqual([0]);
  put(store, batch([1, 1]), T0);
  expect(await continuedOf()).toEqual([0, 1]);
  await store.flush();
  put(store, batch([2]), T0);
  expect(await continuedOf()).toEqual([0, 1, 2]);
  await store.flush();
  await close();
  await open();
  expect(await continuedOf()).toEqual([0, 1, 2]);
});

/** The manifest as an earlier version would have written it. */
async function reopenWithoutCodes(): Promise<void> {
  await close();
  const state = readManifest(store.layout.manifest);
  writeManifest(store.layout.manifest, { ...state, segments: state.segments.map(({ continued: _, ...rest }) => rest) });
  await open();
}

test('of a segment of before only its columns are known', async () => {
  put(store, batch([]), T0);
  await store.flush();
  await reopenWithoutCodes();
  expect(await continuedOf()).toEqual([0]);
  put(store, batch([1]), T0);
  await store.flush();
  await reopenWithoutCodes();
  expect(await continuedOf()).toEqual([0, 1, 2]);
});

test('a view knows whether any record may have a direction', async () => {
  put(store, batch([]), T0);
  expect((await totals(reader)).facts.directed).toBe(false);
  put(store, batch([], true), T0);
  expect((await totals(reader)).facts.directed).toBe(true);
  await store.flush();
  expect((await totals(reader)).facts.directed).toBe(true);
});

test('a view has virtual columns over segments of any shape and over memory', async () => {
  put(store, batch([1, 1]), T0);
  await store.flush();
  put(store, batch([]), T0);
  const view = await reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
  try {
    const sql = `SELECT service_port, site, subnet_hi, subnet_lo, count(*) FROM ${view.relation} GROUP BY ALL ORDER BY ALL`;
    const { rows } = await view.run(sql, [], { timeoutMs: 30_000 });
    expect(rows).toEqual([
      [443, '', 0n, 0n, 2n],
      [444, '', 0n, 0n, 1n],
    ]);
    // What nobody asks for is not in the plan: nor the ports of both sides, which are in the files.
    const plan = await view.run(`EXPLAIN SELECT sum(raw_bytes) FROM ${view.relation}`, [], { timeoutMs: 30_000 });
    expect(JSON.stringify(plan.rows, (_, v) => String(v))).not.toMatch(/port|site|CASE/);
  } finally {
    view.release();
  }
});
