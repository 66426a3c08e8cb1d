import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { LocalStore } from './local-store.ts';
import { batchOf, put, readerOf, storeOfEachTest, storeOptions, T0, totals } from './store.testing.ts';

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

const own = storeOfEachTest();

afterEach(() => {
  disk.sync = null;
});

async function reopen(between = () => {}, more = {}): Promise<void> {
  await own.reader.close();
  await own.store.close();
  between();
  own.store = await LocalStore.open(storeOptions(own.temp.root, own.clock, more));
  own.reader = await readerOf(own.store);
}

describe('after the commit', () => {
  const journal = '0000000001-t0.journal';

  test('a journal file that cannot be deleted costs no row, and is tried again', async () => {
    // A folder in its place: rm refuses it.
    mkdirSync(join(own.store.layout.journal, journal));
    put(own.store, batchOf(10, T0), T0, journal);
    own.store.journalClosed(journal);
    expect(await own.store.flush()).toBe(true);
    expect(own.store.status()).toMatchObject({ segments: 1, failure: null });
    expect((await totals(own.reader)).rows).toBe(10);
    await reopen();
    expect((await totals(own.reader)).rows).toBe(10);
    expect(own.store.unfinishedJournals()).toEqual([]);
    rmSync(join(own.store.layout.journal, journal), { recursive: true });
    writeFileSync(join(own.store.layout.journal, journal), '');
    put(own.store, batchOf(10, T0), T0);
    expect(await own.store.flush()).toBe(true);
    expect(existsSync(join(own.store.layout.journal, journal))).toBe(false);
    expect(own.store.nextJournalSequence()).toBe(2);
  });

  test('a manifest that is in place but not synced counts, and what the one before names stays', async () => {
    writeFileSync(join(own.store.layout.journal, journal), '');
    put(own.store, batchOf(10, T0), T0, journal);
    own.store.journalClosed(journal);
    disk.sync = () => {
      throw new Error('EIO');
    };
    expect(await own.store.flush()).toBe(true);
    expect((await totals(own.reader)).rows).toBe(10);
    expect(readdirSync(own.store.layout.journal)).toEqual([journal]);
    disk.sync = null;
    put(own.store, batchOf(10, T0), T0);
    expect(await own.store.flush()).toBe(true);
    expect(readdirSync(own.store.layout.journal)).toEqual([]);
    await reopen();
    expect((await totals(own.reader)).rows).toBe(20);
  });

  test('segments of a manifest that may be on disk are kept', async () => {
    put(own.store, batchOf(10, T0), T0);
    let written = '';
    disk.sync = (path) => {
      written = readFileSync(path, 'utf8');
      writeFileSync(path, 'not readable now');
      throw new Error('EIO');
    };
    expect(await own.store.flush()).toBe(false);
    disk.sync = null;
    const names = readdirSync(own.store.layout.segments, { recursive: true, encoding: 'utf8' });
    expect(names.filter((n) => n.endsWith('.parquet'))).toHaveLength(1);
    writeFileSync(own.store.layout.manifest, written);
    expect(await own.store.flush()).toBe(true);
    expect((await totals(own.reader)).rows).toBe(10);
  });
});

describe('a damaged segment', () => {
  const damaged = [{ file: 'segments/2026-11-21/12/0000000001.parquet', rows: 10 }];
  const reasons = () => readdirSync(own.store.layout.damaged);
  const segment = () => join(own.store.layout.segments, '2026-11-21/12/0000000001.parquet');

  async function twoSegments(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      put(own.store, batchOf(10, T0), T0);
      await own.store.flush();
    }
  }

  test('is left out and named while the disk refuses, and put aside when it takes it', async () => {
    await twoSegments();
    await reopen(() => writeFileSync(segment(), ''));
    const { quarantine } = own.store.layout;
    rmSync(quarantine, { recursive: true });
    writeFileSync(quarantine, 'in the way');
    for (let i = 0; i < 2; i++) {
      const found = await totals(own.reader);
      expect(found).toMatchObject({ rows: 10, facts: { damaged } });
      expect(found.facts.damaged).toHaveLength(1);
    }
    expect(existsSync(segment())).toBe(true);
    expect(own.store.status().failure).not.toBeNull();
    rmSync(quarantine);
    own.clock.advance(5_000);
    await own.store.tick();
    expect(own.store.status().failure).toBeNull();
    expect(existsSync(segment())).toBe(false);
    expect(own.store.status()).toMatchObject({ segments: 1, damaged });
    expect(reasons()).toHaveLength(1);
  });

  test('is named once when its note was written and the manifest was not', async () => {
    await twoSegments();
    await reopen(() => writeFileSync(segment(), ''));
    const inTheWay = `${own.store.layout.manifest}.new`;
    mkdirSync(inTheWay);
    expect(await totals(own.reader)).toMatchObject({ rows: 10, facts: { damaged } });
    expect(reasons()).toHaveLength(1);
    await reopen(() => rmSync(inTheWay, { recursive: true }));
    const found = await totals(own.reader);
    expect(found).toMatchObject({ rows: 10, facts: { damaged } });
    expect(found.facts.damaged).toHaveLength(1);
    expect(reasons()).toHaveLength(1);
    expect(own.store.status().segments).toBe(1);
  });

  test('of an old number that no manifest names is put aside with its rows named, not deleted', async () => {
    await twoSegments();
    const bytes = readFileSync(segment());
    const stray = segment().replace('0000000001', '0000000000');
    await reopen(() => writeFileSync(stray, bytes));
    expect(existsSync(stray)).toBe(false);
    expect(readdirSync(own.store.layout.quarantine).filter((n) => n.endsWith('.parquet'))).toHaveLength(1);
    const found = await totals(own.reader);
    expect(found).toMatchObject({ rows: 20, facts: { damaged: [{ rows: 10, from: T0, to: T0 }] } });
  });

  test('that retention let go before a crash is deleted at the next start', async () => {
    const retention = { ageMs: 3_600_000, bytes: null };
    await reopen(undefined, { retention });
    put(own.store, batchOf(10, T0), T0);
    await own.store.flush();
    await own.store.makeHistory();
    const bytes = readFileSync(segment());
    own.clock.advance(3_600_001);
    await own.store.tick();
    await reopen(() => writeFileSync(segment(), bytes), { retention });
    expect(existsSync(segment())).toBe(false);
    expect(readdirSync(own.store.layout.quarantine)).toEqual([]);
  });
});

describe('a manifest that is made again', () => {
  const segments = () => join(own.store.layout.segments, '2026-11-21/12');
  const lose = () => writeFileSync(own.store.layout.manifest, 'not a manifest');

  test('does not take over a segment that cannot be read through: its rows are named', async () => {
    for (let i = 0; i < 2; i++) {
      put(own.store, batchOf(5000, T0, i * 5000), T0);
      await own.store.flush();
    }
    await reopen(() => {
      const path = join(segments(), '0000000001.parquet');
      const bytes = readFileSync(path);
      bytes.fill(0xff, 40, 400);
      writeFileSync(path, bytes);
      lose();
    });
    const found = await totals(own.reader);
    expect(found.rows).toBe(5000);
    expect(found.facts.damaged).toMatchObject([{ rows: 5000, from: T0, to: T0 }]);
  });

  test('has the ledger of hours without a segment, and no position of a journal file that is gone', async () => {
    put(own.store, batchOf(10, T0), T0, '0000000007-t0.journal');
    const lost = put(own.store, batchOf(0, T0), T0);
    own.store.addLedger(lost.key, [{ minute: T0 - 3_600_000, exporter: 'a', domain: 0, counts: { lost: 5 } }]);
    await own.store.flush();
    await reopen(lose);
    const view = await own.reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
    view.release();
    expect(view.ledger).toMatchObject([{ exporter: 'a', counts: { lost: 5 } }]);
    expect(readFileSync(own.store.layout.manifest, 'utf8')).not.toContain('0000000007-t0.journal');
    expect(own.store.nextJournalSequence()).toBe(8);
  });

  test('one that is gone is made again too: segments are never taken for what a crash left', async () => {
    put(own.store, batchOf(10, T0), T0);
    await own.store.flush();
    await reopen(() => rmSync(own.store.layout.manifest));
    expect((await totals(own.reader)).rows).toBe(10);
  });
});

test('a changed line of gaps.jsonl is named by answers about the time before, also after the next start; one that a crash tore is not', async () => {
  const gap = (from: number) => ({ from, to: from + 60_000, cause: 'stopped' as const });
  own.store.gaps.add([gap(T0 - 300_000), gap(T0 - 200_000)]);
  own.store.gaps.write(T0);
  const { gaps } = own.store.layout;
  await reopen(() => appendFileSync(gaps, '{"from":1'));
  expect(own.store.status().damaged).toEqual([]);
  own.store.gaps.write(T0);
  await reopen(() => writeFileSync(gaps, readFileSync(gaps, 'utf8').replace('stopped', 'crashed')));
  const damage = { file: 'gaps.jsonl', reason: '1 lines are torn or were changed', rows: null, from: 0, to: T0 };
  expect(own.store.status().damaged).toEqual([damage]);
  expect(own.store.gaps.all).toEqual([gap(T0 - 200_000)]);
  own.store.gaps.write(T0);
  await reopen();
  expect(own.store.status().damaged).toEqual([damage]);
  const before = await own.store.snapshot({ from: T0 - 400_000, to: T0 });
  const after = await own.store.snapshot({ from: T0 + 1, to: T0 + 2 });
  expect([before.damaged, after.damaged]).toEqual([[damage], []]);
});
