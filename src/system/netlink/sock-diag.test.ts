import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findSocketHolders } from '../process/socket-holders.ts';
import { type DiagSocket, SOCKET_STATE } from './diag-socket.ts';
import {
  type ClosedSockets,
  IPPROTO_TCP,
  IPPROTO_UDP,
  openClosedSockets,
  openSockDiag,
  type SockDiag,
} from './sock-diag.ts';

function refusal(): string | null {
  try {
    openSockDiag().close();
    return null;
  } catch (error) {
    return String(error);
  }
}
const refused = refusal();

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0).reverse()) one.close();
});
function opened<T extends { close(): unknown }>(one: T): T {
  open.push(one);
  return one;
}

function sockets(diag: SockDiag, protocol = IPPROTO_TCP): DiagSocket[] {
  const all: DiagSocket[] = [];
  diag.list(protocol, (s) => all.push({ ...s, local: s.local.slice(), remote: s.remote.slice() }));
  return all;
}

async function server(address: string): Promise<{ server: Server; port: number }> {
  const made = opened(createServer((socket) => socket.on('data', () => socket.end('y'.repeat(70_000)))));
  made.listen(0, address);
  await once(made, 'listening');
  return { server: made, port: (made.address() as AddressInfo).port };
}

async function connection(address: string, port: number): Promise<Socket> {
  const socket = connect(port, address);
  open.push({ close: () => socket.destroy() });
  await once(socket, 'connect');
  return socket;
}

describe.skipIf(refused !== null)(`the kernel's list of sockets${refused ? ` (skipped: ${refused})` : ''}`, () => {
  it.each([
    ['127.0.0.1', [0, 0, 0xffff, 0x7f000001]],
    ['::1', [0, 0, 0, 1]],
  ])(
    'has both ends of a connection over %s, each with its cookie, and the inode that our descriptors have',
    async (address, words) => {
      const { port } = await server(address);
      const socket = await connection(address, port);
      const diag = opened(openSockDiag());
      const mine = sockets(diag).filter((s) => s.localPort === port || s.remotePort === port);
      const listener = mine.find((s) => s.state === SOCKET_STATE.listen)!;
      const ends = mine.filter((s) => s.state === SOCKET_STATE.established);
      expect(ends).toHaveLength(2);
      const near = ends.find((s) => s.remotePort === port)!;
      expect([...near.local]).toEqual(words);
      expect([...near.remote]).toEqual(words);
      expect(near).toMatchObject({ protocol: 6, localPort: socket.localPort, uid: process.geteuid!(), hasInfo: true });
      expect(new Set([...ends, listener].map((s) => s.cookie)).size).toBe(3);
      expect(Math.min(...mine.map((s) => s.cookie))).toBeGreaterThan(0);
      const { pids } = findSocketHolders(new Set(mine.map((s) => s.inode)), [process.pid]);
      expect([...pids.values()]).toEqual([process.pid, process.pid, process.pid]);
      // A cookie stays.
      expect(sockets(diag).find((s) => s.remotePort === port)!.cookie).toBe(near.cookie);
    },
  );

  it('has UDP sockets, connected or not', async () => {
    const one = opened(createSocket('udp4'));
    one.bind(0, '127.0.0.1');
    await once(one, 'listening');
    const diag = opened(openSockDiag());
    const found = sockets(diag, IPPROTO_UDP).find((s) => s.localPort === one.address().port)!;
    expect(found).toMatchObject({ protocol: 17, remotePort: 0, hasInfo: false });
    expect([...found.local]).toEqual([0, 0, 0xffff, 0x7f000001]);
    expect([...findSocketHolders(new Set([found.inode]), [process.pid]).pids.values()]).toEqual([process.pid]);
  });

  it('gives the last counters of a connection when it is closed: payload exact, by the cookie that it had', async () => {
    const closed = opened(openClosedSockets());
    const { port } = await server('127.0.0.1');
    const diag = opened(openSockDiag());
    const socket = await connection('127.0.0.1', port);
    const cookie = sockets(diag).find((s) => s.remotePort === port)!.cookie;
    socket.resume();
    socket.end('x'.repeat(1_000));
    await once(socket, 'close');
    const ends = await bothEnds(closed, port);
    const near = ends.find((s) => s.remotePort === port)!;
    const far = ends.find((s) => s.localPort === port)!;
    // The FIN of the other side is one byte more.
    expect(near).toMatchObject({ cookie, hasInfo: true, payloadSent: 1_000, payloadReceived: 70_001 });
    expect(far).toMatchObject({ payloadSent: 70_000, payloadReceived: 1_001 });
    expect(near.segmentsSent).toBe(far.segmentsReceived);
    expect(near.rttUs).toBeGreaterThan(0);
  });
});

async function bothEnds(closed: ClosedSockets, port: number): Promise<DiagSocket[]> {
  const ends: DiagSocket[] = [];
  await vi.waitFor(
    () => {
      closed.drain((s) => {
        if (s.localPort === port || s.remotePort === port) ends.push({ ...s });
      });
      expect(ends.filter((s) => s.state !== SOCKET_STATE.listen)).toHaveLength(2);
    },
    { timeout: 3_000 },
  );
  return ends;
}
