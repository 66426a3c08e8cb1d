import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog, ManualClock } from '../src/base/index.ts';
import { allColumnNames, FlowBatch, setWide } from '../src/flow/index.ts';
import { JournalWriter, LocalStore } from '../src/store/index.ts';
import { remove, tempFolder } from './node.testing.ts';

const DISK = 16_000_000;
const SHARE = 0.1;
const ROWS = 10_000;

let disk: string;
/** Mounting needs CAP_SYS_ADMIN: tried once. */
const mountable = canMount();

function mount(at: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', at], { stdio: 'ignore' });
}

function canMount(): boolean {
  const at = tempFolder();
  try {
    mount(at);
    execFileSync('umount', [at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    remove(at);
  }
}

const freeShare = () => {
  const { bavail, blocks } = statfsSync(disk);
  return bavail / blocks;
};

/** Takes the file system but for this share, as someone else. */
function fillUpTo(share: number): string {
  const { bavail, blocks, bsize } = statfsSync(disk);
  const path = join(disk, 'foreign');
  writeFileSync(path, Buffer.alloc(Math.floor((bavail - share * blocks) * bsize)));
  return path;
}

/** Rows that do not compress. */
function batchOf(ms: number, random: () => number): FlowBatch {
  const batch = new FlowBatch(ROWS, allColumnNames);
  for (let i = 0; i < ROWS; i++) {
    for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), i, ms);
    for (const name of ['raw_bytes', 'raw_packets', 'src_lo', 'dst_lo']) setWide(batch.u32(name), i, random());
    batch.u32('sampling')[i] = 1;
  }
  batch.rows = ROWS;
  return batch;
}

describe.skipIf(!mountable)('what must stay free of a file system (needs root to mount a small one)', () => {
  let clock: ManualClock;
  let store: LocalStore;
  let batches = 0;
  let state = 1;
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);

  beforeEach(async () => {
    disk = tempFolder();
    mount(disk);
    mkdirSync(join(disk, 'data'));
    clock = new ManualClock(Date.UTC(2026, 10, 21, 12));
    store = await LocalStore.open({
      root: join(disk, 'data'),
      clock,
      log: createLog({ style: 'json', level: 'silent' }),
      segmentRows: ROWS,
      segmentAgeMs: 0,
      writerMemoryBytes: 64 << 20,
      retention: { ageMs: null, bytes: null, freeShare: SHARE },
    });
  });
  afterEach(async () => {
    await store.close();
    execFileSync('umount', [disk]);
    remove(disk);
  });

  /** One more segment, and how much was free then. */
  async function write(): Promise<number> {
    clock.advance(10_000);
    const key = `b${++batches}`;
    const batch = batchOf(clock.now(), random);
    store.beginBatch({ key, batch, hour: clock.now(), journal: null, rows: () => ROWS, recycle: () => undefined });
    store.closeBatch(key, { rows: ROWS, closedMs: clock.now(), position: { offset: 0, skip: 0 } });
    await store.tick();
    return freeShare();
  }

  test('the store lets the oldest records go before less is free, and goes on writing', async () => {
    let least = 1;
    for (let i = 0; i < 120; i++) least = Math.min(least, await write());
    const { rowsAtRest, expiredRows, failure, oldestReceived, newestReceived } = store.status();
    expect(failure).toBeNull();
    expect(rowsAtRest + expiredRows).toBe(120 * ROWS);
    expect(expiredRows).toBeGreaterThan(40 * ROWS);
    expect(newestReceived).toBe(clock.now());
    expect(oldestReceived).toBeGreaterThan(clock.now() - 80 * 10_000);
    expect(least).toBeGreaterThanOrEqual(SHARE - 0.01);
    expect(freeShare()).toBeLessThan(2 * SHARE);
  }, 360_000);

  test('what others take is no reason to delete: nothing is written, it is said, and it goes on when there is room', async () => {
    for (let i = 0; i < 5; i++) await write();
    await store.makeHistory();
    const foreign = fillUpTo(0.04);
    const before = freeShare();
    for (let i = 0; i < 5; i++) expect(await write()).toBe(before);
    expect(store.status()).toMatchObject({
      rowsAtRest: 5 * ROWS,
      expiredRows: 0,
      rowsInMemory: 5 * ROWS,
      failure: expect.stringMatching(/1 MB of the file system of .* are free, and 2 MB \(free_space\) must stay so/),
    });
    rmSync(foreign);
    await write();
    expect(store.status()).toMatchObject({ rowsAtRest: 11 * ROWS, rowsInMemory: 0, expiredRows: 0, failure: null });
  }, 180_000);

  test('the journal does not grow into it: datagrams that it cannot take are counted', () => {
    const directory = join(disk, 'data', 'journal');
    const writer = new JournalWriter(directory, 7, SHARE);
    const block = () => {
      writer.beginBlock(0);
      writer.add(new Uint32Array(4), 0, 1, new Uint8Array(1_000), 0, 1_000);
      writer.endBlock(0);
      writer.flush(0);
    };
    writer.rotate(1_000, 0, {});
    block();
    expect(writer).toMatchObject({ healthy: true, failed: 0 });
    const foreign = fillUpTo(0.09);
    block();
    block();
    expect(writer).toMatchObject({ healthy: false, failed: 2, failure: { code: 'disk_full' } });
    writer.rotate(1_001, 0, {});
    expect(writer.healthy).toBe(false);
    expect(existsSync(join(directory, writer.file))).toBe(false);
    rmSync(foreign);
    writer.rotate(1_002, 0, {});
    block();
    expect(writer).toMatchObject({ healthy: true, failed: 2 });
    writer.close();
  });
});
