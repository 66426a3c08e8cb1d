import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import { Duck } from '../duck.ts';
import { checksumFile } from '../files.ts';
import { JournalWriter } from '../journal-writer.ts';
import { layoutOf } from '../layout.ts';
import { LedgerDays } from '../ledger-days.ts';
import { LocalStore } from '../local-store.ts';
import { type ManifestState, type RollupEntry, readManifest, writeManifest } from '../manifest.ts';
import { literal } from '../relation.ts';
import { rawSumsByKey, sumsByKey } from '../rollup/cube-sums.testing.ts';
import { CUBES, LEVELS } from '../rollup/cubes.ts';
import { looking, mixedBatch, seeded, tilesOf } from '../rollup/history.testing.ts';
import { readerOf, storeOptions, T0, tempRoot } from '../store.testing.ts';
import { type CheckReport, checkStore } from './check-store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = T0 - (T0 % DAY) + DAY;
const NOW = START + 30 * HOUR;
const MEMORY = 256 << 20;
const LEVEL_NAMES = [
  ['1 min', LEVELS[0]],
  ['5 min', LEVELS[1]],
  ['1 h', LEVELS[2]],
  ['1 day', LEVELS[3]],
] as const;

/** Made once: the first and the last hours of a day and one of the next, settled, with losses in the ledger. */
let made: ReturnType<typeof tempRoot>;
let temp: ReturnType<typeof tempRoot>;
let layout: ReturnType<typeof layoutOf>;

beforeAll(async () => {
  made = tempRoot();
  const clock = new ManualClock(START);
  const store = await LocalStore.open(storeOptions(made.root, clock));
  for (const hour of [0, 22]) {
    const batch = mixedBatch(600, { from: START + hour * HOUR, to: START + (hour + 3) * HOUR }, seeded(hour));
    clock.advance(START + (hour + 3) * HOUR - clock.now());
    const key = `check-${hour}`;
    const recycle = () => {};
    store.beginBatch({ key, batch, hour: START + hour * HOUR, journal: null, rows: () => batch.rows, recycle });
    for (let lost = 0; lost < 2; lost++)
      store.addLedger(key, [
        { minute: START + (hour + lost) * HOUR, exporter: '192.0.2.1', domain: 0, counts: { lost: 7 } },
      ]);
    store.closeBatch(key, { rows: batch.rows, closedMs: clock.now(), position: { offset: 0, skip: 0 } });
    await store.flush();
    await store.makeHistory();
  }
  clock.advance(HOUR);
  await store.makeHistory();
  await store.close();
});
afterAll(() => made.remove());

beforeEach(() => {
  temp = tempRoot();
  cpSync(made.root, temp.root, { recursive: true, preserveTimestamps: true });
  layout = layoutOf(temp.root);
});
afterEach(() => temp.remove());

const check = (dryRun = false): Promise<CheckReport> =>
  checkStore(temp.root, { clock: new ManualClock(NOW), memoryBytes: MEMORY, dryRun });
const manifest = (): ManifestState => readManifest(layout.manifest);
const outcomes = ({ results }: CheckReport) => results.map(({ outcome, what }) => `${outcome} ${what}`);

/** As the first look says, which changes nothing; then a repair; then nothing is found any more. */
async function repaired(): Promise<CheckReport> {
  const before = tree();
  const dry = await check(true);
  expect(tree()).toEqual(before);
  expect(dry.results.length).toBeGreaterThan(0);
  const report = await check();
  expect(report.results.map((r) => r.what)).toEqual(expect.arrayContaining(dry.results.map((r) => r.what)));
  expect((await check()).results).toEqual([]);
  return report;
}

/** Each level gives what the records give. */
async function allSame(settled = true): Promise<void> {
  const store = await LocalStore.open(storeOptions(temp.root, new ManualClock(NOW)));
  const reader = await readerOf(store);
  await looking(reader, async (view) => {
    const raw = await rawSumsByKey(view);
    for (const level of LEVELS) {
      const isCovered = view.history!.covered(level).some((r) => r.from <= START && r.to >= START + DAY);
      if (settled) expect([level, isCovered]).toEqual([level, true]);
      expect([level, await sumsByKey(view, tilesOf(view, level))]).toEqual([level, raw]);
    }
    expect(view.facts.damaged).toEqual([]);
  });
  await reader.close();
  await store.close();
}

describe('a store that is whole', () => {
  test('is said to be, and nothing of it changes', async () => {
    const before = tree();
    const { segments, rollups, ledgers } = manifest();
    for (const dryRun of [true, false])
      expect(await check(dryRun)).toEqual({
        results: [],
        known: 0,
        checked: {
          segments: segments.length,
          rollups: rollups.length,
          journals: 0,
          ledger: Object.keys(ledgers).length,
          lists: 0,
        },
      });
    expect(tree()).toEqual(before);
    expect(rollups.length).toBeGreaterThan(8);
  });

  test('is not looked at while another has it', async () => {
    const store = await LocalStore.open(storeOptions(temp.root, new ManualClock(NOW)));
    await expect(check()).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('stop the node') });
    await store.close();
    await expect(checkStore(join(temp.root, 'none'), { ...options() })).rejects.toMatchObject({ code: 'usage' });
  });

  test('can be left in the middle', async () => {
    await expect(checkStore(temp.root, { ...options(), signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('roll-ups', () => {
  test.each(LEVEL_NAMES)('of %s that are damaged are made again', async (_, level) => {
    const { file } = ofLevel(level);
    flip(join(layout.rollups, file));
    expect(outcomes(await repaired())).toEqual([`repaired rollups/${file}`]);
    expect(manifest().rollups.map((r) => r.file)).not.toContain(file);
    await allSame();
  });

  test.each(LEVEL_NAMES)('of %s that are missing are made again', async (_, level) => {
    const { file } = ofLevel(level);
    rmSync(join(layout.rollups, file));
    const report = await repaired();
    expect(outcomes(report)).toEqual([`repaired rollups/${file}`]);
    expect(report.results[0]).toMatchObject({ problem: 'the file is missing', done: 'it was made again' });
    expect(readdirSync(layout.quarantine)).toEqual([]);
    await allSame();
  });

  test.each(LEVEL_NAMES)('of %s with another number are found by their totals', async (name, level) => {
    await changeNumber(ofLevel(level), 20);
    const { results } = await repaired();
    expect(results).toMatchObject([
      { outcome: 'repaired', problem: 'its cube as-pair has 5 records more than its total', lost: null },
    ]);
    expect(results[0]!.what).toMatch(`history of ${name}, `);
    await allSame();
  });

  test.each(LEVEL_NAMES)(
    'of %s with other numbers in every cube are found by finer ones or records',
    async (name, level) => {
      await changeNumber(ofLevel(level), null);
      const { results } = await repaired();
      expect(results).toMatchObject([
        { outcome: 'repaired', problem: expect.stringMatching(/^it has 5 records more than (its records|rows of 1)/) },
      ]);
      expect(results[0]!.what).toMatch(`history of ${name}, `);
      await allSame();
    },
  );

  test('of an hour that no file has are made again', async () => {
    const { file } = ofLevel(LEVELS[0]);
    const state = manifest();
    writeManifest(layout.manifest, { ...state, rollups: state.rollups.filter((r) => r.file !== file) });
    expect(outcomes(await repaired())).toEqual([
      `repaired rollups/${file}`,
      expect.stringMatching(/^repaired history of 1 min/),
    ]);
    await allSame();
  });

  test('whose records are gone stay as they are when their numbers differ', async () => {
    expireRecords();
    const entry = ofLevel(LEVELS[0]);
    await changeNumber(entry, 20);
    for (let i = 0; i < 2; i++) {
      const report = await check();
      expect(report.results).toMatchObject([{ outcome: 'failed', problem: expect.stringContaining('as-pair') }]);
    }
    expect(manifest().rollups.some((r) => r.file === entry.file)).toBe(true);
  });

  describe('of 1 h that are damaged and of 1 day that are missing, where those of 1 min have expired', () => {
    const harm = () => {
      const hours = manifest().rollups.find((r) => r.level === LEVELS[2] && r.from === START)!;
      const days = manifest().rollups.find((r) => r.level === LEVELS[3])!;
      overwrite(join(layout.rollups, hours.file), 'xxxx');
      rmSync(join(layout.rollups, days.file));
      return [hours, days].map((r) => `rollups/${r.file}`);
    };

    test('are made again from rows of 5 min', async () => {
      expireLevels(LEVELS[0]);
      const files = harm();
      expect(outcomes(await repaired())).toEqual(files.map((file) => `repaired ${file}`));
      await sameFrom(LEVELS[1], START);
    });

    test('are lost where those of 5 min have expired too: finer rows and records answer', async () => {
      expireLevels(LEVELS[0], LEVELS[1]);
      const files = harm();
      const { results } = await repaired();
      expect(results.map(({ outcome, what }) => `${outcome} ${what}`)).toEqual(files.map((file) => `lost ${file}`));
      for (const { lost } of results)
        expect(lost).toBe('rows of history of 2026-11-22 00:00 to 2026-11-23 00:00: what they were made of is gone');
      await sameFrom(LEVELS[2], null);
    });
  });

  test('of 1 min that are damaged, with their records: coarser ones keep what they have', async () => {
    const { file, from } = ofLevel(LEVELS[0]);
    const coarser = manifest().rollups.filter((r) => r.level > LEVELS[0]);
    const segment = manifest().segments.find((s) => s.minTime <= from && s.maxTime >= from)!;
    flip(join(layout.rollups, file));
    flip(join(layout.segments, segment.file));
    const report = await repaired();
    expect(outcomes(report).sort()).toEqual([`lost rollups/${file}`, `lost segments/${segment.file}`]);
    expect(manifest().rollups.filter((r) => r.level > LEVELS[0])).toEqual(coarser);
    expect((await check()).known).toBe(2);
  });
});

describe('a segment', () => {
  test.each([
    ['damaged', (path: string) => flip(path), 'it was put into quarantine/', 1],
    ['missing', (path: string) => rmSync(path), 'it was noted in damaged/', 0],
  ])('that is %s is lost, and its sums stay in history', async (_, harm, done, aside) => {
    const segment = manifest().segments[0]!;
    harm(join(layout.segments, segment.file));
    const { results } = await repaired();
    expect(results).toMatchObject([
      {
        outcome: 'lost',
        what: `segments/${segment.file}`,
        done,
        lost: expect.stringContaining('600 records of 2026-11-22'),
      },
    ]);
    expect(readdirSync(layout.quarantine)).toHaveLength(aside);
    expect(manifest().segments.map((s) => s.id)).not.toContain(segment.id);
  });

  test('that was not entered is removed; one that should be in the manifest is put aside', async () => {
    const [first] = manifest().segments;
    cpSync(join(layout.segments, first!.file), join(layout.segments, '2026-11-22/00/0000000099.parquet'));
    expect(outcomes(await repaired())).toEqual(['repaired segments/2026-11-22/00/0000000099.parquet']);
    const state = manifest();
    writeManifest(layout.manifest, { ...state, segments: state.segments.slice(1) });
    const report = await check();
    expect(outcomes(report)).toContain(`lost segments/${first!.file}`);
    expect(readdirSync(layout.quarantine)).toHaveLength(1);
  });
});

describe('the manifest', () => {
  test.each([
    ['damaged', () => flip(layout.manifest), 'it was put into quarantine/ and made again from the segments'],
    ['missing', () => rmSync(layout.manifest), 'it was made again from the segments'],
  ])('that is %s is made again, and history too', async (_, harm, done) => {
    const before = manifest();
    harm();
    const report = await repaired();
    expect(outcomes(report)[0]).toBe('repaired manifest.json');
    expect(report.results[0]!.done).toBe(done);
    expect(report.results.every((r) => r.outcome === 'repaired')).toBe(true);
    expect(manifest().segments.map((s) => [s.id, s.rows, s.crc])).toEqual(
      before.segments.map((s) => [s.id, s.rows, s.crc]),
    );
    // What was just added up is settled a minute later, by the node.
    await allSame(false);
  });
});

describe('the ledger', () => {
  test('a line that cannot be read, a file that was cut, one that is gone, and the end of a commit that was cut off', async () => {
    const [unreadable, cut, gone, long] = Object.keys(manifest().ledgers) as [string, string, string, string];
    overwrite(join(layout.ledger, unreadable), '{{');
    writeFileSync(join(layout.ledger, cut), readFileSync(join(layout.ledger, cut)).subarray(0, 20));
    rmSync(join(layout.ledger, gone));
    writeFileSync(join(layout.ledger, long), '[{"minute":1', { flag: 'a' });
    const report = await repaired();
    expect(outcomes(report)).toEqual([
      `lost ledger/${unreadable}`,
      `lost ledger/${cut}`,
      `lost ledger/${gone}`,
      `repaired ledger/${long}`,
    ]);
    expect((await check()).known).toBe(3);
  });

  test('a summary of a day whose hours are there is made again, one of a day that nothing else tells is lost', async () => {
    const path = join(layout.ledger, 'days.jsonl');
    const { ledgers } = manifest();
    new LedgerDays(path, ledgers, () => {}).add(START, ledgers, []);
    const line = readFileSync(path, 'utf8').trim();
    writeFileSync(path, `${line.slice(0, -9)}\n`);
    expect(outcomes(await repaired())).toEqual(['repaired ledger/days.jsonl']);
    writeFileSync(path, `${line.replace(/"day":\d+/, '"day":0').slice(0, -9)}\n${line}\n`);
    expect(outcomes(await repaired())).toEqual(['lost ledger/days.jsonl']);
    expect(readFileSync(path, 'utf8').trim()).toBe(line);
  });
});

describe('a journal', () => {
  const journal = () => {
    const writer = new JournalWriter(layout.journal, 0);
    writer.rotate(1, START, {});
    const offsets: number[] = [];
    for (let block = 0; block < 3; block++) {
      offsets.push(writer.offset);
      writer.beginBlock(START + block);
      writer.add(Uint32Array.from([0, 0, 0xffff, 0xc0000201]), 0, 2000, new Uint8Array(100), 0, 100);
      writer.endBlock(0);
    }
    writer.flush(START);
    writer.close();
    return { name: writer.file, path: join(layout.journal, writer.file), offsets };
  };

  test('that was cut is as a crash leaves it', async () => {
    const { name, path, offsets } = journal();
    expect(await check()).toMatchObject({ results: [], checked: { journals: 1 } });
    writeFileSync(path, readFileSync(path).subarray(0, offsets[2]! + 30));
    expect((await check()).results).toMatchObject([
      { outcome: 'harmless', what: `journal/${name}`, problem: expect.stringContaining('ends within a block') },
    ]);
  });

  test('with a damaged block has lost it, unless it is in segments', async () => {
    const { name, path, offsets } = journal();
    const bytes = readFileSync(path);
    bytes[offsets[1]! + 40]! ^= 1;
    writeFileSync(path, bytes);
    const before = readFileSync(path);
    expect((await check()).results).toMatchObject([
      { outcome: 'lost', what: `journal/${name}`, lost: `the datagrams of ${offsets[2]! - offsets[1]!} bytes` },
    ]);
    expect(readFileSync(path)).toEqual(before);
    writeManifest(layout.manifest, { ...manifest(), journals: { [name]: { offset: offsets[2]!, skip: 0 } } });
    expect(outcomes(await check())).toEqual([`harmless journal/${name}`]);
  });
});

test('lists that cannot be read are put aside, gaps are kept as far as they can be read', async () => {
  const gap = `${JSON.stringify({ from: START, to: START + HOUR, cause: 'stopped' })}\n`;
  writeFileSync(layout.sources, '{"version":1,"sources":[');
  writeFileSync(layout.exporters, '{}');
  writeFileSync(layout.heartbeat, 'x');
  writeFileSync(layout.gaps, `${gap}{"from":1\n${gap}`);
  expect(outcomes(await repaired())).toEqual([
    'lost sources.json',
    'repaired exporters.json',
    'lost heartbeat',
    'lost gaps.jsonl',
  ]);
  expect(readFileSync(layout.gaps, 'utf8')).toBe(gap + gap);
  expect(readdirSync(layout.quarantine)).toHaveLength(4);
});

/** What a level and coarser ones give is what the records give; they have all of a day, or (null) nothing of the first. */
async function sameFrom(level: RollupEntry['level'], whole: number | null): Promise<void> {
  const store = await LocalStore.open(storeOptions(temp.root, new ManualClock(NOW)));
  const reader = await readerOf(store);
  await looking(reader, async (view) => {
    const raw = await rawSumsByKey(view);
    for (const coarse of LEVELS.filter((l) => l >= level)) {
      const isThere = view.history!.covered(coarse).some((r) => r.from < START + DAY && r.to > START);
      expect([coarse, isThere]).toEqual([coarse, whole !== null]);
      expect([coarse, await sumsByKey(view, tilesOf(view, coarse))]).toEqual([coarse, raw]);
    }
  });
  await reader.close();
  await store.close();
}

/** Retention took roll-ups of the first day. */
function expireLevels(...levels: RollupEntry['level'][]): void {
  const state = manifest();
  const gone = state.rollups.filter((r) => levels.includes(r.level) && r.from < START + DAY);
  for (const { file } of gone) rmSync(join(layout.rollups, file));
  writeManifest(layout.manifest, {
    ...state,
    rollups: state.rollups.filter((r) => !gone.includes(r)),
    rollupsExpired: Object.fromEntries(levels.map((level) => [level, START + DAY])),
  });
}

function options() {
  return { clock: new ManualClock(NOW), memoryBytes: MEMORY, dryRun: false };
}

/** One from the middle of the day. */
function ofLevel(level: RollupEntry['level']): RollupEntry {
  const files = manifest().rollups.filter((r) => r.level === level && r.from < START + DAY);
  return files[Math.floor(files.length / 2)]!;
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[500] = bytes[500]! ^ 0x10;
  writeFileSync(path, bytes);
}

function overwrite(path: string, text: string): void {
  const bytes = readFileSync(path);
  bytes.write(text, 1);
  writeFileSync(path, bytes);
}

/** All files with what is in them; the lock is held by the check itself. */
function tree(): string[] {
  return readdirSync(temp.root, { recursive: true, encoding: 'utf8' })
    .sort()
    .flatMap((name) => {
      const path = join(temp.root, name);
      const { mtimeMs } = statSync(path);
      if (name === 'lock') return [name];
      return statSync(path).isFile() ? [`${name} ${mtimeMs} ${checksumFile(path).crc}`] : [name];
    });
}

/** Retention took all records, and no roll-up. */
function expireRecords(): void {
  const state = manifest();
  const until = Math.max(...state.segments.map((s) => s.maxTime));
  for (const { file } of state.segments) rmSync(join(layout.segments, file));
  writeManifest(layout.manifest, { ...state, segments: [], expired: { rows: 1_200, until } });
}

/** Writes a file again with 5 records more in one bucket, of one cube or of all, and the manifest with its new checksum. */
async function changeNumber(entry: RollupEntry, cube: number | null): Promise<void> {
  const path = join(layout.rollups, entry.file);
  const duck = await Duck.start({
    ...{ threads: 1, memoryBytes: MEMORY, tempDirectory: layout.tmp, spillBytes: MEMORY },
    directories: [layout.root],
    cacheFiles: false,
  });
  const rows = `read_parquet(${literal(path)}, file_row_number = true)`;
  const ids = cube === null ? CUBES.map((c) => c.id) : [cube];
  const chosen = `(SELECT cube, min(file_row_number) FROM ${rows} WHERE cube IN (${ids.join()}) AND time = (SELECT min(time) FROM ${rows}) GROUP BY cube)`;
  await duck.run(
    `COPY (SELECT * EXCLUDE (file_row_number) REPLACE (CASE WHEN (cube, file_row_number) IN ${chosen} THEN records + 5 ELSE records END AS records) FROM ${rows}) TO ${literal(`${path}.new`)} (FORMAT parquet)`,
    [],
    { timeoutMs: 60_000 },
  );
  duck.close();
  renameSync(`${path}.new`, path);
  const state = manifest();
  const rollups = state.rollups.map((r) => (r.id === entry.id ? { ...r, ...checksumFile(path) } : r));
  writeManifest(layout.manifest, { ...state, rollups });
}
