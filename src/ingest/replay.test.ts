import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLog, ManualClock } from '../base/index.ts';
import { DuckReader, JournalReader, JournalWriter, LocalStore } from '../store/index.ts';
import { encodeNetflow5 } from '../wire/index.ts';
import { recoverJournals } from './recover-journals.ts';
import { replayJournal } from './replay.ts';
import { tempFolder } from './temp.testing.ts';

const T0 = Date.UTC(2026, 10, 21, 12, 0, 0);
const HOUR_MS = 3_600_000;
const RECORDS = 30;
const log = createLog({ style: 'pretty', level: 'silent' });
/** Each hour has a batch of its own, and each batch is written when it is closed. */
const options = { maxExporters: 100, flushRows: 1 };

let root: string;
let store: LocalStore;
let sent: number;

beforeEach(async () => {
  root = tempFolder();
  sent = 0;
  store = await LocalStore.open({
    root,
    clock: new ManualClock(T0),
    log,
    retention: { ageMs: null, bytes: null },
    segmentRows: 1_000,
    segmentAgeMs: 300_000,
    writerMemoryBytes: 256 << 20,
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

/** A journal file with one datagram and two kernel drops in each of some hours. */
function journalOf(sequence: number, hours: number): string {
  const writer = new JournalWriter(store.layout.journal, 0);
  writer.rotate(sequence, T0, null);
  for (let hour = 0; hour < hours; hour++) {
    const now = T0 + hour * HOUR_MS;
    const records = Array.from({ length: RECORDS }, (_, i) => ({
      src: 1,
      dst: 2,
      packets: 1,
      bytes: sent + i,
      startMs: now,
      endMs: now,
      protocol: 6,
    }));
    const [bytes] = encodeNetflow5(records, { exportMs: now, bootMs: T0 - 1e6, sequence: sent }).datagrams;
    writer.beginBlock(now);
    writer.add(Uint32Array.of(0, 0, 0xffff, 0xc0000201), 0, 2055, bytes!, 0, bytes!.length);
    writer.endBlock(2);
    sent += RECORDS;
  }
  writer.close();
  return writer.file;
}

async function stored() {
  const reader = await DuckReader.start(store, {
    threads: 1,
    memoryBytes: 256 << 20,
    tempDirectory: store.layout.tmp,
    spillBytes: 1 << 20,
    directories: [root],
  });
  const view = await reader.view({ from: 0, to: Number.MAX_SAFE_INTEGER });
  const { rows } = await view.run(`SELECT count(*), count(DISTINCT raw_bytes) FROM ${view.relation}`, [], {
    timeoutMs: 10_000,
  });
  const sum = { records: 0, kernel_drops: 0, lost: 0 };
  for (const { counts } of view.ledger)
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += counts[key] ?? 0;
  view.release();
  await reader.close();
  return { rows: Number(rows[0]![0]), distinct: Number(rows[0]![1]), ...sum };
}

const all = () => ({ rows: sent, distinct: sent, records: sent, kernel_drops: (sent / RECORDS) * 2, lost: 0 });

/** The store cannot write until the returned function is called. */
function refuse(): () => void {
  const { segments } = store.layout;
  rmSync(segments, { recursive: true });
  writeFileSync(segments, 'in the way');
  return () => rmSync(segments);
}

describe('a replay', () => {
  test('stops where the disk refuses, keeps no more in memory however often it is tried, and goes on from there', async () => {
    const file = journalOf(1, 6);
    const allow = refuse();
    expect(await replayJournal(store, file, options)).toMatchObject({ rows: RECORDS, datagrams: 1, unfinished: true });
    expect(await replayJournal(store, file, options)).toMatchObject({ rows: 0, datagrams: 0, unfinished: true });
    expect(store.status().rowsInMemory).toBe(RECORDS);
    allow();
    expect(await replayJournal(store, file, options)).toMatchObject({ rows: sent - RECORDS, unfinished: false });
    expect(await stored()).toEqual(all());
    expect(store.unfinishedJournals()).toEqual([]);
  });

  test('that failed in the middle goes on from there: each record is stored once', async () => {
    const file = journalOf(1, 4);
    let blocks = 0;
    const next = JournalReader.prototype.next;
    vi.spyOn(JournalReader.prototype, 'next').mockImplementation(function (this: JournalReader) {
      if (++blocks === 3) throw new Error('EIO');
      return next.call(this);
    });
    await expect(replayJournal(store, file, options)).rejects.toThrow('EIO');
    expect((await replayJournal(store, file, options)).unfinished).toBe(false);
    expect(await stored()).toEqual(all());
  });
});

describe('recovery at start', () => {
  test('reads the good files, puts the unreadable one aside, and leaves for later what cannot even be put aside', async () => {
    journalOf(1, 1);
    // A whole header by its checksum, but no JSON.
    const json = Buffer.from('{');
    const head = Buffer.alloc(16);
    head.write('WEIRJRN1', 0, 'latin1');
    head.writeUInt32LE(json.length, 8);
    head.writeUInt32LE(crc32(json), 12);
    writeFileSync(join(store.layout.journal, '0000000002-t0.journal'), Buffer.concat([head, json]));
    mkdirSync(join(store.layout.journal, '0000000003-t0.journal'));
    journalOf(4, 2);
    const found = await recoverJournals(store, options, log);
    expect(found).toMatchObject({ rows: sent, postponed: [{ file: '0000000003-t0.journal', sinceMs: 0 }] });
    expect(store.status().damaged.map((d) => d.file)).toContain('journal/0000000002-t0.journal');
    rmSync(join(store.layout.journal, '0000000003-t0.journal'), { recursive: true });
    expect(await stored()).toMatchObject({ rows: sent, distinct: sent });
  });

  test('on a full disk is over soon, and says what is not complete', async () => {
    const first = journalOf(1, 3);
    const second = journalOf(2, 1);
    const allow = refuse();
    const found = await recoverJournals(store, options, log);
    expect(found).toMatchObject({
      rows: RECORDS,
      postponed: [
        { file: first, sinceMs: T0 },
        { file: second, sinceMs: T0 },
      ],
    });
    allow();
    for (const { file } of found.postponed) await replayJournal(store, file, options);
    expect(await stored()).toMatchObject({ rows: sent, distinct: sent, records: sent });
  });
});
