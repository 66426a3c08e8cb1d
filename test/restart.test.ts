import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog, systemClock } from '../src/base/index.ts';
import { FlowBatch, setWide } from '../src/flow/index.ts';
import { JournalReader, JournalWriter, LocalStore } from '../src/store/index.ts';
import {
  freeUdpPort,
  remove,
  sleep,
  startNode,
  type TestNode,
  tempFolder,
  until,
  weir,
  weirJson,
} from './node.testing.ts';
import { N, numberedDatagram, openSender, storedNumbers } from './numbered.testing.ts';

const run = promisify(execFile);
/** What the journal promises: a record that was received longer ago than this survives. */
const PROMISE_MS = 1_000;

let folder: string;
let data: string;
let nodes: TestNode[];
beforeEach(() => {
  folder = tempFolder();
  data = join(folder, 'data');
  nodes = [];
});
afterEach(async () => {
  for (const node of nodes) await node.kill();
  remove(folder);
});

async function up(args: readonly string[] = [], port = 0): Promise<TestNode> {
  const node = await startNode(data, args, port);
  nodes.push(node);
  return node;
}

/** Sends numbered datagrams until it is told to stop; `sentAt[n]` is when datagram n was handed to the kernel. */
async function load(port: number) {
  const out = await openSender(port);
  const bootMs = Date.now() - 3_600_000;
  const sentAt: number[] = [];
  let running = true;
  const ended = (async () => {
    while (running) {
      for (let i = 0; i < 5 && running; i++) {
        await out.send(numberedDatagram(sentAt.length, bootMs));
        sentAt.push(Date.now());
      }
      await sleep(4);
    }
    out.close();
  })();
  return {
    sentAt,
    stop: async () => {
      running = false;
      await ended;
    },
  };
}

interface Answer {
  rows: [number, number][];
  quality: { damaged: { name: string; reason: string; rows?: number }[]; lost: { records: number; received: number } };
}

/** How often each number is there, and what the answer says of itself. */
async function numbers(directory = data) {
  const seen = await storedNumbers(directory);
  const { quality } = await weirJson<Answer>(
    'query',
    '--data',
    directory,
    '--from',
    'all',
    '--by',
    'protocol',
    '--metrics',
    'records',
  );
  return { seen, quality, twice: [...seen].filter(([, times]) => times !== 1) };
}

/** Numbers of the first `datagrams` that are not there. */
function missing(seen: ReadonlyMap<number, number>, datagrams: number): number[] {
  return Array.from({ length: datagrams * N }, (_, i) => i).filter((i) => !seen.has(i));
}

const files = (name: string) =>
  readdirSync(join(data, name), { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.(journal|parquet)$/.test(f))
    .sort()
    .map((f) => join(data, name, f));

/** Changes one byte. */
function damage(path: string, at: number): void {
  const fd = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  byte[0]! ^= 0x55;
  writeSync(fd, byte, 0, 1, at);
  closeSync(fd);
}

test('SIGTERM under load: exit code 0, in order, and every record that was sent before is there once', async () => {
  const node = await up();
  const sending = await load(node.port);
  await sleep(1_500);
  const before = sending.sentAt.length;
  expect(await node.stop()).toBe(0);
  await sending.stop();
  expect(node.stderr()).toMatch(/stopping: [\s\S]*stopped\n$/);
  expect(node.stderr()).not.toMatch(/WARN|ERROR/);
  expect(files('journal')).toEqual([]);
  const { seen, twice, quality } = await numbers();
  expect(twice).toEqual([]);
  expect(missing(seen, before)).toEqual([]);
  expect(quality).toMatchObject({ damaged: [], lost: { records: 0, received: seen.size } });
  expect(before).toBeGreaterThan(500);
});

test('SIGTERM takes what still waits in the socket', async () => {
  const node = await up();
  const out = await openSender(node.port);
  const bootMs = Date.now() - 3_600_000;
  process.kill(node.pid, 'SIGSTOP');
  for (let n = 0; n < 2_000; n++) await out.send(numberedDatagram(n, bootMs));
  process.kill(node.pid, 'SIGTERM');
  process.kill(node.pid, 'SIGCONT');
  expect(await node.exited).toBe(0);
  out.close();
  const { seen, twice, quality } = await numbers();
  // What the kernel dropped for want of room would be told as such, and is no fault of the drain.
  expect([missing(seen, 2_000).length, twice], `${JSON.stringify(quality.lost)}\n${node.stderr()}`).toEqual([0, []]);
});

describe('what a node cannot have', () => {
  test('a data directory of another node: refused, the holder is named, and that one goes on', async () => {
    const first = await up();
    const { code, stdout, stderr } = await weir('up', '--data', data, '--netflow', '127.0.0.1:0', '--http', 'off');
    expect(code).not.toBe(0);
    expect(stdout).not.toContain('ready');
    expect(stderr).toContain(`process ${first.pid}`);
    expect(stderr).toContain(data);
    expect((await fetch(`${first.http}/api/v1/health`)).status).toBe(200);
  });

  test('a port of another node: refused, with port, process and command', async () => {
    const first = await up();
    const other = ['up', '--data', join(folder, 'other')];
    for (const [args, port] of [
      [['--netflow', `127.0.0.1:${first.port}`, '--http', 'off'], first.port],
      [['--netflow', '127.0.0.1:0', '--http', first.http.slice('http://'.length)], Number(first.http.split(':').pop())],
    ] as const) {
      const { code, stdout, stderr } = await weir(...other, ...args);
      expect(code).not.toBe(0);
      expect(stdout).not.toContain('ready');
      expect(stderr).toContain(String(port));
      expect(stderr).toContain(`process ${first.pid} (`);
      expect(stderr).toContain('main.js up');
    }
    // The directory is free again after the refusal.
    const port = await freeUdpPort();
    const third = await startNode(join(folder, 'other'), [], port);
    nodes.push(third);
    expect(await third.stop()).toBe(0);
  });
});

test('a journal that spans minutes and is in segments in part: the next start counts only what is not', async () => {
  const minute = Math.floor(Date.now() / 60_000) * 60_000 - 300_000;
  const log = createLog({ style: 'pretty', level: 'silent' });
  const unlimited = { ageMs: null, bytes: null };
  const store = await LocalStore.open({
    root: data,
    clock: systemClock,
    log,
    retention: unlimited,
    segmentRows: 1_000_000,
    segmentAgeMs: 0,
    writerMemoryBytes: 64 << 20,
  });
  const journal = new JournalWriter(store.layout.journal, 0);
  journal.rotate(1, minute, { streams: [] });
  const offsets: number[] = [];
  for (let n = 0; n < 6; n++) {
    const bytes = numberedDatagram(n, minute - 3_600_000);
    journal.beginBlock(minute + n * 30_000);
    journal.add(Uint32Array.of(0, 0, 0xffff, 0x7f000001), 0, 9_000, bytes, 0, bytes.length);
    journal.endBlock(0);
    offsets.push(journal.offset);
  }
  const { file } = journal;
  journal.close();
  // Four datagrams, two minutes, are committed.
  const batch = new FlowBatch(4 * N, ['start', 'end', 'time', 'received', 'raw_bytes']);
  for (let i = 0; i < 4 * N; i++) {
    for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), i, minute);
    setWide(batch.u32('raw_bytes'), i, i);
  }
  batch.rows = 4 * N;
  store.beginBatch({ key: 'a', batch, hour: minute, journal: file, rows: () => batch.rows, recycle: () => undefined });
  const counts = { datagrams: 2, records: 2 * N };
  store.addLedger(
    'a',
    [0, 1].map((m) => ({ minute: minute + m * 60_000, exporter: '127.0.0.1', domain: 0, counts })),
  );
  store.closeBatch('a', { rows: batch.rows, closedMs: minute, position: { offset: offsets[3]!, skip: 0 } });
  await store.close();

  const { seen, twice, quality } = await numbers();
  expect([missing(seen, 6), twice]).toEqual([[], []]);
  expect(quality.lost).toMatchObject({ records: 0, received: 6 * N });
});

describe('damage between two runs', () => {
  /** A store with several segments and a journal that is not in them, as kill -9 leaves it; how many datagrams were sent. */
  async function killed(): Promise<number> {
    const node = await up(['--segment-rows', '10000']);
    const sending = await load(node.port);
    await until(
      async () => files('segments').length,
      (n) => n >= 2,
      20_000,
    );
    await sleep(300);
    await sending.stop();
    // What is written to a file survives a kill, synced or not.
    await sleep(400);
    await node.kill();
    return sending.sentAt.length;
  }

  test('a segment and a journal: both are named in every answer, the rest is there once, also after the next start', async () => {
    const sent = await killed();
    const segment = files('segments')[0]!;
    damage(segment, Math.floor(statSync(segment).size / 2));
    // Of the last journal, a block that is not in a segment yet.
    const journal = files('journal').at(-1)!;
    const { journals } = JSON.parse(readFileSync(join(data, 'manifest.json'), 'utf8').split('\n')[1]!) as {
      journals: Record<string, { offset: number }>;
    };
    const from = journals[basename(journal)]?.offset ?? 0;
    const reader = new JournalReader(journal);
    const blocks: { offset: number; datagrams: number }[] = [];
    for (let b = reader.next(); b; b = reader.next())
      if (b.offset >= from) blocks.push({ offset: b.offset, datagrams: b.datagrams });
    reader.close();
    expect(blocks.length).toBeGreaterThan(10);
    const hit = blocks[Math.floor(blocks.length / 2)]!;
    damage(journal, hit.offset + 60);

    for (const attempt of ['first', 'second']) {
      const node = await up();
      const { seen, twice, quality } = await numbers();
      expect(twice, attempt).toEqual([]);
      const named = [...quality.damaged].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(named, attempt).toMatchObject([
        { name: `journal/${basename(journal)}`, reason: expect.stringContaining('checksum') },
        {
          name: segment.slice(segment.indexOf('segments/')),
          reason: expect.stringContaining('checksum'),
          rows: expect.any(Number),
        },
      ]);
      const lost = missing(seen, sent).length;
      expect(lost, attempt).toBe(named[1]!.rows! + hit.datagrams * N);
      expect(seen.size, attempt).toBeGreaterThan(lost);
      const health = (await (await fetch(`${node.http}/api/v1/health`)).json()) as {
        status: string;
        findings: { text: string }[];
      };
      expect(health.status).toBe('degraded');
      expect(health.findings.map((f) => f.text).join()).toContain(named[1]!.name);
      expect(await node.stop()).toBe(0);
    }
  });

  test('a manifest: made again from the segments, named, nothing is missing or there twice', async () => {
    const sent = await killed();
    damage(join(data, 'manifest.json'), 40);
    const node = await up();
    const { seen, twice, quality } = await numbers();
    expect([missing(seen, sent), twice]).toEqual([[], []]);
    // No row is missing for it, so answers do not speak of it; the operator hears of it from health and doctor.
    expect(quality.damaged).toEqual([]);
    const health = (await (await fetch(`${node.http}/api/v1/health`)).json()) as { findings: { text: string }[] };
    expect(health.findings.map((f) => f.text).join()).toMatch(/manifest\.json.*checksum.*made again/);
  });
});

describe('a copy of the data directory, taken under load', () => {
  async function copied(copy: (node: TestNode, to: string) => Promise<void>): Promise<void> {
    const node = await up(['--segment-rows', '10000']);
    const sending = await load(node.port);
    await until(
      async () => files('segments').length,
      (n) => n >= 2,
    );
    for (let i = 0; i < 2; i++) {
      await sleep(700 + 500 * i);
      const to = join(folder, `copy${i}`);
      const began = Date.now();
      await copy(node, to);
      const { seen, twice, quality } = await numbers(to);
      expect(twice).toEqual([]);
      expect(quality.damaged).toEqual([]);
      const old = sending.sentAt.findIndex((at) => at > began - PROMISE_MS);
      expect(old).toBeGreaterThan(0);
      expect(missing(seen, old)).toEqual([]);
      expect(quality.lost.received).toBe(seen.size);
      remove(to);
    }
    await sending.stop();
  }

  test('at one instant, as a power loss would leave it', () =>
    copied(async (node, to) => {
      process.kill(node.pid, 'SIGSTOP');
      try {
        await run('cp', ['-a', data, to]);
      } finally {
        process.kill(node.pid, 'SIGCONT');
      }
    }));

  test('file by file while the node writes (cp -a)', () =>
    copied(async (_, to) => {
      // A file that goes while cp reads the folder is no failure.
      await run('cp', ['-a', data, to]).catch((error: { stderr: string }) =>
        expect(error.stderr).toMatch(/No such file|cannot stat/),
      );
    }));
});
