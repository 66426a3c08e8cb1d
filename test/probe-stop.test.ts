/** Signals to a probe that waits for its pace: what is not sent is counted and said. */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernelAccess } from '../src/system/kernel.ts';
import { syntheticCapture } from './capture.testing.ts';
import { Spoken } from './namespaces.testing.ts';
import { remove, tempFolder } from './node.testing.ts';

const main = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist/cli/main.js');
const folder = tempFolder();
const capture = join(folder, 'many.pcap');
const FLOWS = 1_000;
const pause = () => new Promise((resolve) => setTimeout(resolve, 1_000));
const collector = createSocket('udp4');
beforeAll(async () => {
  writeFileSync(capture, syntheticCapture(2_000, FLOWS));
  collector.bind(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterAll(() => {
  collector.close();
  remove(folder);
});

/** A probe that sends one record a second: what it has would take it a quarter of an hour. */
async function slowProbe(path: string, ...args: string[]): Promise<Spoken> {
  const to = `ipfix://127.0.0.1:${collector.address().port}`;
  const all = [main, 'probe', '--capture', path, '--to', to, '--rate', '1', '--format', 'json', ...args];
  const probe = new Spoken(spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] }));
  await probe.until('ready\n');
  return probe;
}

function summary({ said }: Spoken): { packets: number; flows: number; open: number; exports: { records: number }[] } {
  return JSON.parse(said.split('\n').find((line) => line.startsWith('{'))!);
}

describe.skipIf(kernelAccess().kernel === null)('a probe that waits for its pace', () => {
  test('at the end of its file ends at the first signal, and says how many flows it did not send', async () => {
    // Idle flows do not end before the file does: all of them are open then.
    const probe = await slowProbe(capture, '--idle', '10m', '--active', 'off');
    await pause();
    expect(await probe.end()).toBe(130);
    const { packets, open, flows, exports } = summary(probe);
    expect([packets, open + flows]).toEqual([2_000, FLOWS]);
    expect(open).toBeGreaterThan(0);
    expect(exports[0]!.records).toBe(flows);
    expect(probe.said).toContain(`interrupted: not sent: ${open} open flows\n`);
  });

  test('within its file ends at the first signal, and says that more stood there', async () => {
    const probe = await slowProbe(capture, '--idle', '1s');
    await pause();
    expect(await probe.end()).toBe(130);
    const { packets, open } = summary(probe);
    expect(packets).toBeLessThan(2_000);
    expect(probe.said).toContain(`interrupted: ${capture} was not read to its end; not sent: ${open} open flow`);
  });

  test('after a signal that ended the capture says so, and ends at the second one', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const probe = await slowProbe(pipe, '--idle', '10m', '--active', 'off');
    const writer = await open(pipe, 'w');
    await writer.writeFile(readFileSync(capture));
    await pause();
    const code = probe.end();
    await probe.until('records a second; Ctrl-C again leaves out the rest\n');
    await probe.end();
    expect(await code).toBe(130);
    await writer.close();
    const { open: unsent, flows } = summary(probe);
    expect(unsent).toBeGreaterThan(0);
    expect(unsent + flows).toBeGreaterThan(FLOWS / 2);
    expect(probe.said).toContain(`not sent: ${unsent} open flows\n`);
  });
});
