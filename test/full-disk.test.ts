import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog, ManualClock } from '../src/base/index.ts';
import { FlowBatch, setWide } from '../src/flow/index.ts';
import { LocalStore } from '../src/store/index.ts';
import { encodeNetflow5 } from '../src/wire/index.ts';
import { remove, sleep, startNode, type TestNode, tempFolder, until, weirJson } from './node.testing.ts';
import { N, openSender, storedNumbers } from './numbered.testing.ts';

const DISK = '24m';

let folder: string;
let disk: string;
let data: string;
let node: TestNode | null;
/** Mounting needs CAP_SYS_ADMIN: tried once. */
const mountable = canMount();

function canMount(): boolean {
  const at = tempFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' });
    execFileSync('umount', [at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    remove(at);
  }
}

/** A stream of numbered records: the bytes of a record are its number. */
async function stream(port: number) {
  const out = await openSender(port);
  const bootMs = Date.now() - 3_600_000;
  let n = 0;
  let seed = 1;
  const random = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0);
  return {
    get records() {
      return n * N;
    },
    /** Sends datagrams for a while, some tens of thousands of records a second. Values do not compress well, so that the disk fills. */
    async run(ms: number, each = 5): Promise<void> {
      for (const end = Date.now() + ms; Date.now() < end; await sleep(5)) {
        for (let i = 0; i < each; i++, n++) {
          const now = Date.now();
          const records = Array.from({ length: N }, (_, k) => ({
            src: random(),
            dst: random(),
            packets: random(),
            bytes: n * N + k,
            startMs: now - (random() % 100_000),
            endMs: now,
            srcPort: random() & 0xffff,
            dstPort: random() & 0xffff,
            srcAs: random() & 0xffff,
            dstAs: random() & 0xffff,
            protocol: 17,
          }));
          const [bytes] = encodeNetflow5(records, { exportMs: now, bootMs, sequence: n * N }).datagrams;
          await out.send(bytes!);
        }
      }
    },
    close: () => out.close(),
  };
}

/** Takes all that is left of the disk. */
function fill(name: string): string {
  const path = join(disk, name);
  const fd = openSync(path, 'w');
  try {
    for (let size = 1 << 20; size >= 4_096; ) {
      try {
        if (writeSync(fd, Buffer.alloc(size)) < size) size /= 4;
      } catch {
        size /= 4;
      }
    }
  } finally {
    closeSync(fd);
  }
  return path;
}

interface Quality {
  damaged: unknown[];
  lost: { records: number; received: number; by: Record<string, number> };
}

/** How often each number is there, and what the answer says of itself. */
async function numbers() {
  const seen = await storedNumbers(data);
  const { quality } = await weirJson<{ quality: Quality }>(
    'query',
    '--data',
    data,
    '--from',
    'all',
    '--by',
    'protocol',
  );
  return { seen, quality, twice: [...seen].filter(([, times]) => times !== 1) };
}

interface Health {
  status: string;
  findings: { level: string; subject: string; text: string }[];
  store: { failure: string | null; rows_at_rest: number };
}
const health = async () => (await (await fetch(`${node!.http}/api/v1/health`)).json()) as Health;

async function metric(name: string): Promise<number> {
  const page = await (await fetch(`${node!.http}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1]);
}

test('what is too old cannot be let go while no manifest can be written: said, tried again, nothing else breaks', async () => {
  const root = tempFolder();
  const clock = new ManualClock(Date.now());
  const options = {
    root,
    clock,
    log: createLog({ style: 'json', level: 'silent' }),
    segmentRows: 10_000,
    segmentAgeMs: 0,
    writerMemoryBytes: 64 << 20,
  };
  const store = await LocalStore.open({ ...options, retention: { ageMs: 60_000, bytes: null } });
  const shape = ['start', 'end', 'time', 'received', 'raw_bytes'];
  const batch = new FlowBatch(1, shape);
  for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), 0, clock.now());
  batch.rows = 1;
  store.beginBatch({ key: 'a', batch, hour: clock.now(), journal: null, rows: () => 1, recycle: () => undefined });
  store.closeBatch('a', { rows: 1, closedMs: clock.now(), position: { offset: 0, skip: 0 } });
  await store.tick();
  // Age waits for history.
  await store.makeHistory();
  expect(store.status()).toMatchObject({ segments: 1, failure: null });

  // Stands in for the disk that takes no byte more: the new manifest cannot be opened.
  const inTheWay = `${store.layout.manifest}.new`;
  mkdirSync(inTheWay);
  clock.advance(120_000);
  await store.tick();
  expect(store.status()).toMatchObject({ segments: 1, failure: expect.stringContaining('EISDIR') });
  rmSync(inTheWay, { recursive: true });
  clock.advance(10_000);
  await store.tick();
  expect(store.status()).toMatchObject({ segments: 0, expiredRows: 1, failure: null });
  await store.close();
  remove(root);
});

describe.skipIf(!mountable)('a full disk (needs root to mount a small one)', () => {
  beforeEach(() => {
    folder = tempFolder();
    disk = join(folder, 'disk');
    data = join(disk, 'data');
    node = null;
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', disk]);
  });
  afterEach(async () => {
    await node?.kill();
    execFileSync('umount', [disk]);
    remove(folder);
  });

  test('filled by someone else: said in log and health, what was stored answers, what could not be kept is counted, and it goes on afterwards', async () => {
    node = await startNode(data, ['--segment-rows', '10000', '--retention-bytes', '1G']);
    const sending = await stream(node.port);
    await sending.run(3_000);
    await until(
      async () => (await health()).store.rows_at_rest,
      (rows) => rows > 0,
    );
    const before = sending.records;
    const foreign = fill('foreign');
    await sending.run(6_000);

    const sick = await until(health, (h) => h.store.failure !== null);
    expect(sick.status).toBe('degraded');
    expect(sick.store.failure).toMatch(/no space left/i);
    expect(sick.findings.find((f) => f.subject === 'store')).toMatchObject({
      level: 'fail',
      text: expect.stringMatching(/no space left/i),
    });
    expect(node.stderr()).toMatch(/ERROR.*cannot write to the store/);
    expect(node.stderr()).toMatch(/ERROR.*the journal cannot be written: .*no space left/i);
    expect(await metric('weir_store_failing')).toBe(1);
    expect(await metric('weir_ingest_store_dropped_records_total')).toBeGreaterThan(0);

    // What was there before answers, and is there once.
    const during = await numbers();
    expect(during.twice).toEqual([]);
    expect(Array.from({ length: before }, (_, i) => i).filter((i) => !during.seen.has(i))).toEqual([]);

    rmSync(foreign);
    // Writing is tried again every five seconds.
    await until(health, (h) => h.store.failure === null);
    await sleep(1_500);
    const back = sending.records;
    await sending.run(1_500);
    sending.close();
    const read = async () => (await numbers()).quality.lost;
    const lost = await until(read, (l) => l.received + l.records >= sending.records, 15_000);
    // Each record that was sent is kept or accounted for, by the right cause.
    expect(lost.received + lost.records).toBe(sending.records);
    expect(lost.by.store! + lost.by.queue!).toBe(lost.records);
    expect(lost.records).toBeGreaterThan(0);
    const after = await numbers();
    expect(after.twice).toEqual([]);
    expect(after.seen.size).toBe(lost.received);
    // It keeps again all that is sent soon after the store writes.
    const last = Array.from({ length: sending.records - back }, (_, i) => back + i);
    expect(last.filter((i) => !after.seen.has(i))).toEqual([]);
    expect(node.stderr()).toContain('the store writes again');

    // kill -9: what the node had said is there is there at the next start, once.
    await node.kill();
    node = await startNode(data, ['--retention-bytes', '1G']);
    const again = await numbers();
    expect(again.twice).toEqual([]);
    expect(again.quality.damaged).toEqual([]);
    expect(again.seen.size).toBe(after.seen.size);
    expect(again.quality.lost).toMatchObject({ received: lost.received, records: lost.records });
    expect(await node.stop()).toBe(0);
  });

  test('filled by its own flows, because retention_bytes is larger than the disk: the node stays up and answers', async () => {
    node = await startNode(data, ['--segment-rows', '10000', '--retention-bytes', '1G']);
    const sending = await stream(node.port);
    for (let i = 0; i < 30 && (await health()).store.failure === null; i++) await sending.run(1_000, 20);
    await sending.run(2_000, 20);
    const sick = await health();
    expect(sick.status).toBe('degraded');
    expect(sick.store.failure).toMatch(/no space left.*retention_bytes/i);
    await sleep(1_500);
    const { seen, twice } = await numbers();
    expect(twice).toEqual([]);
    expect(seen.size).toBeGreaterThan(50_000);
    // Nothing vanished in silence: what is not there is in the counters of the node, or waits in the journal to be decoded.
    const dropped = await metric('weir_ingest_store_dropped_records_total');
    const received = await metric('weir_ingest_records_total');
    sending.close();
    expect(received).toBe(sending.records);
    const datagrams =
      (await metric('weir_journal_failed_datagrams_total')) + (await metric('weir_ingest_deferred_datagrams_total'));
    expect(seen.size + dropped + N * datagrams).toBeGreaterThanOrEqual(sending.records);
    // It ends when it is told to, and opens again: on a disk that is full still, and on one that has room.
    await node.stop();
    node = null;
    const again = await weirJson<{ total: { records: number } }>(
      'query',
      '--data',
      data,
      '--from',
      'all',
      '--by',
      'protocol',
      '--metrics',
      'records',
    );
    expect(again.total.records).toBeGreaterThan(0);
  });
});
