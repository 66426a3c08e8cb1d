import { connect } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { answering, connected, exchange, LiveMeter } from '../live-meter.testing.ts';
import type { HostBackend } from './host-backend.ts';
import { startSockDiag } from './sock-diag-backend.ts';

function refusal(): string | null {
  try {
    startSockDiag().close();
    return null;
  } catch (error) {
    return String(error);
  }
}
const refused = refusal();

const open: (() => unknown)[] = [];
afterEach(() => {
  for (const close of open.splice(0).reverse()) close();
});

function started(): { backend: HostBackend; live: LiveMeter } {
  const backend = startSockDiag();
  open.push(() => backend.close());
  return { backend, live: new LiveMeter(backend) };
}

async function server(bytes: number): Promise<number> {
  const { server: made, port } = await answering(bytes);
  open.push(() => made.close());
  return port;
}

describe.skipIf(refused !== null)(`the backend of sock_diag${refused ? ` (skipped: ${refused})` : ''}`, () => {
  it('counts the payload of a connection that begins and ends while it looks, with its process', async () => {
    // One whose process was looked for a moment ago.
    const earlier = await connected(await server(1));
    open.push(() => earlier.destroy());
    const port = await server(50_000);
    const { backend, live } = started();
    live.sweep();
    const socket = await connected(port);
    await exchange(socket, 700, 50_000);
    live.sweep();
    socket.destroy();
    const records = await live.of(port, 4);
    expect(backend.byteLayer).toBe('payload');
    expect(records).toHaveLength(4);
    const sent = records.filter((r) => r.dst_port === port);
    const received = records.filter((r) => r.src_port === port);
    // What a socket received has one byte more where the other side sent FIN, and it was closed before that was seen: the kernel counts so.
    const counted = (of: typeof sent) => of.map((r) => Number(r.raw_bytes));
    expect(counted(sent).every((n) => n === 700 || n === 701) && counted(sent).includes(700)).toBe(true);
    expect(counted(received).every((n) => n === 50_000 || n === 50_001) && counted(received).includes(50_000)).toBe(
      true,
    );
    expect(records.map((r) => r.duplicate).sort()).toEqual(['no', 'no', 'yes', 'yes']);
    for (const record of records)
      expect(record).toMatchObject({
        pid: process.pid,
        owner_source: 'diag',
        outcome: 'established',
        byte_layer: 'payload',
        continued: 'no',
      });
    expect(records[0]!.rtt).toBeGreaterThan(0);
  });

  it('counts a connection that existed before it from the moment on that it began', async () => {
    const port = await server(50_000);
    const socket = await connected(port);
    open.push(() => socket.destroy());
    await exchange(socket, 700, 50_000);
    const { live } = started();
    live.sweep();
    await exchange(socket, 30, 50_000);
    live.sweep();
    live.meter.end(Date.now());
    const records = await live.of(port, 4);
    expect(records.map((r) => r.raw_bytes).sort()).toEqual([30, 30, 50_000, 50_000]);
    expect(records.map((r) => r.pid)).toEqual([process.pid, process.pid, process.pid, process.pid]);
  });

  it('has a connection between two looks, without its process', async () => {
    const port = await server(9);
    const { live } = started();
    live.sweep();
    const socket = await connected(port);
    await exchange(socket, 5, 9);
    socket.destroy();
    await after(50);
    const records = await live.of(port, 4);
    expect(records.filter((r) => r.dst_port === port && r.flow_direction === 'egress')).toMatchObject([
      { raw_bytes: 5, outcome: 'established', owner_source: 'none', pid: undefined },
    ]);
  });

  it('tells a connection that was refused', async () => {
    const port = await server(1);
    open.pop()!();
    const { live } = started();
    live.sweep();
    connect(port, '127.0.0.1').on('error', () => {});
    const [record] = await live.of(port, 1);
    expect(record).toMatchObject({ dst_port: port, raw_bytes: 0, raw_packets: 1, outcome: 'refused' });
  });
});
