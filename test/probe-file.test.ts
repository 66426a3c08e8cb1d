/** `weir probe` over files: what it refuses before it tells anybody, and what it says of collectors that are not there and of ESP. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { kernelAccess } from '../src/system/kernel.ts';
import { remove, tempFolder, weir } from './node.testing.ts';
import { pcapOf } from './pcap.testing.ts';

const folder = tempFolder();
afterAll(() => remove(folder));

const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const T = Date.UTC(2026, 10, 1, 12);
const datagrams = pcapOf([1, 2, 3].map((port) => ({ payload: Buffer.alloc(64, port), timeMs: T + port, port })));

/** The same packets as ESP with SPI 0x11. */
function espOf(pcap: Buffer): Buffer {
  const esp = Buffer.from(pcap);
  for (let at = 24, n = 0; at < esp.length; at += 16 + esp.readUInt32LE(at + 8), n++) {
    const ip = at + 16 + 14;
    esp[ip + 9] = 50;
    esp.writeUInt32BE(0x11, ip + 20);
    esp.writeUInt32BE(n, ip + 24);
  }
  return esp;
}

async function closedPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

const probe = (capture: string, to: string, ...args: string[]) =>
  weir('probe', '--capture', capture, '--to', to, ...args);

describe.skipIf(kernelAccess().kernel === null)('weir probe over a file', () => {
  test('to a collector that is not there ends with an error that says how much was refused', async () => {
    const to = `ipfix://127.0.0.1:${await closedPort()}`;
    const { stderr, code } = await probe(file('some.pcap', datagrams), to);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`\\nweir: ${to}: nobody listened: all \\d+ datagrams? refused\\n$`));
  });

  test('refuses what is no capture before it is ready', async () => {
    const refusal = async (path: string) => {
      const { stdout, stderr } = await probe(path, 'ipfix://127.0.0.1:4739');
      expect(stdout).toBe('');
      return stderr;
    };
    expect(await refusal(join(folder, 'absent.pcap'))).toMatch(
      /absent\.pcap: no such file or interface; there are .*lo/,
    );
    expect(await refusal(file('passwd', 'root:x:0:0:root:/root:/bin/bash\n'))).toContain(
      'passwd: neither an interface nor',
    );
    expect(await refusal(file('empty.pcap', ''))).toContain('empty.pcap: the file is empty');
    expect(await refusal(folder)).toContain('is a directory');
  });

  test('tells ESP that stays opaque, and keys that do not fit', async () => {
    const collector = createSocket('udp4').bind(0, '127.0.0.1');
    await once(collector, 'listening');
    const to = `ipfix://127.0.0.1:${collector.address().port}`;
    const esp = file('esp.pcap', espOf(datagrams));
    const keys = file(
      'wrong.yaml',
      `keys: [{spi: 0x11, encryption: aes-cbc, key: 0x${'ab'.repeat(16)}, authentication: hmac-sha1-96, authentication_key: 0x${'cd'.repeat(20)}}]`,
    );
    const { stderr } = await probe(esp, to);
    expect(stderr).toContain('ESP: 3 packets stay opaque\n');
    const { stdout, code } = await probe(esp, to, '--keys', keys, '--format', 'json');
    expect(code).toBe(0);
    const summary = JSON.parse(stdout.split('\n').find((line) => line.startsWith('{'))!);
    expect(summary).toMatchObject({ packets: 3, duplicates: 0, esp: { opaque: 3, integrity: 3, implausible: 0 } });
    collector.close();
  });
});
