import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import type { HostBackend } from './backend/host-backend.ts';
import { ProcOwnerNames } from './names/owner-names.ts';
import { HostMeter } from './table/host-meter.ts';
import type { HostRecord } from './table/host-record.ts';

/** A meter over a backend of this machine, and what it recorded. */
export class LiveMeter {
  readonly meter: HostMeter;
  readonly records: HostRecord[] = [];

  constructor(backend: HostBackend, exportPeriodMs = 300_000) {
    const settings = { host: 'here', exportPeriodMs, leftOut: new Set<number>(), entries: 16_384 };
    this.meter = new HostMeter(backend, new ProcOwnerNames(), settings, (record) => this.records.push({ ...record }));
  }

  sweep(): void {
    this.meter.turn(Date.now(), 1_000);
  }

  /** Records of connections to a port of a server, from both of their ends, once there are so many. */
  async of(port: number, count: number, waitMs = 5_000): Promise<HostRecord[]> {
    const found = () => this.records.filter((r) => r.src_port === port || r.dst_port === port);
    for (const end = Date.now() + waitMs; Date.now() < end && found().length < count; await after(50)) this.sweep();
    return found();
  }
}

/** A server in this process that answers each connection with so many bytes once it has got something; it keeps the connection. */
export async function answering(bytes: number): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write('y'.repeat(bytes)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

export async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Sends so many bytes and takes so many. */
export async function exchange(socket: Socket, sent: number, expected: number): Promise<void> {
  let got = 0;
  const done = new Promise<void>((resolve) => {
    const take = (chunk: Buffer) => {
      got += chunk.length;
      if (got < expected) return;
      socket.off('data', take);
      resolve();
    };
    socket.on('data', take);
  });
  socket.write('x'.repeat(sent));
  await done;
}
