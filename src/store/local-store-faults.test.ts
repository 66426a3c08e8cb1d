import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
