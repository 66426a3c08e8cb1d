import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { syntheticCapture } from './capture.testing.ts';
import { Spoken } from './namespaces.testing.ts';
import { remove, tempFolder } from './node.testing.ts';

/** A probe on a named pipe, through which another program captures. */

const main = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist/cli/main.js');
const folder = tempFolder();
const collector = createSocket('udp4');
beforeAll(async () => {
  collector.bind(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterAll(() => {
  collector.close();
  remove(folder);
});

async function probePipe(name: string): Promise<{ pipe: string; probe: Spoken }> {
  const pipe = join(folder, name);
  execFileSync('mkfifo', [pipe]);
  const to = `ipfix://127.0.0.1:${collector.address().port}`;
  const args = [main, 'probe', '--capture', pipe, '--to', to, '--format', 'json'];
  const probe = new Spoken(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  await probe.until('ready\n');
  return { pipe, probe };
}

function packetsOf({ said }: Spoken): number {
  return JSON.parse(said.split('\n').find((line) => line.startsWith('{'))!).packets;
}

test('a signal ends it while nobody writes into the pipe', async () => {
  const { probe } = await probePipe('idle');
  expect(await probe.end()).toBe(0);
  expect(packetsOf(probe)).toBe(0);
});

test('a signal ends it while more is to come and no flow has ended: what came before was metered', async () => {
  const { pipe, probe } = await probePipe('busy');
  const writer = await open(pipe, 'w');
  // A pipe holds less than this: when it is written, most of it was read.
  await writer.writeFile(syntheticCapture(10_000, 5));
  expect(await probe.end()).toBe(0);
  expect(packetsOf(probe)).toBeGreaterThan(1_000);
  await writer.close();
});

test('the end of the pipe ends it', async () => {
  const { pipe, probe } = await probePipe('whole');
  const writer = await open(pipe, 'w');
  await writer.writeFile(syntheticCapture(10_000, 5));
  await writer.close();
  expect(await probe.exited).toBe(0);
  expect(packetsOf(probe)).toBe(10_000);
});
