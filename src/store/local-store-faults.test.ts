import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../base/index.ts';
import type { DuckReader } from './duck-reader.ts';
import { LocalStore } from './local-store.ts';
import { batchOf, put, readerOf, storeOptions, T0, tempRoot, totals } from './store.testing.ts';

/** What happens after a file was replaced and before its folder is synced. */
const disk = vi.hoisted(() => ({ sync: null as null | ((path: string) => void) }));
vi.mock('./files.ts', async (original) => {
  const files = await original<typeof import('./files.ts')>();
  const replaceFile = (path: string, content: string) => {
    files.replaceFile(path, content);
    disk.sync?.(path);
  };
  return { ...files, replaceFile };
});

let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore;
let reader: DuckReader;

beforeEach(async () => {
  temp = tempRoot();
  clock = new ManualClock(T0);
  store = await LocalStore.open(storeOptions(temp.root, clock));
  reader = await readerOf(store);
});

afterEach(async () => {
  disk.sync = null;
  await reader.close();
  await store.close();
  temp.remove();
});

async function reopen(between = () => {}, more = {}): Promise<void> {
  await reader.close();
  await store.close();
  between();
  store = await LocalStore.open(storeOptions(temp.root, clock, more));
  reader = await readerOf(store);
}

describe('after the commit', () => {
  const journal = '0000000001-t0.journal';

  test('a journal file that cannot be deleted costs no row, and is tried again', async () => {
    // A folder in its place: rm refuses it.
    mkdirSync(join(store.layout.journal, journal));
    put(store, batchOf(10, T0), T0, journal);
    store.journalClosed(journal);
    expect(await store.flush()).toBe(true);
    expect(store.status()).toMatchObject({ segments: 1, failure: null });
    expect((await totals(reader)).rows).toBe(10);
    await reopen();
    expect((await totals(reader)).rows).toBe(10);
    expect(store.unfinishedJournals()).toEqual([]);
    rmSync(join(store.layout.journal, journal), { recursive: true });
    writeFileSync(join(store.layout.journal, journal), '');
    put(store, batchOf(10, T0), T0);
    expect(await store.flush()).toBe(true);
    expect(existsSync(join(store.layout.journal, journal))).toBe(false);
    expect(store.nextJournalSequence()).toBe(2);
  });

  test('a manifest that is in place but not synced counts, and what the one before names stays', async () => {
    writeFileSync(join(store.layout.journal, journal), '');
    put(store, batchOf(10, T0), T0, journal);
    store.journalClosed(journal);
    disk.sync = () => {
      throw new Error('EIO');
    };
    expect(await store.flush()).toBe(true);
    expect((await totals(reader)).rows).toBe(10);
    expect(readdirSync(store.layout.journal)).toEqual([journal]);
    disk.sync = null;
    put(store, batchOf(10, T0), T0);
    expect(await store.flush()).toBe(true);
    expect(readdirSync(store.layout.journal)).toEqual([]);
    await reopen();
    expect((await totals(reader)).rows).toBe(20);
  });

  test('segments of a manifest that may be on disk are kept', async () => {
    put(store, batchOf(10, T0), T0);
    let written = '';
    disk.sync = (path) => {
      written = readFileSync(path, 'utf8');
      writeFileSync(path, 'not readable now');
      throw new Error('EIO');
    };
    expect(await store.flush()).toBe(false);
    disk.sync = null;
    const names = readdirSync(store.layout.segments, { recursive: true, encoding: 'utf8' });
    expect(names.filter((n) => n.endsWith('.parquet'))).toHaveLength(1);
    writeFileSync(store.layout.manifest, written);
    expect(await store.flush()).toBe(true);
    expect((await totals(reader)).rows).toBe(10);
  });
});

describe('a damaged segment', () => {
  const damaged = [{ file: 'segments/2026-11-21/12/0000000001.parquet', rows: 10 }];
  const reasons = () => readdirSync(store.layout.damaged);
  const segment = () => join(store.layout.segments, '2026-11-21/12/0000000001.parquet');

  async function twoSegments(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      put(store, batchOf(10, T0), T0);
      await store.flush();
    }
  }

  test('is left out and named while the disk refuses, and put aside when it takes it', async () => {
    await twoSegments();
    await reopen(() => writeFileSync(segment(), ''));
    const { quarantine } = store.layout;
    rmSync(quarantine, { recursive: true });
    writeFileSync(quarantine, 'in the way');
    for (let i = 0; i < 2; i++) {
      const found = await totals(reader);
      expect(found).toMatchObject({ rows: 10, facts: { damaged } });
      expect(found.facts.damaged).toHaveLength(1);
    }
    expect(existsSync(segment())).toBe(true);
    expect(store.status().failure).not.toBeNull();
    rmSync(quarantine);
    clock.advance(5_000);
    await store.tick();
    expect(store.status().failure).toBeNull();
    expect(existsSync(segment())).toBe(false);
    expect(store.status()).toMatchObject({ segments: 1, damaged });
    expect(reasons()).toHaveLength(1);
  });

  test('is named once when its note was written and the manifest was not', async () => {
    await twoSegments();
    await reopen(() => writeFileSync(segment(), ''));
    const inTheWay = `${store.layout.manifest}.new`;
    mkdirSync(inTheWay);
    expect(await totals(reader)).toMatchObject({ rows: 10, facts: { damaged } });
    expect(reasons()).toHaveLength(1);
    await reopen(() => rmSync(inTheWay, { recursive: true }));
    const found = await totals(reader);
    expect(found).toMatchObject({ rows: 10, facts: { damaged } });
    expect(found.facts.damaged).toHaveLength(1);
    expect(reasons()).toHaveLength(1);
    expect(store.status().segments).toBe(1);
  });

  test('of an old number that no manifest names is put aside with its rows named, not deleted', async () => {
    await twoSegments();
    const bytes = readFileSync(segment());
    const stray = segment().replace('0000000001', '0000000000');
    await reopen(() => writeFileSync(stray, bytes));
    expect(existsSync(stray)).toBe(false);
    expect(readdirSync(store.layout.quarantine).filter((n) => n.endsWith('.parquet'))).toHaveLength(1);
    const found = await totals(reader);
    expect(found).toMatchObject({ rows: 20, facts: { damaged: [{ rows: 10, from: T0, to: T0 }] } });
  });

  test('that retention let go before a crash is deleted at the next start', async () => {
    const retention = { ageMs: 3_600_000, bytes: null };
    await reopen(undefined, { retention });
    put(store, batchOf(10, T0), T0);
    await store.flush();
    await store.makeHistory();
    const bytes = readFileSync(segment());
    clock.advance(3_600_001);
    await store.tick();
    await reopen(() => writeFileSync(segment(), bytes), { retention });
    expect(existsSync(segment())).toBe(false);
    expect(readdirSync(store.layout.quarantine)).toEqual([]);
  });
});

describe('a manifest that is made again', () => {
  const segments = () => join(store.layout.segments, '2026-11-21/12');
  const lose = () => writeFileSync(store.layout.manifest, 'not a manifest');

  test('does not take over a segment that cannot be read through: its rows are named', async () => {
    for (let i = 0; i < 2; i++) {
      put(store, batchOf(5000, T0, i * 5000), T0);
      await store.flush();
    }
    await reopen(() => {
      const path = join(segments(), '0000000001.parquet');
      const bytes = readFileSync(path);
      bytes.fill(0xff, 40, 400);
      writeFileSync(path, bytes);
      lose();
    });
    const found = await totals(reader);
    expect(found.rows).toBe(5000);
    expect(found.facts.damaged).toMatchObject([{ rows: 5000, from: T0, to: T0 }]);
  });

  test('has the ledger of hours without a segment, and no position of a journal file that is gone', async () => {
    put(store, batchOf(10, T0), T0, '0000000007-t0.journal');
    const lost = put(store, batchOf(0, T0), T0);
    store.addLedger(lost.key, [{ minute: T0 - 3_600_000, exporter: 'a', domain: 0, counts: { lost: 5 } }]);
    await store.flush();
    await reopen(lose);
    const view = await reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
    view.release();
    expect(view.ledger).toMatchObject([{ exporter: 'a', counts: { lost: 5 } }]);
    expect(readFileSync(store.layout.manifest, 'utf8')).not.toContain('0000000007-t0.journal');
    expect(store.nextJournalSequence()).toBe(8);
  });

  test('one that is gone is made again too: segments are never taken for what a crash left', async () => {
    put(store, batchOf(10, T0), T0);
    await store.flush();
    await reopen(() => rmSync(store.layout.manifest));
    expect((await totals(reader)).rows).toBe(10);
  });
});

test('a changed line of gaps.jsonl is named by answers about the time before, also after the next start; one that a crash tore is not', async () => {
  const gap = (from: number) => ({ from, to: from + 60_000, cause: 'stopped' as const });
  store.gaps.add([gap(T0 - 300_000), gap(T0 - 200_000)]);
  store.gaps.write(T0);
  const { gaps } = store.layout;
  await reopen(() => appendFileSync(gaps, '{"from":1'));
  expect(store.status().damaged).toEqual([]);
  store.gaps.write(T0);
  await reopen(() => writeFileSync(gaps, readFileSync(gaps, 'utf8').replace('stopped', 'crashed')));
  const damage = { file: 'gaps.jsonl', reason: '1 lines are torn or were changed', rows: null, from: 0, to: T0 };
  expect(store.status().damaged).toEqual([damage]);
  expect(store.gaps.all).toEqual([gap(T0 - 200_000)]);
  store.gaps.write(T0);
  await reopen();
  expect(store.status().damaged).toEqual([damage]);
  const before = await store.snapshot({ from: T0 - 400_000, to: T0 });
  const after = await store.snapshot({ from: T0 + 1, to: T0 + 2 });
  expect([before.damaged, after.damaged]).toEqual([[damage], []]);
});
