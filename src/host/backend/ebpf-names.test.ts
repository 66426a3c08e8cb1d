import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { decode, encode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../../flow/index.ts';
import { initialPacket } from '../server-names/quic-initial.testing.ts';
import { makeTestCgroup } from '../test-cgroup.testing.ts';
import { type EbpfBackend, startEbpf } from './ebpf-backend.ts';

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
      names.set(`${formatAddress(words)}:${part.remotePort[i]}`, name);
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
