import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTcpListener } from '../system/index.ts';
import { tcpCounters } from './tcp-counters.ts';
import { TcpSessions } from './tcp-sessions.ts';

let now: number;
let counters: ReturnType<typeof tcpCounters>;
let sessions: TcpSessions;
let messages: { port: number; length: number; first: number }[];
let ended: number[];
let problems: string[];
let port: number;
let closeListener: () => void;
const clients: Socket[] = [];

beforeEach(async () => {
  now = 1_000;
  counters = tcpCounters();
  messages = [];
  ended = [];
  problems = [];
  sessions = new TcpSessions(
    counters,
    {
      message: (bytes, at, length, peer) => messages.push({ port: peer.port, length, first: bytes[at + 16]! }),
      ended: (peer) => ended.push(peer.port),
      problem: (text) => problems.push(text),
    },
    () => now,
  );
  const listener = await openTcpListener(
    { address: '127.0.0.1', port: 0, maxConnections: 70 },
    (socket, peer) => sessions.accept(socket, peer),
    () => sessions.refuse('full', '127.0.0.1'),
  );
  port = listener.port;
  closeListener = () => listener.close();
});

afterEach(() => {
  for (const c of clients.splice(0)) c.destroy();
  sessions.stop();
  closeListener();
});

async function client(): Promise<Socket> {
  const before = counters.get('accepted');
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  clients.push(socket);
  await once(socket, 'connect');
  await until(() => counters.get('accepted') > before);
  return socket;
}

async function until(test: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !test(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(test()).toBe(true);
}

function message(length: number, fill = 0): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill);
  bytes.set([0, 10, length >> 8, length & 255]);
  return bytes;
}

describe('TcpSessions', () => {
  it('gives each connection its messages, with its port, and says when it is over', async () => {
    const [a, b] = [await client(), await client()];
    a.write(Buffer.concat([message(20, 1), message(30, 2).subarray(0, 10)]));
    b.write(message(65_535, 3));
    await until(() => messages.length === 2);
    a.write(message(30, 2).subarray(10));
    await until(() => messages.length === 3);
    expect(messages).toEqual(
      expect.arrayContaining([
        { port: a.localPort, length: 20, first: 1 },
        { port: b.localPort, length: 65_535, first: 3 },
        { port: a.localPort, length: 30, first: 2 },
      ]),
    );
    expect(counters.get('open')).toBe(2);
    const { localPort } = a;
    a.end();
    await until(() => ended.length === 1);
    expect(ended).toEqual([localPort]);
    expect(counters.get('ended')).toBe(1);
    expect(counters.get('open')).toBe(1);
    expect(problems).toEqual([]);
  });

  it.each([
    ['not_ipfix', Uint8Array.of(0, 9, 0, 20, 1, 2, 3), /what came is not IPFIX/],
    ['bad_length', Uint8Array.of(0, 10, 0, 3, 1, 2, 3), /shorter than its header/],
  ] as const)('closes a connection that is %s, counts it and tells who', async (cause, bytes, text) => {
    const socket = await client();
    socket.write(Buffer.concat([message(16), bytes]));
    if (!socket.closed) await once(socket, 'close');
    expect(messages).toHaveLength(1);
    expect(counters.get(cause)).toBe(1);
    expect(sessions.size).toBe(0);
    expect(problems).toEqual([expect.stringMatching(text)]);
    expect(problems[0]).toContain('127.0.0.1');
  });

  it('counts a connection that ends in the middle of a message, and one that is broken off', async () => {
    const cut = await client();
    cut.end(message(40).subarray(0, 20));
    await until(() => counters.get('cut') === 1);
    const reset = await client();
    reset.resetAndDestroy();
    await until(() => counters.get('reset') === 1);
    expect(ended).toHaveLength(2);
  });

  it('closes a slow sender, though a byte of its message comes now and then', async () => {
    const socket = await client();
    socket.write(message(16));
    await until(() => messages.length === 1);
    const slow = message(40);
    for (let i = 0; i < 6; i++) {
      now += 10_000;
      socket.write(slow.subarray(i, i + 1));
      await new Promise((resolve) => setTimeout(resolve, 10));
      sessions.tick();
      expect(sessions.size).toBe(1);
    }
    now += 10_000;
    sessions.tick();
    expect(counters.get('slow')).toBe(1);
    expect(sessions.size).toBe(0);
  });

  it('closes one that never sends a message after a minute, one that did after an hour', async () => {
    await client();
    const other = await client();
    other.write(message(16));
    await until(() => messages.length === 1);
    now += 60_000;
    sessions.tick();
    expect(counters.get('silent')).toBe(1);
    expect(sessions.size).toBe(1);
    now += 3_540_000;
    sessions.tick();
    expect(counters.get('idle')).toBe(1);
  });

  it('takes so many connections of one address and no more, and says so once', async () => {
    for (let i = 0; i < 64; i++) await client();
    for (let i = 1; i <= 3; i++) {
      const socket = connect({ host: '127.0.0.1', port });
      clients.push(socket);
      socket.on('error', () => {});
      await until(() => counters.get('address') === i);
    }
    expect(sessions.size).toBe(64);
    expect(problems).toEqual([expect.stringMatching(/refused: too many connections from one address/)]);
    clients[0]!.end();
    await until(() => sessions.size === 63);
    await client();
    expect(sessions.size).toBe(64);
  });

  it('ends all when the node stops', async () => {
    await client();
    await client();
    sessions.stop();
    expect(counters.get('stopped')).toBe(2);
    expect(ended).toHaveLength(2);
    expect(problems).toEqual([]);
  });
});
