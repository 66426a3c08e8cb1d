import { rmSync } from 'node:fs';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLog, ManualClock } from '../base/index.ts';
import { LocalStore } from '../store/index.ts';
import { serveReader } from './serve-reader.ts';
import type { StoreReply, StoreRequest } from './store-messages.ts';
import { tempFolder } from './temp.testing.ts';

const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };
let root: string;
let store: LocalStore;

beforeEach(async () => {
  root = tempFolder();
  store = await LocalStore.open({
    root,
    clock: new ManualClock(Date.UTC(2026, 10, 21)),
    log: createLog({ style: 'pretty', level: 'silent' }),
    retention: { ageMs: null, bytes: null },
    segmentRows: 1_000,
    segmentAgeMs: 300_000,
    writerMemoryBytes: 256 << 20,
  });
});

afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

function connect(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  serveReader(store, port1);
  return port2;
}

function ask(port: MessagePort, request: StoreRequest): Promise<StoreReply> {
  const reply = new Promise<StoreReply>((resolve) => port.once('message', resolve));
  port.postMessage(request);
  return reply;
}

test('what a reader holds when its thread dies is given back, and what it gave back is not given twice', async () => {
  const release = vi.spyOn(store, 'release');
  const port = connect();
  for (let id = 1; id <= 3; id++) await ask(port, { id, type: 'snapshot', range: ALL });
  port.postMessage({ type: 'release', snapshot: 2 });
  await vi.waitFor(() => expect(release.mock.calls).toEqual([[2]]), { timeout: 30_000 });
  port.close();
  await vi.waitFor(() => expect(release.mock.calls).toEqual([[2], [1], [3]]), { timeout: 30_000 });
});

test('a snapshot that is made after its reader died is given back', async () => {
  const release = vi.spyOn(store, 'release');
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const snapshot = store.snapshot.bind(store);
  const slow = vi.spyOn(store, 'snapshot').mockImplementation(async (range) => {
    await gate;
    return snapshot(range);
  });
  const port = connect();
  port.postMessage({ id: 1, type: 'snapshot', range: ALL } satisfies StoreRequest);
  await vi.waitFor(() => expect(slow).toHaveBeenCalled(), { timeout: 30_000 });
  const closed = new Promise((resolve) => port.once('close', resolve));
  port.close();
  await closed;
  go();
  await vi.waitFor(() => expect(release.mock.calls).toEqual([[1]]), { timeout: 30_000 });
});
