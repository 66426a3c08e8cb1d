import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createLog, ManualClock } from '../base/index.ts';
import { columns, FlowBatch, setWide } from '../flow/index.ts';
import { DuckReader } from './duck-reader.ts';
import type { ClosedAt } from './hot-batches.ts';
import { LocalStore } from './local-store.ts';
import type { LocalStoreOptions } from './store-options.ts';

/** Noon of some day: tests that cross an hour move on from here. */
export const T0 = Date.UTC(2026, 10, 21, 12, 0, 0);
const MEMORY = 256 << 20;

export function tempRoot(): { root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'weir-store-'));
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export function storeOptions(
  root: string,
  clock: ManualClock,
  more: Partial<LocalStoreOptions> = {},
): LocalStoreOptions {
  return {
    root,
    clock,
    log: createLog({ style: 'pretty', level: 'silent' }),
    retention: { ageMs: null, bytes: null },
    segmentRows: 1_000_000,
    segmentAgeMs: 300_000,
    writerMemoryBytes: MEMORY,
    ...more,
  };
}

export function readerOf(store: LocalStore): Promise<DuckReader> {
  return DuckReader.start(store, {
    threads: 1,
    memoryBytes: MEMORY,
    tempDirectory: store.layout.tmp,
    spillBytes: MEMORY,
    directories: [store.layout.root],
  });
}

/** What each test of a file has for itself; a test may open its store anew. */
export interface OwnStore {
  temp: ReturnType<typeof tempRoot>;
  clock: ManualClock;
  store: LocalStore;
  reader: DuckReader;
}

/** An empty store at T0, and who reads it, for each test of the file; both are closed and removed after it. */
export function storeOfEachTest(): OwnStore {
  const own = {} as OwnStore;
  beforeEach(async () => {
    own.temp = tempRoot();
    own.clock = new ManualClock(T0);
    own.store = await LocalStore.open(storeOptions(own.temp.root, own.clock));
    own.reader = await readerOf(own.store);
  });
  afterEach(async () => {
    await own.reader.close();
    await own.store.close();
    own.temp.remove();
  });
  return own;
}

/** A batch whose row i has raw_bytes = first + i and times around `ms`. */
export function batchOf(
  rows: number,
  ms: number,
  first = 0,
  shape: readonly string[] = columns.map((c) => c.name),
): FlowBatch {
  const batch = new FlowBatch(Math.max(rows, 1), shape);
  for (let i = 0; i < rows; i++) {
    for (const name of ['start', 'end', 'time', 'received']) if (batch.array(name)) setWide(batch.u32(name), i, ms);
    if (batch.array('raw_bytes')) setWide(batch.u32('raw_bytes'), i, first + i);
    if (batch.array('raw_packets')) setWide(batch.u32('raw_packets'), i, 1);
    if (batch.array('sampling')) batch.u32('sampling')[i] = 1;
  }
  batch.rows = rows;
  return batch;
}

let keys = 0;

/** Gives a finished batch to the store as a producer would; tells when it came back. */
export function put(
  store: LocalStore,
  batch: FlowBatch,
  ms: number,
  journal: string | null = null,
  closed: Partial<ClosedAt> = {},
) {
  const key = `test-${++keys}`;
  const seen = { key, recycled: false };
  store.beginBatch({
    key,
    batch,
    hour: Math.floor(ms / 3_600_000) * 3_600_000,
    journal,
    rows: () => batch.rows,
    recycle: () => (seen.recycled = true),
  });
  store.closeBatch(key, { rows: batch.rows, closedMs: ms, position: { offset: 0, skip: 0 }, ...closed });
  return seen;
}

/** Rows and sum of raw_bytes of everything a reader sees. */
export async function totals(reader: DuckReader, range = { from: 0, to: Number.MAX_SAFE_INTEGER }) {
  const view = await reader.view(range);
  try {
    const { rows } = await view.run(`SELECT count(*), coalesce(sum(raw_bytes), 0) FROM ${view.relation}`, [], {
      timeoutMs: 30_000,
    });
    return { rows: Number(rows[0]![0]), bytes: Number(rows[0]![1]), facts: view.facts };
  } finally {
    view.release();
  }
}
