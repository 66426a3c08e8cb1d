import { execFile, type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syntheticCapture } from './capture.testing.ts';
import { fixtures, freeUdpPort, remove, sleep, startNode, tempFolder, type TestNode, totals, until } from './node.testing.ts';

const run = promisify(execFile);
let folder: string;
let node: TestNode;
beforeEach(async () => {
  folder = tempFolder();
  node = await startNode(join(folder, 'data'));
});
afterEach(async () => {
  await node.stop();
  remove(folder);
});

/** nfcapd on a port of its own, and a relay that gives each datagram to it and to Weir, so that both judge the same bytes. */
async function besideNfcapd(): Promise<{ port: number; finish(): Promise<string> }> {
  const files = join(folder, 'nf');
  await run('mkdir', ['-p', files]);
  const port = await freeUdpPort();
  const nfcapd: ChildProcess = spawn('nfcapd', ['-p', String(port), '-b', '127.0.0.1', '-w', files, '-t', '3600', '-B', '8000000'], { stdio: 'ignore' });
  const gone = new Promise((resolve) => nfcapd.once('exit', resolve));
  const relay = createSocket('udp4');
  await new Promise<void>((resolve) => relay.bind(0, '127.0.0.1', resolve));
  relay.setRecvBufferSize(4 << 20);
  relay.on('message', (bytes) => {
    relay.send(bytes, port, '127.0.0.1');
    relay.send(bytes, node.port, '127.0.0.1');
  });
  await sleep(1_000);
  return {
    port: relay.address().port,
    finish: async () => {
      await sleep(1_000);
      relay.close();
      nfcapd.kill('SIGTERM');
      await gone;
      return files;
    },
  };
}

async function nfdumpTotals(files: string) {
  const { stdout } = await run('nfdump', ['-R', files, '-I']);
  const read = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(stdout)?.[1]);
  return { records: read('Flows'), bytes: read('Bytes'), packets: read('Packets'), lost: read('Sequence failures') || 0 };
}

async function compare(export_: (port: number) => Promise<unknown>): Promise<void> {
  const peer = await besideNfcapd();
  await export_(peer.port);
  const truth = await nfdumpTotals(await peer.finish());
  expect(truth.records).toBeGreaterThan(0);
  expect(await until(() => totals(node.data), (t) => t.records >= truth.records)).toEqual({ ...truth, lost: 0 });
}

describe('softflowd', () => {
  const softflowd = (capture: string) => async (port: number) =>
    run('softflowd', ['-r', capture, '-n', `127.0.0.1:${port}`, '-v', '5', '-c', join(folder, 'ctl'), '-p', join(folder, 'pid'), '-d']);

  test('over a capture made here: flows, bytes and packets equal nfdump on the same export, no sequence loss', async () => {
    const capture = join(folder, 'made.pcap');
    writeFileSync(capture, syntheticCapture(20_000, 400));
    await compare(softflowd(capture));
  });

  test.skipIf(fixtures === null)('over a third-party capture (../shared/fixtures): likewise', async () => {
    await compare(softflowd(join(fixtures!, 'pcapplusplus/large/example.pcap')));
  });
});

describe('nfreplay', () => {
  test('of what nfcapd stored: flows, bytes and packets equal nfdump, no sequence loss', async () => {
    const capture = join(folder, 'made.pcap');
    writeFileSync(capture, syntheticCapture(20_000, 3_000));
    const files = join(folder, 'stored');
    await run('mkdir', ['-p', files]);
    const port = await freeUdpPort();
    const nfcapd = spawn('nfcapd', ['-p', String(port), '-b', '127.0.0.1', '-w', files, '-t', '3600', '-B', '8000000'], { stdio: 'ignore' });
    const gone = new Promise((resolve) => nfcapd.once('exit', resolve));
    await sleep(1_000);
    await run('softflowd', ['-r', capture, '-n', `127.0.0.1:${port}`, '-v', '5', '-c', join(folder, 'ctl'), '-p', join(folder, 'pid'), '-d']);
    await sleep(1_000);
    nfcapd.kill('SIGTERM');
    await gone;
    await compare((to) => run('nfreplay', ['-R', files, '-H', '127.0.0.1', '-p', String(to), '-v', '5', '-d', '100']));
  });
});
