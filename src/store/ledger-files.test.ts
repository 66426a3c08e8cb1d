import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LedgerEntry, mergeLedger } from '../truth/index.ts';
import { HOUR_MS, type Layout, prepareLayout } from './layout.ts';
import { LedgerCache } from './ledger-cache.ts';
import { LedgerFiles } from './ledger-files.ts';
import { T0, tempRoot } from './store.testing.ts';

const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };
const MINUTE = 60_000;
const HOUR_FILE = '2026-11-21/12.jsonl';
const MERGED_FILE = '2026-11-21/12.merged.jsonl';

let temp: ReturnType<typeof tempRoot>;
let layout: Layout;
let lengths: Readonly<Record<string, number>>;
let damaged: string[];
let files: LedgerFiles;

beforeEach(() => {
  temp = tempRoot();
  layout = prepareLayout(temp.root);
  lengths = {};
  open();
});
afterEach(() => temp.remove());

function open(): void {
  damaged = [];
  files = new LedgerFiles(layout, lengths, (file, reason) => damaged.push(`${file}: ${reason}`));
}

function commit(...entries: LedgerEntry[]): void {
  lengths = files.append(entries);
  files.commit(lengths, true);
}

function entry(minute: number, exporter = 'a', records = 1): LedgerEntry {
  return { minute: T0 + minute * MINUTE, exporter, domain: 0, counts: { records } };
}

const at = (file: string) => join(layout.ledger, file);
const sumOf = (entries: readonly LedgerEntry[]) => entries.reduce((n, e) => n + (e.counts.records ?? 0), 0);

describe('an hour that is over', () => {
  function twoHours(): void {
    for (let i = 0; i < 50; i++) commit(entry(i % 10, 'a'), entry(i % 10, 'b', 2));
    commit(entry(60));
  }

  test('is written again as one merged file, whose sums and minutes are those of the lines', () => {
    twoHours();
    expect(readdirSync(join(layout.ledger, '2026-11-21'))).toEqual(['12.merged.jsonl', '13.jsonl']);
    expect(Object.keys(lengths).sort()).toEqual([MERGED_FILE, '2026-11-21/13.jsonl']);
    expect(readFileSync(at(MERGED_FILE), 'utf8').split('\n')).toHaveLength(3);
    for (let i = 0; i < 2; i++) {
      expect(mergeLedger(files.read(ALL))).toEqual([entry(0, 'a', 50), entry(0, 'b', 100), entry(60)]);
      const part = files.read({ from: T0 + 2 * MINUTE, to: T0 + 3 * MINUTE });
      expect(mergeLedger(part)).toEqual([entry(2, 'a', 5), entry(2, 'b', 10)]);
      open();
    }
    expect(damaged).toEqual([]);
  });

  test('counts what comes late', () => {
    twoHours();
    commit(entry(3, 'a', 1000), entry(61));
    for (let i = 0; i < 2; i++) {
      expect(sumOf(files.read({ from: T0, to: T0 + HOUR_MS }))).toBe(1150);
      expect(sumOf(files.read({ from: T0 + MINUTE, to: T0 + HOUR_MS }))).toBe(1135);
      open();
    }
  });

  test('counts as it was when the commit of the merged file fails', () => {
    commit(entry(0));
    files.append([entry(60)]);
    expect(sumOf(files.read(ALL))).toBe(1);
    // The next one is about something else: what was appended before is not in it.
    files.commit({ ...lengths }, true);
    expect(sumOf(files.read(ALL))).toBe(1);
    open();
    expect([sumOf(files.read(ALL)), existsSync(at(MERGED_FILE))]).toEqual([1, false]);
  });

  test('keeps its old file until the manifest is synced', () => {
    commit(entry(0));
    lengths = files.append([entry(60)]);
    files.commit(lengths, false);
    expect(existsSync(at(HOUR_FILE))).toBe(true);
    commit(entry(61));
    expect(existsSync(at(HOUR_FILE))).toBe(false);
  });
});

describe('damage', () => {
  test('of a line loses that line, and its file is named', () => {
    for (const exporter of ['a', 'b', 'c']) commit(entry(0, exporter));
    const lines = readFileSync(at(HOUR_FILE), 'utf8').split('\n');
    writeFileSync(at(HOUR_FILE), [lines[0], lines[1]!.replace('{', '('), lines[2], ''].join('\n'));
    open();
    expect(files.read(ALL).map((e) => e.exporter)).toEqual(['a', 'c']);
    expect(damaged).toHaveLength(1);
  });

  test('that leaves a line readable, and another number in it, is found and named: what was counted is not believed', () => {
    for (const exporter of ['a', 'b', 'c']) commit(entry(0, exporter, 100));
    const lines = readFileSync(at(HOUR_FILE), 'utf8').split('\n');
    lines[1] = lines[1]!.replace('100', '900');
    writeFileSync(at(HOUR_FILE), lines.join('\n'));
    open();
    expect(files.read(ALL).map((e) => e.exporter)).toEqual(['a', 'c']);
    expect(damaged).toEqual([`${HOUR_FILE}: 1 of 3 lines are torn or were changed`]);
  });

  test.each([
    ['the sums of a merged file', '"sums"', 150],
    ['the minutes of a merged file', '[', 50],
  ])('of a number in %s', (_, begin, left) => {
    commit(entry(0, 'a', 50), entry(1, 'a', 100));
    commit(entry(60, 'a', 0));
    const text = readFileSync(at(MERGED_FILE), 'utf8');
    const line = text.split('\n').findIndex((l) => l.includes(begin) && (begin !== '[' || l.startsWith(begin)));
    const lines = text.split('\n');
    lines[line] = lines[line]!.replace(/"records":1?50/, (found) => found.replace('5', '7'));
    writeFileSync(at(MERGED_FILE), lines.join('\n'));
    open();
    const minutes = sumOf(files.read({ from: T0 + MINUTE / 2, to: T0 + 2 * MINUTE }));
    expect(minutes).toBe(left === 150 ? 150 : 0);
    expect(sumOf(files.read(ALL))).toBe(150);
    expect(damaged[0]).toBe(`${MERGED_FILE}: 1 of 2 lines are torn or were changed`);
  });

  test('of none: files of an earlier version, whose lines have no checksum, are read and appended to', () => {
    commit(entry(0, 'a'));
    const old = `${JSON.stringify([entry(0, 'a', 7)])}\n${JSON.stringify([entry(1, 'a', 8)])}\n`;
    writeFileSync(at(HOUR_FILE), old);
    lengths = { [HOUR_FILE]: old.length };
    open();
    commit(entry(2, 'a', 9));
    open();
    expect(sumOf(files.read(ALL))).toBe(24);
    expect(damaged).toEqual([]);
  });

  test('of the head of a merged file: the minutes are summed again', () => {
    commit(entry(0), entry(1));
    commit(entry(60));
    writeFileSync(at(MERGED_FILE), readFileSync(at(MERGED_FILE), 'utf8').replace('"minutes"', 'minutes"'));
    lengths = { ...lengths, [MERGED_FILE]: statSync(at(MERGED_FILE)).size };
    open();
    expect(mergeLedger(files.read(ALL))).toEqual([entry(0, 'a', 2), entry(60)]);
    expect(damaged).toHaveLength(1);
  });

  test('of the end: nothing is made longer, what is there counts, and so does what is appended', () => {
    commit(entry(0, 'a'));
    commit(entry(0, 'b'));
    const size = lengths[HOUR_FILE]! - 5;
    writeFileSync(at(HOUR_FILE), readFileSync(at(HOUR_FILE)).subarray(0, size));
    open();
    expect(statSync(at(HOUR_FILE)).size).toBe(size);
    expect(damaged).toEqual([`${HOUR_FILE}: it has ${size} bytes, the manifest says ${size + 5}`]);
    commit(entry(0, 'c'));
    open();
    expect(files.read(ALL).map((e) => e.exporter)).toEqual(['a', 'c']);
  });

  test('what a crash left behind the end is cut off', () => {
    commit(entry(0));
    appendFileSync(at(HOUR_FILE), 'a piece');
    open();
    expect(statSync(at(HOUR_FILE)).size).toBe(lengths[HOUR_FILE]);
    expect(damaged).toEqual([]);
  });
});

test('what is read is bounded by streams and hours, beyond a week by streams and days, and where all of a month is asked for by months', async () => {
  for (let hour = 0; hour < 24 * 10; hour++) commit(...[0, 1, 2, 3].map((m) => entry(hour * 60 + m)));
  open();
  const week = { from: T0, to: T0 + 7 * 24 * HOUR_MS };
  await files.prepare(week);
  expect(files.read(week)).toHaveLength(7 * 24);
  const days = { from: T0 + MINUTE, to: ALL.to };
  expect(files.read(days)).toHaveLength(10 + 12 + 2);
  const all = files.read(ALL);
  expect(all).toHaveLength(1);
  expect(sumOf(all)).toBe(960);
  const cut = { from: T0 + 2 * MINUTE, to: T0 + 9 * 24 * HOUR_MS + MINUTE };
  await files.prepare(cut);
  expect(sumOf(files.read(cut))).toBe(4 * 24 * 9 - 2 + 1);
});

test('the cache forgets what was used longest ago, by number of entries', () => {
  const cache = new LedgerCache(5);
  const list = (n: number) => Array.from({ length: n }, () => entry(0));
  cache.get('a', () => list(2));
  cache.get('b', () => list(2));
  cache.get('a', () => list(0));
  cache.get('c', () => list(2));
  expect([cache.has('a'), cache.has('b'), cache.has('c'), cache.entries]).toEqual([true, false, true, 4]);
});
