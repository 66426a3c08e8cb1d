import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { tcpSender } from './command-export-send.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** The port of a collector that does with each connection what it is told to. */
async function collector(on: (socket: Socket) => void, options = {}): Promise<number> {
  const server = createServer(options, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    on(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

describe('an export over TCP', () => {
  it('is done when the collector has read all of it and closed', async () => {
    let bytes = 0;
    const port = await collector((socket) => socket.on('data', (piece) => (bytes += piece.length)));
    const sender = await tcpSender('127.0.0.1', port);
    for (let i = 0; i < 100; i++) await sender.send(new Uint8Array(60_000));
    await sender.finish();
    expect(bytes).toBe(6_000_000);
  });

  it('has failed when the collector reads nothing and breaks off after the end', async () => {
    const port = await collector((socket) => setTimeout(() => socket.resetAndDestroy(), 200), { pauseOnConnect: true });
    const sender = await tcpSender('127.0.0.1', port);
    await sender.send(new Uint8Array(10_000));
    await expect(sender.finish()).rejects.toThrow('broke off the connection');
  });

  it('has failed when the collector closes without reading', async () => {
    const port = await collector((socket) => setTimeout(() => socket.destroy(), 200), { pauseOnConnect: true });
    const sender = await tcpSender('127.0.0.1', port);
    await sender.send(new Uint8Array(10_000));
    await expect(sender.finish()).rejects.toThrow('broke off the connection');
  });

  it('waits for a collector that never closes no longer than for one that takes nothing', async () => {
    const port = await collector((socket) => socket.resume(), { allowHalfOpen: true });
    const sender = await tcpSender('127.0.0.1', port, 200);
    await sender.send(new Uint8Array(1_000));
    await expect(sender.finish()).rejects.toThrow('has not closed the connection');
  });

  it('may be silent while there is nothing to send', async () => {
    const port = await collector((socket) => socket.resume());
    const sender = await tcpSender('127.0.0.1', port, 100);
    await sender.send(new Uint8Array(1_000));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await sender.send(new Uint8Array(1_000));
    await sender.finish();
  });
});
