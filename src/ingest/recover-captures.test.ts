import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog, ManualClock } from '../base/index.ts';
import { TextColumns } from '../flow/index.ts';
import { NO_HOME } from '../label/index.ts';
import { JournalWriter, LocalStore } from '../store/index.ts';
import { CaptureStream } from './capture-stream.ts';
import { ingestCounters } from './ingest-counters.ts';
import type { OpenMinutes } from './open-packets.ts';
import { Pipeline } from './pipeline.ts';
import { recoverJournals } from './recover-journals.ts';
import { replayJournal } from './replay.ts';
import { tempFolder } from './temp.testing.ts';

const T0 = Date.UTC(2026, 10, 21, 12, 0, 0);
const MINUTE_MS = 60_000;
const log = createLog({ style: 'pretty', level: 'silent' });
const options = { maxExporters: 100, flushRows: 1 };

let root: string;
let store: LocalStore;

const open = () =>
  LocalStore.open({
    root,
    clock: new ManualClock(T0),
    log,
    retention: { ageMs: null, bytes: null },
    segmentRows: 1_000,
    segmentAgeMs: 300_000,
    writerMemoryBytes: 256 << 20,
  });

beforeEach(async () => {
  root = tempFolder();
  store = await open();
});

afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

/** The journal of a run that captured, from file `sequence` on: one file for each list of what it told to be open. */
function capture(sequence: number, startedMs: number, files: readonly (readonly OpenMinutes[])[]): string[] {
  const pipeline = new Pipeline({
    maxExporters: 10,
    counters: ingestCounters(),
    texts: new TextColumns(),
    rules: [],
    elements: [],
    networks: NO_HOME,
    metered: true,
  });
  const journal = new JournalWriter(store.layout.journal, 0);
  const stream = new CaptureStream('eth1', 1, 1, ({ bytes, view, lengths, sourceWords }) => {
    journal.beginBlock(startedMs);
    journal.add(sourceWords, 0, 0, bytes, 0, lengths[0]!);
    journal.endBlock(0);
    pipeline.accept(view, 0, lengths[0]!, sourceWords, 0, 0, startedMs, 'defer', false);
  });
  return files.map((told, i) => {
    journal.rotate(sequence + i, startedMs, { ...pipeline.save(), startedMs, ledger: [] });
    for (const minutes of told) stream.tellOpen(minutes, startedMs);
    journal.close();
    return journal.file;
  });
}

/** What the ledger has as not metered in each of the first two minutes. */
async function unmetered(): Promise<number[]> {
  const found: number[] = [];
  for (const from of [T0, T0 + MINUTE_MS]) {
    const { ledger } = await store.snapshot({ from, to: from + MINUTE_MS });
    found.push(ledger.reduce((sum, { counts }) => sum + (counts.unmetered_packets ?? 0), 0));
  }
  return found;
}

const minutes = (...of: [number, number][]): OpenMinutes => new Map(of.map(([m, n]) => [T0 + m * MINUTE_MS, n]));

test('what was open when a capture was killed is not metered, in its minutes, and is counted once', async () => {
  capture(1, T0, [[minutes([0, 5])], [minutes([0, 4], [1, 6])], []]);
  await recoverJournals(store, options, log);
  expect(await unmetered()).toEqual([4, 6]);
  await store.close();
  store = await open();
  await recoverJournals(store, options, log);
  expect(await unmetered()).toEqual([4, 6]);
});

test('what was open in the middle of a run, and what ended in order, is not lost', async () => {
  capture(1, T0, [[minutes([0, 5])], [minutes([0, 5], [1, 6]), minutes()]]);
  await recoverJournals(store, options, log);
  expect(await unmetered()).toEqual([0, 0]);
});

test('each run that was killed has lost its own, also where the disk is full at the next start', async () => {
  const first = capture(1, T0, [[minutes([0, 5])]]);
  const second = capture(2, T0 + MINUTE_MS, [[minutes([1, 7])], [minutes([1, 8])]]);
  const { ledger } = store.layout;
  rmSync(ledger, { recursive: true });
  writeFileSync(ledger, 'in the way');
  const { postponed, lastOfCaptures } = await recoverJournals(store, options, log);
  expect(postponed.length).toBeGreaterThan(0);
  rmSync(ledger);
  for (const { file } of postponed) await replayJournal(store, file, { ...options, lastOfCaptures });
  expect([...lastOfCaptures]).toEqual([first[0], second[1]]);
  await store.flush();
  expect(await unmetered()).toEqual([5, 8]);
});
