import { rmSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLog, ManualClock } from '../base/index.ts';
import { allColumnNames, FlowBatch, setWide, TextColumns } from '../flow/index.ts';
import { LocalStore } from '../store/index.ts';
import { DeferredFiles } from './deferred-files.ts';
import { JournalSync } from './journal-sync.ts';
import { newProducerShared, type ProducerMessage, type ProducerShared } from './producer-messages.ts';
import { FlowSeconds } from './seconds/flow-seconds.ts';
import { Producers } from './serve-producer.ts';
import { tempFolder } from './temp.testing.ts';
import { TroubleLog } from './trouble-log.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const log = createLog({ style: 'pretty', level: 'silent' });
let root: string;
let store: LocalStore;
let producers: Producers;

beforeEach(async () => {
  root = tempFolder();
  store = await LocalStore.open({
    root,
    clock: new ManualClock(NOW),
    log,
    retention: { ageMs: null, bytes: null },
    segmentRows: 1_000,
    segmentAgeMs: 300_000,
    writerMemoryBytes: 256 << 20,
  });
  producers = new Producers();
});

afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

function connect(shared: ProducerShared): (message: ProducerMessage | 'close') => void {
  const { port1, port2 } = new MessageChannel();
  const targets = {
    store,
    sync: new JournalSync(store.layout.journal, 1_000),
    deferred: new DeferredFiles(),
    trouble: new TroubleLog(log),
    log,
    seconds: new FlowSeconds(),
    now: () => NOW,
    written: () => {},
    exporters: () => {},
    heard: () => {},
    interrupted: () => {},
    ended: () => {},
  };
  producers.serve(targets, port1, shared);
  return (message: ProducerMessage | 'close') => (message === 'close' ? port2.close() : port2.postMessage(message));
}

/** Begins a batch in slot 0 and fills `rows` rows of it. */
function begin(say: ReturnType<typeof connect>, shared: ProducerShared, rows: number, journal: string | null): void {
  const texts = new TextColumns();
  const batch = new FlowBatch(100, allColumnNames);
  texts.begin(batch);
  for (let r = 0; r < rows; r++)
    for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), r, NOW);
  batch.rows = rows;
  new Int32Array(shared.slots)[0] = 1;
  new Int32Array(shared.rows)[0] = rows;
  say({ type: 'begin', key: 'import-1', slot: 0, handle: batch.handle(), hour: NOW - (NOW % 3_600_000), journal });
}

test('an import that dies leaves no open batch and no trace: what it published is written', async () => {
  const shared = newProducerShared(1);
  const say = connect(shared);
  begin(say, shared, 7, null);
  await vi.waitFor(() => expect(store.status().rowsInMemory).toBe(7));
  say('close');
  await vi.waitFor(() => expect(producers.size).toBe(0));
  expect(await store.flush(), store.status().failure ?? '').toBe(true);
  expect(store.status()).toMatchObject({ rowsInMemory: 0, rowsAtRest: 7 });
  expect(new Int32Array(shared.slots)[0]).toBe(0);
});

test('imports that end leave nothing behind, however many there were', async () => {
  for (let i = 0; i < 20; i++) {
    const say = connect(newProducerShared(1));
    say({ type: 'ended', state: { streams: [] } });
    say('close');
  }
  await vi.waitFor(() => expect(producers.size).toBe(0));
  expect(producers.heardUntil()).toBe(Number.POSITIVE_INFINITY);
});

test('a receiver that dies holds back what answers call complete, and its batch is left to the journal', async () => {
  const shared = newProducerShared(1);
  new Float64Array(shared.heartbeat)[0] = NOW - 5_000;
  const say = connect(shared);
  begin(say, shared, 7, 'j-1');
  await vi.waitFor(() => expect(store.status().rowsInMemory).toBe(7));
  say('close');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(producers.size).toBe(1);
  expect(producers.heardUntil()).toBe(NOW - 5_000);
  expect(await store.flush()).toBe(true);
  expect(store.status().rowsAtRest).toBe(0);
});

test('what producers have said is known as soon as it is asked for, before its event comes', () => {
  const shared = newProducerShared(1);
  begin(connect(shared), shared, 7, 'j-1');
  expect(store.status().rowsInMemory).toBe(0);
  producers.catchUp();
  expect(store.status().rowsInMemory).toBe(7);
});
