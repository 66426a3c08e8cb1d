import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LocalStore } from './local-store.ts';
import { batchOf, put, readerOf, storeOfEachTest, storeOptions, T0, totals } from './store.testing.ts';

const own = storeOfEachTest();

async function reopen(more = {}): Promise<void> {
  await own.reader.close();
  await own.store.close();
  own.store = await LocalStore.open(storeOptions(own.temp.root, own.clock, more));
  own.reader = await readerOf(own.store);
}

function segmentFiles(): string[] {
  return readdirSync(own.store.layout.segments, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort()
    .map((name) => join(own.store.layout.segments, name));
}

describe('rows', () => {
  test('are the same in memory, in a segment, in both, and after reopening', async () => {
    put(own.store, batchOf(1000, T0, 0), T0);
    expect(await totals(own.reader)).toMatchObject({
      rows: 1000,
      bytes: 499_500,
      facts: { segments: 0, rowsInMemory: 1000 },
    });
    await own.store.flush();
    put(own.store, batchOf(1000, T0, 1000), T0);
    expect(await totals(own.reader)).toMatchObject({
      rows: 2000,
      bytes: 1_999_000,
      facts: { segments: 1, rowsAtRest: 1000, rowsInMemory: 1000 },
    });
    await reopen();
    expect(await totals(own.reader)).toMatchObject({
      rows: 2000,
      bytes: 1_999_000,
      facts: { segments: 2, rowsInMemory: 0 },
    });
  });

  test('of a batch that is still being filled are seen as far as they are whole', async () => {
    const batch = batchOf(10, T0);
    let whole = 4;
    own.store.beginBatch({ key: 'open', batch, hour: T0, journal: null, rows: () => whole, recycle: () => {} });
    expect((await totals(own.reader)).rows).toBe(4);
    whole = 10;
    expect((await totals(own.reader)).rows).toBe(10);
  });

  test('of two hours of receipt go to two segments, filed by hour', async () => {
    put(own.store, batchOf(10, T0), T0);
    put(own.store, batchOf(10, T0 + 3_600_000), T0 + 3_600_000);
    await own.store.flush();
    expect(segmentFiles().map((f) => f.slice(own.store.layout.segments.length))).toEqual([
      '/2026-11-21/12/0000000001.parquet',
      '/2026-11-21/13/0000000002.parquet',
    ]);
    expect((await totals(own.reader, { from: T0, to: T0 + 1 })).facts.segments).toBe(1);
  });

  test('of segments written with fewer columns read as unknown in the others', async () => {
    put(own.store, batchOf(5, T0, 0, ['start', 'end', 'received', 'time', 'raw_bytes', 'raw_packets']), T0);
    put(own.store, batchOf(5, T0), T0);
    await own.store.flush();
    put(own.store, batchOf(5, T0, 0, ['start', 'end', 'received', 'time', 'raw_bytes']), T0);
    const view = await own.reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
    const sql = `SELECT min(sampling), max(sampling), max(icmp_type), max("time"), count(*) FROM ${view.relation}`;
    const { rows } = await view.run(sql, [], { timeoutMs: 10_000 });
    view.release();
    expect(rows).toEqual([[1, 1, 255, BigInt(T0), 15n]]);
  });
});

describe('leases', () => {
  test('a batch is not given back while a view reads it, and a file is not deleted', async () => {
    const first = put(own.store, batchOf(10, T0), T0);
    const view = await own.reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
    await own.store.flush();
    expect(first.recycled).toBe(false);
    expect((await view.run(`SELECT count(*) FROM ${view.relation}`, [], { timeoutMs: 10_000 })).rows).toEqual([[10n]]);
    view.release();
    expect(first.recycled).toBe(true);
  });

  test('retention by bytes takes the oldest segments, and their files once no view reads them', async () => {
    put(own.store, batchOf(2000, T0), T0);
    await own.store.flush();
    const size = own.store.status().bytesAtRest;
    await reopen({ retention: { ageMs: null, bytes: 64_000 + size * 2.5 } });
    for (let i = 1; i < 3; i++) {
      put(own.store, batchOf(2000, T0 + i), T0);
      await own.store.flush();
    }
    const view = await own.reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
    const before = segmentFiles();
    await own.store.tick();
    put(own.store, batchOf(2000, T0 + 3), T0);
    await own.store.flush();
    expect(own.store.status()).toMatchObject({ segments: 3, expiredRows: 2000 });
    expect(segmentFiles()).toHaveLength(before.length + 1);
    expect((await view.run(`SELECT count(*) FROM ${view.relation}`, [], { timeoutMs: 10_000 })).rows).toEqual([
      [BigInt(before.length * 2000)],
    ]);
    view.release();
    expect(segmentFiles()).toHaveLength(3);
    expect(segmentFiles()[0]).not.toBe(before[0]);
  });

  test('retention by age counts from receipt', async () => {
    await reopen({ retention: { ageMs: 3_600_000, bytes: null } });
    put(own.store, batchOf(10, T0), T0);
    await own.store.flush();
    own.clock.advance(3_600_000);
    await own.store.tick();
    expect((await totals(own.reader)).rows).toBe(10);
    own.clock.advance(1);
    await own.store.tick();
    expect((await totals(own.reader)).rows).toBe(0);
    expect(segmentFiles()).toEqual([]);
  });
});

describe('damage', () => {
  async function twoSegments(): Promise<string[]> {
    put(own.store, batchOf(1000, T0, 0), T0);
    await own.store.flush();
    put(own.store, batchOf(1000, T0, 1000), T0);
    await own.store.flush();
    return segmentFiles();
  }

  test.each([
    ['a flipped bit', (path: string) => flip(path, 700)],
    ['a cut-off end', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 900))],
    ['nothing left', (path: string) => writeFileSync(path, '')],
    ['a missing file', (path: string) => rmSync(path)],
  ])('%s: the segment is put aside and named, the rest answers', async (_, damage) => {
    const [first] = await twoSegments();
    await own.reader.close();
    await own.store.close();
    damage(first!);
    own.store = await LocalStore.open(storeOptions(own.temp.root, own.clock));
    own.reader = await readerOf(own.store);
    const found = await totals(own.reader);
    expect(found).toMatchObject({ rows: 1000, bytes: 1_499_500 });
    expect(found.facts.damaged).toMatchObject([{ file: 'segments/2026-11-21/12/0000000001.parquet', rows: 1000 }]);
    await reopen();
    expect((await totals(own.reader)).facts.damaged).toHaveLength(1);
  });

  test('a damaged manifest is made again from the segments', async () => {
    await twoSegments();
    await own.reader.close();
    await own.store.close();
    flip(own.store.layout.manifest, 40);
    own.store = await LocalStore.open(storeOptions(own.temp.root, own.clock));
    own.reader = await readerOf(own.store);
    const found = await totals(own.reader);
    expect(found).toMatchObject({ rows: 2000, bytes: 1_999_000 });
    // No row is missing, so no answer speaks of it; the status does.
    expect(found.facts.damaged).toEqual([]);
    expect(own.store.status().damaged).toMatchObject([{ file: 'manifest.json', rows: 0 }]);
    put(own.store, batchOf(1, T0), T0);
    await own.store.flush();
    expect((await totals(own.reader)).rows).toBe(2001);
  });

  test('a segment that no manifest knows is removed at the next start: its rows are in the journal', async () => {
    const [first] = await twoSegments();
    writeFileSync(first!.replace('0000000001', '0000000099'), readFileSync(first!));
    await reopen();
    expect((await totals(own.reader)).rows).toBe(2000);
    expect(segmentFiles()).toHaveLength(2);
  });
});

describe('the data directory', () => {
  test('has one owner', async () => {
    await expect(LocalStore.open(storeOptions(own.temp.root, own.clock))).rejects.toMatchObject({ code: 'busy' });
  });

  test('of a newer layout is refused', async () => {
    await own.reader.close();
    await own.store.close();
    writeFileSync(join(own.temp.root, 'VERSION'), '{"layout":99}');
    await expect(LocalStore.open(storeOptions(own.temp.root, own.clock))).rejects.toMatchObject({ code: 'version' });
    writeFileSync(join(own.temp.root, 'VERSION'), '{"layout":1}');
    own.store = await LocalStore.open(storeOptions(own.temp.root, own.clock));
    own.reader = await readerOf(own.store);
  });
});

describe('a disk that refuses', () => {
  test('keeps rows in memory, says so, and goes on when it can', async () => {
    const batch = put(own.store, batchOf(100, T0), T0);
    const { segments } = own.store.layout;
    rmSync(segments, { recursive: true });
    writeFileSync(segments, 'in the way');
    expect(await own.store.flush()).toBe(false);
    expect(own.store.status().failure).toContain('cannot write segment');
    expect(batch.recycled).toBe(false);
    rmSync(segments);
    expect(await own.store.flush()).toBe(true);
    expect(own.store.status().failure).toBeNull();
    expect((await totals(own.reader)).rows).toBe(100);
  });
});

test('the size of the journal is told while its files come and go', async () => {
  rmSync(own.store.layout.journal, { recursive: true });
  expect(own.store.status().journalBytes).toBe(0);
  mkdirSync(own.store.layout.journal);
  writeFileSync(join(own.store.layout.journal, '0000000001-t0.journal'), 'seven b');
  expect(own.store.status().journalBytes).toBe(7);
});

describe('the ledger', () => {
  test('is read with the rows that it is about, in memory and at rest', async () => {
    const entry = { minute: T0, exporter: '192.0.2.1', domain: 0, counts: { records: 10, lost: 3 } };
    const { key } = put(own.store, batchOf(10, T0), T0);
    own.store.addLedger(key, [entry]);
    const read = async () => {
      const view = await own.reader.view({ from: T0, to: T0 + 1 });
      view.release();
      return view.ledger;
    };
    expect(await read()).toEqual([entry]);
    await own.store.flush();
    expect(await read()).toEqual([entry]);
    await reopen();
    expect(await read()).toEqual([entry]);
    const view = await own.reader.view({ from: T0 + 60_000, to: T0 + 60_001 });
    view.release();
    expect(view.ledger).toEqual([]);
  });
});

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = bytes[at]! ^ 0x10;
  writeFileSync(path, bytes);
}
