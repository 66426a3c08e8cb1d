import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../../flow/index.ts';
import { makeTestCgroup } from '../test-cgroup.testing.ts';
import { type EbpfBackend, startEbpf } from './ebpf-backend.ts';
import type { SocketOwner } from './host-backend.ts';
import { BEGAN, newSocketSweep, type SocketSweep } from './socket-sweep.ts';

const { folder, refused } = makeTestCgroup('backend');

/** Runs in the cgroup of the test; the process, once it has said something. */
async function inside(script: string) {
  const child = spawn(process.execPath, ['-e', `process.stdin.once('data', () => { ${script} })`], { stdio: 'pipe' });
  writeFileSync(join(folder, 'cgroup.procs'), `${child.pid}`);
  child.stdin.write('go');
  const [said] = await once(child.stdout, 'data');
  return { child, pid: child.pid!, said: String(said).trim() };
}

interface Row {
  local: string;
  remote: string;
  protocol: number;
  tx: [bytes: number, packets: number];
  rx: [bytes: number, packets: number];
  began: number;
  setupUs: number;
  ageMs: number;
  owner: SocketOwner | null;
}

function rowsOf(backend: EbpfBackend): Row[] {
  const rows: Row[] = [];
  backend.sweep((part) => {
    const end = (words: Uint32Array, port: Uint16Array, i: number) =>
      `${formatAddress([...words.subarray(4 * i, 4 * i + 4)] as [number, number, number, number])}:${port[i]}`;
    for (let i = 0; i < part.count; i++)
      rows.push({
        local: end(part.local, part.localPort, i),
        remote: end(part.remote, part.remotePort, i),
        protocol: part.protocol[i]!,
        tx: [part.txBytes[i]!, part.txPackets[i]!],
        rx: [part.rxBytes[i]!, part.rxPackets[i]!],
        began: part.began[i]!,
        setupUs: part.setupUs[i]!,
        ageMs: Date.now() - part.firstMs[i]!,
        owner: backend.owner(part.cookie[i]!),
      });
  });
  return rows;
}

describe.skipIf(refused !== null)(`eBPF of cgroups${refused ? ` (skipped: ${refused})` : ''}`, () => {
  let backend: EbpfBackend;
  beforeAll(() => {
    backend = startEbpf({ cgroup: folder });
  });
  afterAll(() => {
    backend.close();
    rmdirSync(folder);
  });

  it('sees both sides of a connection, each with its process, to the byte', async () => {
    const server = await inside(
      `require('net').createServer((s) => s.end('x'.repeat(1000))).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`,
    );
    const client = await inside(
      `require('net').connect(${server.said}, '127.0.0.1').resume().on('close', () => { console.log('done') })`,
    );
    const rows = rowsOf(backend);
    const here = rows.find(({ remote }) => remote === `127.0.0.1:${server.said}`)!;
    const accepted = rows.filter(({ local, remote }) => local === here.remote && remote === here.local);
    // The handshake is with the socket that listens, the rest with the one that was accepted.
    expect(accepted.map(({ owner }) => owner?.pid)).toEqual([server.pid, server.pid]);
    const [there, handshake] = accepted.sort((a, b) => b.tx[0] - a.tx[0]) as [Row, Row];
    expect(handshake.tx).toEqual([60, 1]);
    expect(handshake.setupUs).toBe(there.setupUs);
    there.tx = [there.tx[0] + handshake.tx[0], there.tx[1] + handshake.tx[1]];
    there.rx = [there.rx[0] + handshake.rx[0], there.rx[1] + handshake.rx[1]];
    expect([here.owner?.pid, there.owner?.pid]).toEqual([client.pid, server.pid]);
    expect([here.began, there.began]).toEqual([BEGAN.here, BEGAN.there]);
    expect(here.setupUs).toBeGreaterThan(0);
    expect(here.ageMs).toBeGreaterThan(-50);
    expect(here.ageMs).toBeLessThan(10_000);
    // The last acknowledgement goes to no socket any more.
    expect(there.tx).toEqual(here.rx);
    expect(here.tx[1] - there.rx[1]).toBeOneOf([0, 1]);
    // 20 of IP, 20 of TCP and 20 of options with SYN, else 12.
    expect(here.rx[0]).toBe(1000 + 60 + (here.rx[1] - 1) * 52);
    server.child.kill();
    client.child.kill();
    await Promise.all([once(server.child, 'close'), once(client.child, 'close')]);
  });

  it('counts the same in its totals, and tells no more of what was retired', () => {
    const rows = rowsOf(backend);
    const totals = backend.totals();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.reduce((sum, { tx }) => sum + tx[0], 0)).toBe(totals.txBytes);
    expect(rows.reduce((sum, { rx }) => sum + rx[0], 0)).toBe(totals.rxBytes);
    const cookies: number[] = [];
    backend.sweep((part) => {
      cookies.push(...part.cookie.subarray(0, part.count));
      backend.retireEntries(part, new Uint8Array(part.count));
    });
    expect(rowsOf(backend)).toEqual([]);
    backend.retire(Float64Array.from(cookies), cookies.length);
    expect(rowsOf(backend)).toEqual([]);
    expect(cookies.map((cookie) => backend.owner(cookie))).toEqual(cookies.map(() => null));
  });

  it('tells what came after it was told to forget, and forgets it at the next word', async () => {
    const PORT = 9;
    const { child } = await inside(`
      const socket = require('node:dgram').createSocket('udp4');
      const send = () => socket.send('x', ${PORT}, '127.0.0.1', () => console.log('sent'));
      process.stdin.on('data', send);
      send();`);
    let cookie = 0;
    const packets = (forget: (part: SocketSweep) => void = () => {}): number[] => {
      const found: number[] = [];
      backend.sweep((part) => {
        for (let i = 0; i < part.count; i++) {
          if (part.remotePort[i] !== PORT) continue;
          cookie = part.cookie[i]!;
          found.push(part.txPackets[i]!);
        }
        forget(part);
      });
      return found;
    };
    const again = async () => {
      child.stdin.write('again');
      await once(child.stdout, 'data');
    };
    expect(packets()).toEqual([1]);
    backend.retire(Float64Array.of(cookie), 1);
    await again();
    expect(packets()).toEqual([2]);

    const kept = new Uint8Array(4_096);
    const stale = newSocketSweep(4_096);
    packets((part) => {
      stale.count = part.count;
      for (const name of ['cookie', 'local', 'remote', 'localPort', 'remotePort', 'protocol'] as const)
        stale[name].set(part[name]);
      stale.txPackets.set(part.txPackets.map((n, i) => (part.remotePort[i] === PORT ? n - 1 : n)));
      stale.rxPackets.set(part.rxPackets);
    });
    backend.retireEntries(stale, kept);
    expect(packets()).toEqual([2]);

    backend.retire(Float64Array.of(cookie), 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    packets();
    backend.retire(Float64Array.of(cookie), 1);
    expect(packets()).toEqual([]);
    child.kill();
    await once(child, 'close');
  });
});
