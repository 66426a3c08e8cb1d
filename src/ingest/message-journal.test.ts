import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog, systemClock } from '../base/index.ts';
import { NO_HOME } from '../label/index.ts';
import { layoutOf } from '../store/index.ts';
import { assessLoss } from '../truth/index.ts';
import { JournalledStore } from './journalled-store.ts';
import { MessageJournal } from './message-journal.ts';
import { meterMessages } from './piped-meter.testing.ts';
import { HOST_EXPORTER, HOST_RULES } from './piped-rules.ts';
import { tempFolder } from './temp.testing.ts';

let root: string;
let store: JournalledStore;
let journal: MessageJournal;
let nowMs: number;

beforeEach(async () => {
  root = tempFolder();
  nowMs = systemClock.now();
  const options = { root, retention: { bytes: null, ageMs: null }, threads: 1, memoryBytes: 1 << 28 };
  store = await JournalledStore.open(options, createLog({ style: 'pretty', level: 'silent' }));
  journal = new MessageJournal({
    directory: layoutOf(root).journal,
    freeShare: 0,
    firstSequence: await store.begin(),
    exporter: HOST_EXPORTER,
    rows: { rules: HOST_RULES, elements: [], networks: NO_HOME },
    onTrouble: () => {},
    nowMs,
  });
});
afterEach(async () => {
  await journal.close(nowMs);
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

/** A second later: its messages are written, or the next file is tried. */
function pass(): void {
  nowMs += 1_001;
  journal.tick(nowMs);
}

function take(messages: readonly Buffer[]): void {
  for (const message of messages) journal.take(message, 0, message.length, nowMs);
  pass();
}

/** What an answer about all that there is says of loss. */
async function lost() {
  journal.rotate(nowMs);
  const upTo = {
    open: journal.file,
    nowMs,
    states: journal.states(nowMs),
    lost: journal.lost,
    gaps: [],
    sync: journal.syncs,
  };
  await store.takeIn(upTo);
  const view = await (await store.reader()).view({ from: 0, to: nowMs + 1 });
  const { records, received, by } = assessLoss(view.ledger);
  view.release();
  return { records, received, by };
}

it('a disk that refuses: answers come, and say what is lost already then and afterwards, beside all that was received', async () => {
  const { journal: folder, exporters } = layoutOf(root);
  const messages = meterMessages(90, nowMs);
  const [first, second, ...others] = messages;
  const last = others.pop()!;
  take([first!]);
  expect(await lost()).toMatchObject({ records: 0 });
  take([second!]);
  // Neither a journal file can be made now, nor the file of what exporters say be replaced.
  renameSync(folder, `${folder}.away`);
  rmSync(exporters, { force: true });
  mkdirSync(join(exporters, 'full'), { recursive: true });
  journal.rotate(nowMs);
  take(others);
  renameSync(`${folder}.away`, folder);
  const { received: kept, records } = await lost();
  expect(records).toBeGreaterThan(kept);
  // The file whose head tells it is closed, and read.
  take([last]);
  const after = await lost();
  expect(after).toMatchObject({ records, by: { store: records } });
  expect([after.received > kept, after.received + after.records]).toEqual([true, 90]);
});
