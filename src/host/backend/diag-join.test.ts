import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { LiveMeter } from '../live-meter.testing.ts';
import { makeTestCgroup } from '../test-cgroup.testing.ts';
import { withSockDiag } from './diag-join.ts';
import { startEbpf } from './ebpf-backend.ts';
import type { HostBackend } from './host-backend.ts';

const { folder, refused } = makeTestCgroup('join');

/** Says its port, echoes; then connects to itself, and sends when it is told to. */
const TALKER = `
const net = require('net');
const server = net.createServer((s) => s.pipe(s)).listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.on('data', (word) => (word == 'end' ? process.exit() : client.write('x'.repeat(1000))));
});
`;

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  }
});

async function talker() {
  // In the group before it has a socket.
  const inGroup = ['-c', 'echo $$ > "$0"; exec "$@"', join(folder, 'cgroup.procs'), process.execPath, '-e', TALKER];
  const child = spawn('sh', inGroup, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = await once(child.stdout, 'data');
  return { child, pid: child.pid!, port: Number(said) };
}

describe.skipIf(refused !== null)(`eBPF with sock_diag${refused ? ` (skipped: ${refused})` : ''}`, () => {
  afterAll(() => rmdirSync(folder));

  it('knows the process of a connection that existed before it, and its round-trip time', async () => {
    const { child, pid, port } = await talker();
    const backend = withSockDiag(startEbpf({ cgroup: folder, entries: 1_024 }));
    try {
      const live = new LiveMeter(backend);
      live.sweep();
      child.stdin.write('go');
      await new Promise((done) => setTimeout(done, 300));
      live.sweep();
      live.meter.end(Date.now());
      const records = await live.of(port, 4);
      expect(records).toHaveLength(4);
      expect(records.map((r) => [r.pid, r.process])).toEqual(records.map(() => [pid, 'node']));
      for (const record of records) expect(record.rtt).toBeGreaterThan(0);
      expect(records.map((r) => r.owner_source)).toContain('diag');
    } finally {
      backend.close();
    }
  });

  it('lists sockets as often when the clock of the machine was set back by an hour', async () => {
    const counted = startEbpf({ cgroup: folder, entries: 1_024 });
    // What the programs know of round-trip times themselves is taken away: of a connection that stays open the rest is from lists.
    const sweep: HostBackend['sweep'] = (each) =>
      counted.sweep((part) => {
        part.rttUs.fill(0);
        each(part);
      });
    const backend = withSockDiag(Object.create(counted, { sweep: { value: sweep } }));
    const clock = vi.spyOn(Date, 'now');
    try {
      const live = new LiveMeter(backend);
      live.sweep();
      clock.mockImplementation(() => performance.timeOrigin + performance.now() - 3_600_000);
      const { child, port } = await talker();
      child.stdin.write('go');
      let rtt = 0;
      for (let i = 0; i < 80 && rtt === 0; i++) {
        await new Promise((done) => setTimeout(done, 100));
        backend.sweep((part) => {
          for (let slot = 0; slot < part.count; slot++)
            if (part.localPort[slot] === port || part.remotePort[slot] === port) rtt = Math.max(rtt, part.rttUs[slot]!);
        });
      }
      expect(rtt).toBeGreaterThan(0);
    } finally {
      clock.mockRestore();
      backend.close();
    }
  }, 45_000);

  it('knows the round-trip time of a connection that was over before a list of sockets had it', async () => {
    const backend = withSockDiag(startEbpf({ cgroup: folder, entries: 1_024 }));
    try {
      const live = new LiveMeter(backend);
      live.sweep();
      const { child, port } = await talker();
      child.stdin.write('go');
      await new Promise((done) => setTimeout(done, 100));
      child.stdin.write('end');
      await once(child, 'close');
      const records = await live.of(port, 4);
      expect(records).toHaveLength(4);
      for (const record of records) expect(record.rtt).toBeGreaterThan(0);
    } finally {
      backend.close();
    }
  });
});
