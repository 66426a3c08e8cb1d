import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../flow/index.ts';
import { startEbpf } from './backend/ebpf-backend.ts';
import { ProcOwnerNames } from './names/owner-names.ts';
import { HostMeter } from './table/host-meter.ts';
import type { HostRecord } from './table/host-record.ts';
import { makeTestCgroup, startInCgroup } from './test-cgroup.testing.ts';

const { folder, refused } = makeTestCgroup('metered');
const HOLE = `weir-hole-${process.pid}`;
const FAR = `weir-far-${process.pid}`;

const UDP_SERVER = `const s = require('dgram').createSocket('udp4'); s.on('message', (m, r) => { if (m.length > 1) setTimeout(() => s.send('late', r.port, r.address), 150) }); s.bind(0, '127.0.0.1', () => console.log(s.address().port));`;
const TCP_SERVER = `const s = require('net').createServer((c) => { c.on('error', () => {}); c.end('x'.repeat(1000)) }).listen(0, '127.0.0.1', () => console.log(s.address().port));`;
const RESETTING_SERVER = `const s = require('net').createServer((c) => { c.on('data', () => c.resetAndDestroy()); c.on('error', () => {}) }).listen(0, '127.0.0.1', () => console.log(s.address().port));`;

const started: ChildProcess[] = [];

function inside(command: string, args: readonly string[]): ChildProcess {
  const child = startInCgroup(folder, ['pipe', 'pipe', 'ignore'], [command, ...args]);
  started.push(child);
  return child;
}

async function server(script: string): Promise<{ port: number; pid: number }> {
  const child = inside(process.execPath, ['-e', script]);
  const [said] = await once(child.stdout!, 'data');
  return { port: Number(String(said)), pid: child.pid! };
}

async function ended(child: ChildProcess): Promise<number> {
  child.stdout!.resume();
  await once(child, 'close');
  return child.pid!;
}

const client = (script: string) => ended(inside('/bin/bash', ['-c', script]));

/** Two namespaces with a wire between them, on which the first one believes that there is a host at 192.0.2.7. */
function layWire(): void {
  ip('netns', 'add', HOLE);
  ip('netns', 'add', FAR);
  ip('-n', HOLE, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', FAR);
  for (const [namespace, last] of [[HOLE, 1] as const, [FAR, 2] as const]) {
    ip('-n', namespace, 'addr', 'add', `192.0.2.${last}/24`, 'dev', 'wire');
    ip('-n', namespace, 'addr', 'add', `2001:db8::${last}/64`, 'dev', 'wire', 'nodad');
    ip('-n', namespace, 'link', 'set', 'wire', 'up');
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'ignore' });
}

describe.skipIf(refused !== null)(`this host's flows${refused ? ` (skipped: ${refused})` : ''}`, () => {
  const records: HostRecord[] = [];
  let meter: HostMeter;

  beforeAll(() => {
    const backend = startEbpf({ cgroup: folder });
    meter = new HostMeter(
      backend,
      new ProcOwnerNames(),
      { host: 'a1', exportPeriodMs: 300_000, leftOut: new Set() },
      (record) => {
        records.push({
          ...record,
          src_addr: formatAddress([...(record.src_addr as Uint32Array)] as [number, number, number, number]),
          dst_addr: formatAddress([...(record.dst_addr as Uint32Array)] as [number, number, number, number]),
        });
      },
    );
  });

  afterAll(async () => {
    meter?.backend.close();
    for (const child of started) child.kill('SIGKILL');
    for (const namespace of [HOLE, FAR]) {
      try {
        ip('netns', 'del', namespace);
      } catch {
        // It was not made.
      }
    }
    for (let i = 0; i < 50; i++) {
      try {
        return rmdirSync(folder);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  });

  /** The records that come up within `ms`, as the process of the meter would look for them. */
  async function within(ms: number): Promise<HostRecord[]> {
    const until = Date.now() + ms;
    for (;;) {
      const wait = meter.turn(Date.now(), 1_000);
      if (Date.now() >= until) return records.splice(0);
      await new Promise((resolve) => setTimeout(resolve, Math.min(wait, until - Date.now())));
    }
  }

  it('are shown two seconds after a connection ended, at both of its processes, and are counted once', async () => {
    const { port, pid } = await server(TCP_SERVER);
    await within(0);
    const curl = await ended(inside('curl', ['-s', '--http0.9', `http://127.0.0.1:${port}/`]));
    const found = (await within(2_000)).filter((r) => r.src_port === port || r.dst_port === port);
    const told = found.map((r) => `${r.pid} ${r.process} ${r.dst_port === port ? 'asks' : 'answers'} ${r.duplicate}`);
    expect(told.sort()).toEqual(
      [`${curl} curl asks no`, `${curl} curl answers yes`, `${pid} node asks yes`, `${pid} node answers no`].sort(),
    );
    const counted = (which: string) =>
      found.filter((r) => r.duplicate === which).map((r) => [r.raw_bytes, r.raw_packets]);
    expect(counted('no').sort()).toEqual(counted('yes').sort());
    for (const r of found) expect(r.outcome).toBe('established');
    expect(found.find((r) => r.pid === curl)!.setup).toBeGreaterThan(0);
  });

  it('have the right process for each of a hundred connections that were over at once, and for the accepted sides', async () => {
    const { port, pid } = await server(TCP_SERVER);
    await within(0);
    const pids: number[] = [];
    for (let i = 0; i < 100; i++) pids.push(await client(`exec 3<>/dev/tcp/127.0.0.1/${port}; read -r -u 3 x`));
    const found = (await within(2_000)).filter((r) => r.src_port === port || r.dst_port === port);
    const asked = found.filter((r) => r.flow_direction === 'egress' && r.dst_port === port);
    const answered = found.filter((r) => r.flow_direction === 'egress' && r.src_port === port);
    expect(asked.map((r) => r.pid).sort()).toEqual(pids.sort());
    expect(answered).toHaveLength(100);
    for (const r of answered) expect(r.pid).toBe(pid);
  });

  it('have the right process for each of fifty that sent one datagram', async () => {
    const { port, pid } = await server(UDP_SERVER);
    await within(0);
    const pids: number[] = [];
    for (let i = 0; i < 50; i++) pids.push(await client(`echo -n x > /dev/udp/127.0.0.1/${port}`));
    // What the server received is told with it, though its socket is open.
    const all = (await within(2_000)).filter((r) => r.dst_port === port);
    const found = all.filter((r) => r.flow_direction === 'egress');
    expect(found.map((r) => r.pid).sort()).toEqual(pids.sort());
    for (const r of found) expect([r.raw_bytes, r.raw_packets, r.outcome]).toEqual([29, 1, 'unanswered']);
    const received = all.filter((r) => r.flow_direction === 'ingress');
    process.kill(pid);
    // Two of them may have drawn the same port: for the server that is one flow.
    expect(received.reduce((packets, r) => packets + Number(r.raw_packets), 0)).toBe(50);
    for (const r of received) expect([r.pid, r.duplicate]).toEqual([pid, 'yes']);
  });

  it('say of a server that it refuses, resets or is slow', async () => {
    const slow = await server(UDP_SERVER);
    const resetting = await server(RESETTING_SERVER);
    await within(0);
    const refusing = await client('exec 3<>/dev/tcp/127.0.0.1/1');
    const reset = await client(`exec 3<>/dev/tcp/127.0.0.1/${resetting.port}; echo question >&3; read -r -u 3 x`);
    const late = await client(`exec 3<>/dev/udp/127.0.0.1/${slow.port}; echo question >&3; read -r -N 4 -u 3 x`);
    const found = await within(2_000);
    const asked = (pid: number) => found.find((r) => r.pid === pid && r.flow_direction === 'egress')!;
    expect(asked(refusing)).toMatchObject({ outcome: 'refused', process: 'bash', dst_port: 1 });
    expect(asked(reset)).toMatchObject({ outcome: 'reset', process: 'bash', dst_port: resetting.port });
    expect(asked(late)).toMatchObject({ outcome: 'established', process: 'bash', dst_port: slow.port });
    expect(asked(late).setup).toBeGreaterThan(140_000);
    expect(asked(late).setup).toBeLessThan(1_000_000);
  });

  it('say that nothing came back where packets go into a black hole', async () => {
    layWire();
    ip('-n', HOLE, 'neigh', 'add', '192.0.2.7', 'lladdr', '02:00:00:00:00:07', 'dev', 'wire');
    await within(0);
    await ended(inside('ip', ['netns', 'exec', HOLE, 'curl', '-s', '-m', '1.5', 'http://192.0.2.7/']));
    const found = (await within(2_000)).filter((r) => r.dst_addr === '192.0.2.7');
    expect(found).toMatchObject([
      { process: 'curl', outcome: 'unanswered', raw_packets: 2, raw_bytes: 120, duplicate: 'no' },
    ]);
    expect(found[0]!.setup).toBeUndefined();
  });

  it('are counted once between containers, which are namespaces of this host, over IPv4 and IPv6', async () => {
    const far = inside('ip', ['netns', 'exec', FAR, process.execPath, '-e', TCP_SERVER.replace("'127.0.0.1'", "'::'")]);
    const [said] = await once(far.stdout!, 'data');
    const port = Number(String(said));
    await within(0);
    const pids: number[] = [];
    for (const address of ['192.0.2.2', '[2001:db8::2]'])
      pids.push(
        await ended(inside('ip', ['netns', 'exec', HOLE, 'curl', '-s', '--http0.9', `http://${address}:${port}/`])),
      );
    const found = (await within(2_000)).filter((r) => r.src_port === port || r.dst_port === port);
    const told = found.map((r) => `${r.src_addr} ${r.pid} ${r.duplicate} ${r.outcome}`);
    expect(told.sort()).toEqual(
      [
        ...[
          `192.0.2.1 ${pids[0]} no`,
          `192.0.2.1 ${far.pid} yes`,
          `192.0.2.2 ${far.pid} no`,
          `192.0.2.2 ${pids[0]} yes`,
        ],
        ...[`2001:db8::1 ${pids[1]} no`, `2001:db8::1 ${far.pid} yes`],
        ...[`2001:db8::2 ${far.pid} no`, `2001:db8::2 ${pids[1]} yes`],
      ]
        .map((text) => `${text} established`)
        .sort(),
    );
  });

  it('are all there is: nothing was counted that is in no flow', () => {
    expect(meter.counts.packets).toBeGreaterThan(1_000);
    expect(meter.counts.unmeteredPackets).toBe(0);
  });
});
