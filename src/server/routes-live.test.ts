import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { testApi } from './api.testing.ts';
import type { Api } from './api-schema.ts';
import type { NodeState } from './node-state.ts';

const METERED = { level: 'ebpf', notes: [], pid: 1, restarts: 0, trouble: '', counters: {}, givenUp: false } as const;

let scratch: string;
let store: TestStore;
let api: Api;
let port: number;
/** Asked for the state of the meter, and not answered yet. */
let asking: (() => void)[];
const sockets: Socket[] = [];

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'weir-live-'));
  store = await testStore([]);
  asking = [];
  const node = {
    hostMeter: () => new Promise((answer) => asking.push(() => answer({ ...METERED, forwarding: null }))),
    // A second that does not come to an end.
    live: () => new Promise(() => {}),
  } as unknown as NodeState;
  api = await testApi(store, scratch, { node });
  await api.listen({ host: '127.0.0.1', port: 0 });
  port = (api.server.address() as { port: number }).port;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api.close();
  store.close();
  rmSync(scratch, { recursive: true });
});

/** A client; what it was told so far. */
function listener(): { socket: Socket; said: () => string } {
  let text = '';
  const socket = connect(port, '127.0.0.1', () => {
    socket.write('GET /api/v1/host/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  });
  socket
    .on('error', () => {})
    .on('data', (bytes) => {
      text += bytes.toString();
    });
  sockets.push(socket);
  return { socket, said: () => text };
}

it('the live view has room again after clients that hung up before they were answered', async () => {
  for (let round = 0; round < 2; round++) {
    const clients = Array.from({ length: 16 }, listener);
    await expect.poll(() => asking.length).toBe(16);
    for (const { socket } of clients) socket.destroy();
    await expect.poll(() => openConnections()).toBe(0);
    for (const answer of asking.splice(0)) answer();
  }
  const last = listener();
  await expect.poll(() => asking.length).toBe(1);
  expect(last.said()).toBe('');
});

it('those who wait for the state of the meter are among the 16 that may listen', async () => {
  for (let i = 0; i < 16; i++) listener();
  await expect.poll(() => asking.length).toBe(16);
  const last = listener();
  await expect.poll(last.said).toContain('16 listen to the live view');
  expect(asking.length).toBe(16);
});

function openConnections(): Promise<number> {
  return new Promise((resolve, reject) => {
    api.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
