import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assessLoss, type LedgerEntry } from '../truth/index.ts';
import { sumsOf } from './hour-ledger.ts';
import { HOUR_MS, type Layout, prepareLayout } from './layout.ts';
import { LedgerFiles } from './ledger-files.ts';
import { mergedName, mergedText, plainName } from './ledger-format.ts';
import { tempRoot } from './store.testing.ts';

const DAY = 24 * HOUR_MS;
const START = Date.UTC(2026, 0, 1);
const DAYS = 400;
const STREAMS = 150;
const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };

let temp: ReturnType<typeof tempRoot>;
let layout: Layout;
let lengths: Record<string, number>;
let damaged: string[];
let files: LedgerFiles;
/** Of each stream over all days. */
let lost: number;
let records: number;

beforeEach(() => {
  temp = tempRoot();
  layout = prepareLayout(temp.root);
  lengths = {};
  lost = 0;
  records = 0;
});
afterEach(() => temp.remove());

function open(): void {
  damaged = [];
  files = new LedgerFiles(layout, lengths, (file, reason) => damaged.push(`${file}: ${reason}`));
}

/** Days of 150 streams with two merged hours each, as a node leaves them. */
function write(days: number): void {
  for (let day = 0; day < days; day++) {
    for (const hour of [START + day * DAY, START + day * DAY + 13 * HOUR_MS]) {
      const entries = Array.from({ length: STREAMS }, (_, i): LedgerEntry => {
        // One gets back what it lost in the hour before the range, which hides no other's loss.
        const counts = i === 7 ? { records: 40, recovered: 5 } : { records: 40 + i, lost: (i * 7 + day) % 11 };
        lost += counts.lost ?? 0;
        records += counts.records;
        return { minute: hour + 60_000, exporter: `10.0.${i >> 8}.${i & 255}`, domain: 0, counts };
      });
      const file = mergedName(plainName(hour));
      mkdirSync(dirname(join(layout.ledger, file)), { recursive: true });
      const text = mergedText(sumsOf(entries), entries);
      writeFileSync(join(layout.ledger, file), text);
      lengths[file] = Buffer.byteLength(text);
    }
  }
  open();
}

/** As retention does. */
function expire(before: number, commit = true): void {
  const gone = files.before(before);
  files.keepSummaries(gone);
  const left = files.without(gone);
  if (!commit) return;
  files.commit(left, true);
  lengths = { ...left };
}

async function assess(range = ALL) {
  await files.prepare(range);
  const entries = files.read(range);
  const { by, received } = assessLoss(entries);
  return { entries: entries.length, network: by.network, received };
}

test('more than a year is told in few entries, with the sums of all streams', async () => {
  write(DAYS);
  const { entries, ...sums } = await assess();
  expect(sums).toEqual({ network: lost, received: records });
  expect(entries).toBeLessThan(20 * (STREAMS + 1));
  expect(damaged).toEqual([]);
});

test('days whose hours have expired are told by their summaries, before and after a restart', async () => {
  write(60);
  expire(START + 50 * DAY);
  expect(existsSync(join(layout.ledger, mergedName(plainName(START))))).toBe(false);
  for (let i = 0; i < 2; i++) {
    expect(await assess()).toMatchObject({ network: lost, received: records });
    open();
  }
  // Half of a day of which only the summary is left: half of what it had.
  const day = await assess({ from: START + DAY, to: START + 2 * DAY });
  const half = await assess({ from: START + DAY, to: START + DAY + 12 * HOUR_MS });
  expect(half.received / day.received).toBeCloseTo(0.5, 2);
});

test('a crash between the summary and the manifest counts no day twice', async () => {
  write(20);
  expire(START + 10 * DAY, false);
  open();
  expect(await assess()).toMatchObject({ network: lost, received: records });
  expire(START + 10 * DAY);
  open();
  expect(await assess()).toMatchObject({ network: lost, received: records });
});

test('what comes late for a day that has expired is added to it, and stays when it expires again', async () => {
  write(20);
  expire(START + 10 * DAY);
  const late = { minute: START + 3 * DAY, exporter: '10.0.0.9', domain: 0, counts: { records: 1_000, lost: 17 } };
  const next = files.append([late]);
  files.commit(next, true);
  lengths = { ...next };
  const expected = { network: lost + 17, received: records + 1_000 };
  expect(await assess()).toMatchObject(expected);
  open();
  expect(await assess()).toMatchObject(expected);
  expire(START + 10 * DAY, false);
  open();
  expect(await assess()).toMatchObject(expected);
  expire(START + 10 * DAY);
  open();
  expect(await assess()).toMatchObject(expected);
});

test('a summary that is older than its hours is made again', async () => {
  write(20);
  expire(START + 10 * DAY, false);
  files.commit(files.append([{ minute: START, exporter: '10.0.0.9', domain: 0, counts: { records: 500 } }]), true);
  expect(await assess()).toMatchObject({ network: lost, received: records + 500 });
});

test('a torn last line costs nothing, a damaged one is told', async () => {
  write(20);
  expire(START + 10 * DAY);
  const path = join(layout.ledger, 'days.jsonl');
  appendFileSync(path, '{"day":17');
  open();
  expect(damaged).toEqual([]);
  expect(await assess()).toMatchObject({ network: lost, received: records });
  const lines = readFileSync(path, 'utf8').split('\n');
  lines[1] = 'x';
  lines[2] = lines[2]!.replace(/"received_records":(\d)|"records":(\d)/, (found) => `${found}0`);
  expect(lines[2]).not.toBe(readFileSync(path, 'utf8').split('\n')[2]);
  writeFileSync(path, lines.join('\n'));
  open();
  expect(damaged).toEqual([expect.stringMatching(/^days\.jsonl: 2 of \d+ lines are torn or were changed$/)]);
});
