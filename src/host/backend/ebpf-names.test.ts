import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { decode, encode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../../flow/index.ts';
import { initialPacket } from '../../packet/application/quic-initial.testing.ts';
import { makeTestCgroup } from '../test-cgroup.testing.ts';
import { type EbpfBackend, startEbpf } from './ebpf-backend.ts';

/** A ClientHello of more than 3,000 bytes, with its name behind a key share and before what pads it. */
function longHello(name: string): Buffer {
  const extension = (type: number, body: Buffer) => Buffer.concat([words(type, body.length), body]);
  const words = (...values: number[]) => Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
  const server = Buffer.from(name);
  const extensions = Buffer.concat([
    extension(51, Buffer.alloc(1_600)),
    extension(0, Buffer.concat([words(server.length + 3), Buffer.from([0]), words(server.length), server])),
    extension(21, Buffer.alloc(1_500)),
  ]);
  const body = Buffer.concat([
    Buffer.alloc(34, 3),
    Buffer.from([0, 0, 2, 19, 1, 1, 0]),
    words(extensions.length),
    extensions,
  ]);
  const handshake = Buffer.concat([Buffer.from([1, 0]), words(body.length), body]);
  return Buffer.concat([Buffer.from([22, 3, 1]), words(handshake.length), handshake]);
}

const { folder, refused } = makeTestCgroup('names');
/** Of the loopback network, so that no resolver of this machine has the port. */
const RESOLVER = '127.53.0.1';

/** Names of servers by the remote end of a flow. */
function namesOf(backend: EbpfBackend): Map<string, string | undefined> {
  const names = new Map<string, string | undefined>();
  backend.sweep((part) => {
    for (let i = 0; i < part.count; i++) {
      const words = [...part.remote.subarray(4 * i, 4 * i + 4)] as [number, number, number, number];
      const name = backend.serverName(part.cookie[i]!, part.remote, 4 * i, part.remotePort[i]!);
      names.set(`${formatAddress(words)}:${part.remotePort[i]}`, name?.name);
    }
  });
  return names;
}

async function inside(...command: string[]): Promise<void> {
  const script = `echo $$ > ${folder}/cgroup.procs; exec "$@"`;
  await once(spawn('sh', ['-c', script, 'sh', ...command], { stdio: 'ignore' }), 'close');
}

describe.skipIf(refused !== null)(`names of servers by eBPF${refused ? ` (skipped: ${refused})` : ''}`, () => {
  let backend: EbpfBackend;
  beforeAll(() => {
    backend = startEbpf({ cgroup: folder, names: true });
  });
  afterAll(() => {
    backend.close();
    rmdirSync(folder);
  });

  it('are those that curl asks for, in the first bytes of TLS', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.destroy()));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    await inside('curl', '-s', '--resolve', `Shop.example.com:${port}:127.0.0.1`, `https://Shop.example.com:${port}/`);
    server.close();
    expect(namesOf(backend).get(`127.0.0.1:${port}`)).toBe('shop.example.com');
  });

  it('are those of a ClientHello that is longer than a packet, wherever in it the name stands', async () => {
    const server = createServer((socket) => socket.resume().on('error', () => {}));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    // As a client whose card does not cut for it, and one that writes piece by piece.
    for (const [cookie, sizes] of [
      [1, [1400]],
      [2, [700]],
      [3, [5000]],
    ] as const) {
      const name = `long${cookie}.example.com`;
      const script = `const net = require('net'); const hello = Buffer.from('${longHello(name).toString('hex')}', 'hex');
        const s = net.connect(${port}, '127.0.0.1', async () => {
          s.setNoDelay();
          for (let at = 0; at < hello.length; at += ${sizes[0]}) {
            s.write(hello.subarray(at, at + ${sizes[0]}));
            await new Promise((done) => setTimeout(done, 20));
          }
          s.destroy();
        });`;
      await inside(process.execPath, '-e', script);
      expect(namesOf(backend).get(`127.0.0.1:${port}`)).toBe(name);
      backend.sweep((part) => backend.retireEntries(part, new Uint8Array(part.count)));
    }
    server.close();
    expect(backend.namesLost).toBe(0);
  });

  it('counts what there is no room for', async () => {
    const server = createServer((socket) => socket.resume().on('error', () => {}));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const script = `const net = require('net'); const hello = Buffer.from('${longHello('a.example').toString('hex')}', 'hex');
      (async () => {
        for (let i = 0; i < 600; i++)
          await new Promise((done) => { const s = net.connect(${port}, '127.0.0.1', () => s.end(hello)); s.on('close', done).resume(); s.on('error', () => {}); setTimeout(() => s.destroy(), 5); });
      })()`;
    await inside(process.execPath, '-e', script);
    server.close();
    expect(backend.namesLost).toBeGreaterThan(100);
    namesOf(backend);
  });

  it('are those that DNS has answered before the flow', async () => {
    const resolver = createSocket('udp4');
    resolver.on('message', (bytes, from) => {
      const { id, questions } = decode(bytes);
      const answers = [{ type: 'A' as const, name: questions![0]!.name, data: '127.80.0.1', ttl: 60 }];
      resolver.send(encode({ type: 'response', id: id!, questions: questions!, answers }), from.port, from.address);
    });
    await new Promise<void>((done) => resolver.bind(53, RESOLVER, done));
    const script = `const { Resolver } = require('dns').promises; const r = new Resolver(); r.setServers(['${RESOLVER}']);
      r.resolve4('files.example.org').then(([a]) => require('net').connect(9, a).on('error', () => {}))`;
    await inside(process.execPath, '-e', script);
    resolver.close();
    expect(namesOf(backend).get('127.80.0.1:9')).toBe('files.example.org');
  });

  it('are in the first packet of QUIC', async () => {
    const script = `const s = require('dgram').createSocket('udp4'); s.send(Buffer.from('${initialPacket().toString('hex')}', 'hex'), 443, '127.0.0.1', () => s.close())`;
    await inside(process.execPath, '-e', script);
    expect(namesOf(backend).get('127.0.0.1:443')).toBe('example.com');
  });

  it('are not looked for where they are not wanted', async () => {
    const without = startEbpf({ cgroup: folder });
    const script = `require('dgram').createSocket('udp4').send(Buffer.from('${initialPacket().toString('hex')}', 'hex'), 443, '127.0.0.1', () => process.exit())`;
    await inside(process.execPath, '-e', script);
    expect(namesOf(without)).toEqual(new Map([['127.0.0.1:443', undefined]]));
    without.close();
  });
});
