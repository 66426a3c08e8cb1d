import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syntheticCapture } from './capture.testing.ts';
import {
  fixtures,
  freeUdpPort,
  remove,
  sleep,
  startNode,
  type TestNode,
  tempFolder,
  totals,
  until,
} from './node.testing.ts';

const run = promisify(execFile);

/** Runs a peer to its end. */
function program(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}

/** softflowd over a capture, exporting NetFlow v5 to a port of this machine; with a control socket it may wait for ever on it after a file. */
const softflowd = (capture: string) => (port: number) =>
  program('softflowd', [
    '-r',
    capture,
    '-n',
    `127.0.0.1:${port}`,
    '-v',
    '5',
    '-c',
    'none',
    '-p',
    join(folder, 'pid'),
    '-d',
  ]);

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
  const nfcapd: ChildProcess = spawn(
    'nfcapd',
    ['-p', String(port), '-b', '127.0.0.1', '-w', files, '-t', '3600', '-B', '8000000'],
    { stdio: 'ignore' },
  );
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
  return {
    records: read('Flows'),
    bytes: read('Bytes'),
    packets: read('Packets'),
    lost: read('Sequence failures') || 0,
  };
}

async function compare(send: (port: number) => Promise<void>): Promise<void> {
  const peer = await besideNfcapd();
  await send(peer.port);
  const truth = await nfdumpTotals(await peer.finish());
  expect(truth.records).toBeGreaterThan(0);
  expect(
    await until(
      () => totals(node.data),
      (t) => t.records >= truth.records,
    ),
  ).toEqual({ ...truth, lost: 0 });
}

describe('softflowd', () => {
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
    const nfcapd = spawn(
      'nfcapd',
      ['-p', String(port), '-b', '127.0.0.1', '-w', files, '-t', '3600', '-B', '8000000'],
      { stdio: 'ignore' },
    );
    const gone = new Promise((resolve) => nfcapd.once('exit', resolve));
    await sleep(1_000);
    await softflowd(capture)(port);
    await sleep(1_000);
    nfcapd.kill('SIGTERM');
    await gone;
    const [file] = readdirSync(files).filter((name) => name.startsWith('nfcapd.'));
    await compare((to) =>
      program('nfreplay', ['-r', join(files, file!), '-H', '127.0.0.1', '-p', String(to), '-v', '5', '-d', '100']),
    );
  });
});
