import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTestCgroup } from '../test-cgroup.testing.ts';
import { type EbpfBackend, startEbpf } from './ebpf-backend.ts';

const { folder, refused } = makeTestCgroup('response');
const WAIT_MS = 300;

/** Runs in the cgroup of the test; what it said first. */
async function inside(script: string): Promise<{ said: string; end: () => Promise<unknown> }> {
  const child = spawn(process.execPath, ['-e', `process.stdin.once('data', () => { ${script} })`], { stdio: 'pipe' });
  const closed = once(child, 'close');
  writeFileSync(join(folder, 'cgroup.procs'), `${child.pid}`);
  child.stdin.write('go');
  const [said] = await once(child.stdout, 'data');
  const end = () => {
    child.kill();
    return closed;
  };
  return { said: String(said).trim(), end };
}

/** A server that does this with each connection, and a client that does that with its own: both run until the client has said something. */
async function connected(serve: string, ask: string): Promise<number> {
  const server = await inside(
    `require('net').createServer((s) => { s.on('error', () => {}); ${serve} }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`,
  );
  const client = await inside(`const s = require('net').connect(${server.said}, '127.0.0.1'); ${ask}`);
  await client.end();
  await server.end();
  return Number(server.said);
}

describe.skipIf(refused !== null)(`the time until a server answers${refused ? ` (skipped: ${refused})` : ''}`, () => {
  let backend: EbpfBackend;
  beforeAll(() => {
    backend = startEbpf({ cgroup: folder });
  });
  afterAll(() => {
    backend.close();
    rmdirSync(folder);
  });

  /** What the client and what the server know of it, in ms. */
  function responses(port: number): { client: number[]; server: number[] } {
    const client: number[] = [];
    const server: number[] = [];
    backend.sweep((part) => {
      for (let i = 0; i < part.count; i++) {
        const of = part.remotePort[i] === port ? client : part.localPort[i] === port ? server : null;
        if (of !== null && part.responseUs[i] !== 0) of.push(part.responseUs[i]! / 1e3);
      }
    });
    return { client, server };
  }

  function expectAbout(port: number, ms: number): void {
    const { client, server } = responses(port);
    for (const [known] of [client, server]) {
      expect(known).toBeGreaterThan(ms - 5);
      expect(known).toBeLessThan(ms + 250);
    }
    expect([client.length, server.length]).toEqual([1, 1]);
  }

  it('is from the first byte that was asked to the first that was answered, at both ends, whatever followed', async () => {
    const port = await connected(
      `s.once('data', () => setTimeout(() => { s.write('a'); setTimeout(() => s.end('b'), 50) }, ${WAIT_MS}))`,
      `setTimeout(() => s.write('question'), 100); s.on('data', () => {}).on('end', () => console.log('done'))`,
    );
    expectAbout(port, WAIT_MS);
  });

  it('is from the end of the handshake where the server speaks first, though it is answered', async () => {
    const port = await connected(
      `setTimeout(() => s.write('220 here'), ${WAIT_MS}); s.on('data', () => s.end('250 you'))`,
      `s.once('data', () => s.write('EHLO')).on('data', () => {}).on('end', () => console.log('done'))`,
    );
    expectAbout(port, WAIT_MS);
  });

  it('is not known of a server that never answers', async () => {
    const port = await connected('', `s.write('question', () => setTimeout(() => console.log('enough'), ${WAIT_MS}))`);
    expect(responses(port)).toEqual({ client: [], server: [] });
  });

  it('is that of the first datagram', async () => {
    const server = await inside(
      `const u = require('dgram').createSocket('udp4'); u.on('message', (_, from) => setTimeout(() => u.send('answer', from.port, from.address), ${WAIT_MS}));
       u.bind(0, '127.0.0.1', () => console.log(u.address().port))`,
    );
    const client = await inside(
      `const u = require('dgram').createSocket('udp4'); u.on('message', () => console.log('done')); u.send('question', ${server.said}, '127.0.0.1')`,
    );
    await client.end();
    await server.end();
    expectAbout(Number(server.said), WAIT_MS);
  });
});
