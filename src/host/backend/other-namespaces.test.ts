import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync, rmdirSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { makeTestCgroup, startInCgroup } from '../test-cgroup.testing.ts';
import { withSockDiag } from './diag-join.ts';
import { startEbpf } from './ebpf-backend.ts';

const { folder, refused } = makeTestCgroup('elsewhere');
const THERE = `weir-else-${process.pid}`;

/** It is sent to and stays silent: no call of it is seen. */
const SILENT = `const { createSocket } = require('dgram');
const s = createSocket('udp4').bind(20001, '127.0.0.1', () => console.log('bound'));`;
const SENDER = `exec 3>/dev/udp/127.0.0.1/20001; echo x >&3`;

it.skipIf(refused !== null)('a socket that was open before in another network namespace has its process', async () => {
  execFileSync('ip', ['netns', 'add', THERE]);
  execFileSync('ip', ['-n', THERE, 'link', 'set', 'lo', 'up']);
  const own = readlinkSync('/proc/thread-self/ns/net');
  const inside = (...command: string[]) =>
    startInCgroup(folder, ['pipe', 'pipe', 'ignore'], ['ip', 'netns', 'exec', THERE, ...command]);
  const server = inside(process.execPath, '-e', SILENT);
  await once(server.stdout!, 'data');
  const backend = withSockDiag(startEbpf({ cgroup: folder }));
  try {
    expect(readlinkSync('/proc/thread-self/ns/net')).toBe(own);
    expect(backend.notes.join()).not.toContain('other network namespaces');
    server.kill('SIGSTOP');
    await once(inside('bash', '-c', SENDER), 'close');
    const owners: unknown[] = [];
    backend.sweep((part) => {
      for (let i = 0; i < part.count; i++) {
        if (part.localPort[i] === 20_001) owners.push(backend.owner(part.cookie[i]!));
      }
    });
    expect(owners).toMatchObject([{ pid: server.pid, source: 'diag', comm: 'node' }]);
  } finally {
    backend.close();
    server.kill('SIGKILL');
    await once(server, 'close');
    execFileSync('ip', ['netns', 'del', THERE]);
    for (let i = 0; i < 20; i++) {
      try {
        rmdirSync(folder);
        break;
      } catch {
        await after(100);
      }
    }
  }
});
