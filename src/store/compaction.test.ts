import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../base/index.ts';
import type { DuckReader } from './duck-reader.ts';
import { layoutOf } from './layout.ts';
import { LocalStore } from './local-store.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { segmentFiles } from './rebuild.ts';
import { batchOf, put, readerOf, storeOptions, T0, tempRoot, totals } from './store.testing.ts';
import type { LocalStoreOptions } from './store-options.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PLAIN = ['start', 'end', 'received', 'time', 'src_addr', 'raw_bytes', 'raw_packets', 'sampling'];

let temp: ReturnType<typeof tempRoot>;
let clock: ManualClock;
let store: LocalStore | null = null;
let reader: DuckReader | null = null;

beforeEach(() => {
  temp = tempRoot();
  clock = new ManualClock(T0);
});
afterEach(async () => {
  await close();
  temp.remove();
});

async function open(more: Partial<LocalStoreOptions> = {}): Promise<{ store: LocalStore; reader: DuckReader }> {
  store = await LocalStore.open(storeOptions(temp.root, clock, more));
  reader = await readerOf(store);
  return { store, reader };
}

async function close(): Promise<void> {
  await reader?.close();
  await store?.close();
  store = null;
  reader = null;
}

function until(ms: number): void {
  clock.advance(ms - clock.now());
}

/** Segments of 100 rows, one every five minutes from `from` on; each row has a number of its own as its bytes. Ends with the store closed. */
async function record(count: number, from = T0, first = 0, shape?: readonly string[]): Promise<void> {
  const { store } = await open();
  for (let i = 0; i < count; i++) {
    const ms = from + i * 5 * MINUTE;
    until(ms);
    put(store, batchOf(100, ms, (first + i) * 100, shape), ms);
    await store.flush();
  }
  await close();
  // Their rows are in roll-ups: nothing else is merged.
  const { manifest } = layoutOf(temp.root);
  const state = readManifest(manifest);
  writeManifest(manifest, { ...state, segments: state.segments.map((s) => ({ ...s, rolled: true as const })) });
}

const files = () => segmentFiles(layoutOf(temp.root));
const sumTo = (rows: number) => (rows * (rows - 1)) / 2;

test('the files of an hour become one when it is over, and no row is lost or counted twice', async () => {
  await record(8, T0, 0, PLAIN);
  await record(4, T0 + 40 * MINUTE, 8);
  const { store, reader } = await open();
  until(T0 + HOUR + 9 * MINUTE);
  await store.compact();
  expect(files()).toHaveLength(12);

  until(T0 + HOUR + 10 * MINUTE);
  const before = await reader.view({ from: 0, to: T0 + 10 * HOUR });
  await store.compact();
  // Who reads the old files goes on reading them.
  const { rows } = await before.run(`SELECT count(*) FROM ${before.relation}`, [], { timeoutMs: 10_000 });
  expect(Number(rows[0]![0])).toBe(1_200);
  expect(files()).toHaveLength(13);
  before.release();
  expect(files()).toHaveLength(1);
  expect(await totals(reader)).toMatchObject({ rows: 1_200, bytes: sumTo(1_200), facts: { segments: 1, damaged: [] } });
  expect(store.status()).toMatchObject({ segments: 1, rowsAtRest: 1_200 });
});

test('files that retention takes while they are merged stay until then, and the others are merged without them', async () => {
  await record(12);
  const { store, reader } = await open({ retention: { ageMs: 2 * HOUR, bytes: null } });
  until(T0 + 2 * HOUR);
  const first = store.tick();
  clock.advance(MINUTE);
  // It has begun a merge, and no file can have been read yet when the next one takes what is too old.
  for (let i = 0; i < 20; i++) await null;
  const second = store.tick();
  expect(store.status().segments).toBe(11);
  expect(files()).toHaveLength(12);
  await Promise.all([first, second]);
  // What it made is not entered, for it has rows that are gone: it is made again.
  for (let i = 0; i < 2; i++) await store.compact();
  expect(files()).toHaveLength(1);
  expect(await totals(reader)).toMatchObject({ rows: 1_100, facts: { segments: 1, damaged: [] } });
});

test('a day of small hours becomes one file when it is over', async () => {
  for (let hour = 0; hour < 6; hour++) await record(4, T0 + hour * HOUR, hour * 4);
  const { store, reader } = await open();
  await store.compact();
  expect(files()).toHaveLength(5 + 4);
  until(T0 + 13 * HOUR);
  await store.compact();
  expect(files()).toHaveLength(1);
  expect(await totals(reader)).toMatchObject({ rows: 2_400, bytes: sumTo(2_400) });
});

test('three files, files of the hour that lasts, and files without roll-ups stay as they are', async () => {
  await record(3);
  await record(4, T0 + HOUR, 3);
  const { store } = await open();
  for (let i = 0; i < 5; i++) {
    put(store, batchOf(10, T0 - 2 * HOUR), T0 - 2 * HOUR);
    await store.flush();
  }
  await store.compact();
  expect(files()).toHaveLength(12);
});

test('a merge that a crash cut off before its commit, or after it, counts each row once', async () => {
  await record(6);
  const layout = layoutOf(temp.root);
  const old = join(temp.root, 'tmp-old');
  cpSync(layout.segments, old, { recursive: true });
  const manifest = readFileSync(layout.manifest);
  const { store } = await open();
  clock.advance(2 * HOUR);
  await store.compact();
  await close();
  cpSync(old, layout.segments, { recursive: true });
  expect(files()).toHaveLength(7);

  // After it: the old files were not deleted yet.
  await open();
  expect(await totals(reader!)).toMatchObject({ rows: 600, bytes: sumTo(600), facts: { segments: 1, damaged: [] } });
  await close();
  expect(files()).toHaveLength(1);

  // Before it: the new file has its name, and is in no manifest.
  cpSync(old, layout.segments, { recursive: true });
  writeFileSync(layout.manifest, manifest);
  await open();
  expect(await totals(reader!)).toMatchObject({ rows: 600, bytes: sumTo(600), facts: { segments: 6, damaged: [] } });
  expect(files()).toHaveLength(6);
});

test('a merge whose number was passed by other segments before the crash counts each row once', async () => {
  await record(6);
  const layout = layoutOf(temp.root);
  const { manifest } = layout;
  const before = readManifest(manifest);
  const old = join(temp.root, 'tmp-old');
  cpSync(layout.segments, old, { recursive: true });
  const { store } = await open();
  clock.advance(2 * HOUR);
  await store.compact();
  await close();
  cpSync(old, layout.segments, { recursive: true });
  writeManifest(manifest, { ...before, nextSegment: before.nextSegment + 5 });
  const { reader } = await open();
  expect(await totals(reader)).toMatchObject({ rows: 600, facts: { segments: 6, damaged: [] } });
});

test('a manifest that is made again while the merged files are still there counts each row once', async () => {
  await record(6);
  const layout = layoutOf(temp.root);
  const old = join(temp.root, 'tmp-old');
  cpSync(layout.segments, old, { recursive: true });
  const { store } = await open();
  clock.advance(2 * HOUR);
  await store.compact();
  await close();
  cpSync(old, layout.segments, { recursive: true });
  writeFileSync(layout.manifest, 'gone');
  const { reader } = await open();
  expect(await totals(reader)).toMatchObject({ rows: 600, bytes: sumTo(600), facts: { segments: 1 } });
  expect(files()).toHaveLength(1);
});

test('a damaged file is put aside before it is merged, the others are merged without it', async () => {
  await record(6);
  const layout = layoutOf(temp.root);
  const path = join(layout.segments, files()[2]!);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0xff;
  writeFileSync(path, bytes);
  const { store, reader } = await open();
  clock.advance(2 * HOUR);
  await store.compact();
  clock.advance(MINUTE);
  await store.compact();
  const { rows, facts } = await totals(reader);
  expect({ rows, segments: facts.segments, damaged: facts.damaged.length }).toEqual({
    rows: 500,
    segments: 1,
    damaged: 1,
  });
  expect(readdirSync(layout.quarantine)).toHaveLength(1);
});

test('nothing is merged beyond the disk budget', async () => {
  await record(6);
  const { store } = await open();
  const { bytesAtRest } = store.status();
  await close();
  clock.advance(2 * HOUR);
  const tight = await open({ retention: { ageMs: null, bytes: Math.round(bytesAtRest * 1.5) } });
  await tight.store.compact();
  expect(files()).toHaveLength(6);
});
