import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog, ManualClock } from '../base/index.ts';
import { FlowBatch, TextColumns } from '../flow/index.ts';
import { DuckReader, JournalWriter, LocalStore } from '../store/index.ts';
import { type LedgerCounts, mergeLedger } from '../truth/index.ts';
import { encodeNetflow5 } from '../wire/index.ts';
import { BatchPool } from './batch-pool.ts';
import { newPipeline } from './exporters.testing.ts';
import { ingestCounters } from './ingest-counters.ts';
import { newProducerShared, type ProducerMessage } from './producer-messages.ts';
import { ReceiveLoop } from './receive-loop.ts';
import type { DatagramSlots } from './receive-loop-options.ts';
import { replayJournal } from './replay.ts';
import { tempFolder } from './temp.testing.ts';

const T0 = Date.UTC(2026, 10, 21, 12, 0, 0);
const RECORDS = 30;
/** Small batches, so that a few datagrams fill the pool: a batch is closed when it could not take the largest datagram. */
/** Room for some datagrams: the pipeline asks for a row of each four bytes. */
const BATCH_ROWS = 500;
const POOL = 3;

let root: string;
let store: LocalStore;
let loop: ReceiveLoop;
let journal: JournalWriter;
let messages: ProducerMessage[];
let shared: ReturnType<typeof newProducerShared>;
let now: number;
let sent: number;
let counters: ReturnType<typeof ingestCounters>;

beforeEach(async () => {
  root = tempFolder();
  store = await LocalStore.open({
    root,
    clock: new ManualClock(T0),
    log: createLog({ style: 'pretty', level: 'silent' }),
    retention: { ageMs: null, bytes: null },
    segmentRows: 1_000,
    segmentAgeMs: 300_000,
    writerMemoryBytes: 256 << 20,
  });
  now = T0;
  sent = 0;
  start(store.layout.journal);
});

afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

function start(directory: string): void {
  messages = [];
  shared = newProducerShared(POOL);
  counters = ingestCounters();
  const texts = new TextColumns();
  journal = new JournalWriter(directory, 0);
  loop = new ReceiveLoop({
    thread: 0,
    firstJournal: 1,
    pipeline: newPipeline(100, counters, texts),
    journal,
    pool: new BatchPool(POOL, BATCH_ROWS, texts, shared),
    shared,
    counters,
    post: (message) => messages.push(message),
    batchAgeMs: 60_000,
  });
  loop.start(now);
}

/** One read of the socket with `count` datagrams, whose records carry consecutive numbers as bytes. */
function receive(count: number, kernelDrops = 0): void {
  const datagrams = Array.from({ length: count }, () => {
    const records = Array.from({ length: RECORDS }, (_, i) => ({
      src: 1,
      dst: 2,
      packets: 1,
      bytes: sent + i,
      startMs: now,
      endMs: now,
      protocol: 6,
    }));
    const [bytes] = encodeNetflow5(records, { exportMs: now, bootMs: T0 - 1e6, sequence: sent }).datagrams;
    sent += RECORDS;
    return bytes!;
  });
  const slotBytes = 2_048;
  const bytes = new Uint8Array(slotBytes * count);
  datagrams.forEach((d, i) => {
    bytes.set(d, i * slotBytes);
  });
  const slots: DatagramSlots = {
    bytes,
    view: new DataView(bytes.buffer),
    slotBytes,
    lengths: Uint32Array.from(datagrams, (d) => d.length),
    sourceWords: Uint32Array.from(datagrams.flatMap(() => [0, 0, 0xffff, 0xc0000201])),
    sourcePorts: new Uint16Array(count).fill(2055),
    truncated: () => false,
  };
  loop.block(slots, count, now, kernelDrops);
}

/** Time passes, and the loop is told. */
function tick(ms: number): void {
  now += ms;
  loop.tick(now);
}

/** Does with the messages what the store thread does, and decodes what was deferred. */
async function settle(): Promise<void> {
  const slots = new Int32Array(shared.slots);
  for (const m of messages.splice(0)) {
    if (m.type === 'begin') {
      const batch = FlowBatch.fromHandle(m.handle);
      const rows = new Int32Array(shared.rows);
      store.beginBatch({
        key: m.key,
        batch,
        hour: m.hour,
        journal: m.journal,
        rows: () => Atomics.load(rows, m.slot),
        recycle: () => Atomics.store(slots, m.slot, 0),
      });
    } else if (m.type === 'ledger') store.addLedger(m.key, m.entries);
    else if (m.type === 'close') store.closeBatch(m.key, m);
    else if (m.type === 'journal-closed') {
      if (!m.deferred) store.journalClosed(m.file);
      else await replay(m.file);
    }
  }
  await store.flush();
}

async function replay(name: string): Promise<void> {
  await replayJournal(store, name, { maxExporters: 100, flushRows: 1_000 });
}

async function stored() {
  const reader = await DuckReader.start(store, {
    threads: 1,
    memoryBytes: 256 << 20,
    tempDirectory: store.layout.tmp,
    spillBytes: 1 << 20,
    directories: [root],
  });
  const view = await reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
  const { rows } = await view.run(`SELECT count(*), count(DISTINCT raw_bytes) FROM ${view.relation}`, [], {
    timeoutMs: 10_000,
  });
  const counts: Partial<Record<keyof LedgerCounts, number>> = {};
  for (const entry of mergeLedger(view.ledger))
    for (const [k, n] of Object.entries(entry.counts))
      counts[k as keyof LedgerCounts] = (counts[k as keyof LedgerCounts] ?? 0) + n;
  view.release();
  await reader.close();
  return { rows: Number(rows[0]![0]), distinct: Number(rows[0]![1]), counts };
}

const closedFiles = () => messages.filter((m) => m.type === 'journal-closed');

describe('a receive loop', () => {
  test('with room decodes at once: each record is stored once, the journal is not needed', async () => {
    for (let i = 0; i < 5; i++) {
      receive(1);
      tick(100);
    }
    loop.finish(now);
    expect(closedFiles().every((m) => !m.deferred)).toBe(true);
    await settle();
    expect(await stored()).toMatchObject({ rows: 150, distinct: 150, counts: { datagrams: 5, records: 150 } });
    expect(store.unfinishedJournals()).toEqual([]);
  });

  test('without a free batch journals only, and what was deferred is stored once when it is decoded, with the same account', async () => {
    for (let i = 0; i < 40; i++) {
      receive(2, i === 30 ? 7 : 0);
      tick(100);
    }
    const slotsInUse = new Int32Array(shared.slots).filter((x) => x === 1).length;
    expect(slotsInUse).toBe(POOL);
    await settle();
    // The pool is free again: the loop decodes at once from here on.
    tick(100);
    for (let i = 0; i < 3; i++) receive(2);
    now += 100;
    loop.finish(now);
    expect(counters.get('deferred')).toBeGreaterThan(40);
    await settle();
    const found = await stored();
    expect(found).toMatchObject({
      rows: sent,
      distinct: sent,
      counts: { datagrams: 86, records: sent, kernel_drops: 7 },
    });
    expect(found.counts.lost).toBeUndefined();
  });

  test('after kill -9 in the middle of it all is stored once from the journal alone', async () => {
    for (let i = 0; i < 40; i++) {
      receive(2);
      tick(100);
    }
    journal.flush(now);
    // Nothing that the loop said reached the store.
    messages = [];
    for (const file of store.unfinishedJournals())
      await replayJournal(store, file.name, { maxExporters: 100, flushRows: 1_000 });
    const found = await stored();
    expect(found).toMatchObject({ rows: sent, distinct: sent, counts: { datagrams: 80, records: sent } });
    expect(found.counts.lost).toBeUndefined();
  });

  test('that can neither keep nor journal counts the records as dropped', async () => {
    start(join(root, 'no-such-folder'));
    for (let i = 0; i < 40; i++) {
      receive(2);
      tick(100);
    }
    const kept = messages.flatMap((m) => (m.type === 'close' ? [m.rows] : [])).reduce((a, b) => a + b, 0);
    expect(kept).toBeGreaterThan(0);
    expect(messages.some((m) => m.type === 'log')).toBe(true);
    await settle();
    tick(1_100);
    receive(1);
    now += 1_100;
    loop.finish(now);
    await settle();
    const found = await stored();
    expect(found.rows).toBeLessThan(sent);
    expect(found.rows + found.counts.store_drops!).toBe(sent);
  });

  test('that only journals does not call anything complete from there on, until it decodes again', async () => {
    const heartbeat = new Float64Array(shared.heartbeat);
    receive(1);
    tick(100);
    expect(heartbeat[0]).toBe(now);
    while (counters.get('deferred') === 0) {
      receive(2);
      if (counters.get('deferred') === 0) tick(100);
    }
    const before = heartbeat[0];
    for (let i = 0; i < 5; i++) {
      tick(100);
      receive(2);
    }
    expect(heartbeat[0]).toBe(before);
    const since = messages.flatMap((m) => (m.type === 'journal-opened' && m.deferred ? [m.sinceMs] : []));
    expect(since[0]).toBeGreaterThanOrEqual(before!);
    await settle();
    tick(100);
    expect(heartbeat[0]).toBe(now);
  });

  test('counts what the kernel dropped once when the batches run out amid one read of the socket', async () => {
    receive(100, 9);
    tick(100);
    expect(counters.get('deferred')).toBeGreaterThan(0);
    loop.finish(now);
    await settle();
    expect(await stored()).toMatchObject({ rows: sent, counts: { records: sent, kernel_drops: 9 } });
  });

  test('shows what it lost while no batch can carry it, and no longer when a journal file does', () => {
    (journal as unknown as { directory: string }).directory = join(root, 'no-such-folder');
    loop.start(now);
    for (let i = 0; i < 40; i++) {
      receive(2);
      tick(100);
    }
    const shown = () => messages.findLast((m) => m.type === 'held')?.entries.map((e) => e.counts.store_drops);
    expect(shown()![0]).toBeGreaterThan(0);
    (journal as unknown as { directory: string }).directory = store.layout.journal;
    tick(1_000);
    expect(journal.healthy).toBe(true);
    expect(shown()).toEqual([]);
  });

  test('whose clock is set back goes on writing the journal, the ledger and its batches', () => {
    tick(50_000);
    receive(1);
    tick(100);
    now -= 30_000;
    receive(1);
    const written = journal.bytes;
    messages = [];
    tick(0);
    expect(journal.bytes).toBeGreaterThan(written);
    expect(messages.map((m) => m.type)).toContain('ledger');
    expect(messages.map((m) => m.type)).toContain('close');
  });

  test('begins a new batch with the hour of receipt', () => {
    receive(1);
    now += 3_600_000;
    receive(1);
    loop.finish(now);
    expect(messages.flatMap((m) => (m.type === 'begin' ? [m.hour] : []))).toEqual([T0, T0 + 3_600_000]);
  });
});
