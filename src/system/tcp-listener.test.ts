import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openTcpListener, type TcpListener, type TcpPeer } from './tcp-listener.ts';

const listeners: TcpListener[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const s of sockets.splice(0)) s.destroy();
  for (const l of listeners.splice(0)) l.close();
});

async function open(address: string, port = 0, maxConnections = 10) {
  const peers: TcpPeer[] = [];
  let refused = 0;
  const arrived: (() => void)[] = [];
  const wake = () => {
    for (const done of arrived.splice(0)) done();
  };
  const listener = await openTcpListener(
    { address, port, maxConnections },
    (socket, peer) => {
      sockets.push(socket);
      peers.push(peer);
      wake();
    },
    () => {
      refused += 1;
      wake();
    },
  );
  listeners.push(listener);
  return { listener, peers, refused: () => refused, next: () => new Promise<void>((done) => arrived.push(done)) };
}

async function dial(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port });
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

describe('openTcpListener', () => {
  it.each(['0.0.0.0', '::'])('%s takes IPv4 and IPv6 on one port', async (address) => {
    const { listener, peers, next } = await open(address);
    let arrived = next();
    const four = await dial('127.0.0.1', listener.port);
    await arrived;
    arrived = next();
    await dial('::1', listener.port);
    await arrived;
    expect([...peers[0]!.words]).toEqual([0, 0, 0xffff, 0x7f000001]);
    expect(peers[0]).toMatchObject({ address: '127.0.0.1', port: four.localPort });
    expect([...peers[1]!.words]).toEqual([0, 0, 0, 1]);
    expect(listener.address).toBe(address);
  });

  it('names the holder of a port that is taken', async () => {
    const { listener } = await open('127.0.0.1');
    await expect(open('0.0.0.0', listener.port)).rejects.toMatchObject({
      code: 'port_taken',
      details: { protocol: 'tcp', port: listener.port, pid: process.pid },
    });
  });

  it('refuses what is no address of this machine', async () => {
    await expect(open('localhost')).rejects.toMatchObject({ code: 'config' });
    await expect(open('192.0.2.1')).rejects.toMatchObject({ code: 'config' });
  });

  it('closes connections above the bound at once, and counts them', async () => {
    const { listener, peers, refused, next } = await open('127.0.0.1', 0, 1);
    const first = next();
    await dial('127.0.0.1', listener.port);
    await first;
    const second = next();
    const extra = await dial('127.0.0.1', listener.port);
    await second;
    if (!extra.closed) await once(extra, 'close');
    expect(peers).toHaveLength(1);
    expect(refused()).toBe(1);
  });
});
