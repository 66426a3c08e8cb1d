import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLog, systemClock } from '../src/base/index.ts';
import { allColumnNames, FlowBatch, setWide } from '../src/flow/index.ts';
import { LocalStore } from '../src/store/index.ts';
import { remove } from './node.testing.ts';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const T = Date.UTC(2026, 10, 21, 12);
const OLD_ROWS = 5;

/** What a contributor writes, and all that he writes. */
const COLUMNS = `
  { id: 9001, name: 'test_number', type: 'u32', unit: 'packets', meaning: 'a number that nobody has', group: true, unknown: 0, aliases: ['test no'] },
  { id: 9002, name: 'test_text', type: 'text', meaning: 'a text that nobody has', group: true, unknown: '', aliases: ['testtxt'] },
`;

/** Runs in the compiled copy: writes rows with the new columns to a store that was made without them, and says what it sees of them. */
const PROBE = `
import { createLog, ManualClock } from './dist/base/index.js';
import { completeFilter, filterFields, filterToPredicate, filterToSql, parseFilter } from './dist/filter/index.js';
import { allColumnNames, cellOf, columnOf, FlowBatch, setWide } from './dist/flow/index.js';
import { runFlows, runQuery } from './dist/query/index.js';
import { buildApi } from './dist/server/api.js';
import { localQueryService } from './dist/server/local-query-service.js';
import { DuckReader, LocalStore } from './dist/store/index.js';

const [data, T] = [process.argv[2], Number(process.argv[3])];
const log = createLog({ style: 'json', level: 'silent' });
const store = await LocalStore.open({ root: data, clock: new ManualClock(T), log, retention: { ageMs: null, bytes: null },
  segmentRows: 1e6, segmentAgeMs: 300_000, writerMemoryBytes: 128 << 20 });
const reader = await DuckReader.start(store, { threads: 1, memoryBytes: 128 << 20, tempDirectory: store.layout.tmp,
  spillBytes: 128 << 20, directories: [store.layout.root] });

const made = new FlowBatch(8, allColumnNames);
for (let i = 0; i < 4; i++) {
  for (const name of ['start', 'end', 'time', 'received']) setWide(made.u32(name), i, T + 1_000 + i);
  setWide(made.u32('raw_bytes'), i, 100 + i);
  made.u32('sampling')[i] = 1;
  made.u32('test_number')[i] = [7, 7, 4_000_000_000, 0][i];
  made.u32('test_text')[i] = [1, 2, 1, 0][i];
}
made.texts = { test_text: ['', 'kitchen', 'attic'] };
made.rows = 4;
// As another thread gets it.
const batch = FlowBatch.fromHandle(made.handle());
const cells = [0, 1, 2, 3].map((row) => ['test_number', 'test_text'].map((name) => cellOf(batch, columnOf(name), row)));
store.beginBatch({ key: 'new', batch, hour: T, journal: null, rows: () => 4, recycle: () => {} });
store.closeBatch('new', { rows: 4, closedMs: T, position: { offset: 0, skip: 0 } });

const FILTERS = ['test_number = 7', 'test no > 7', 'test_text = "kitchen"', 'testtxt like "att%"', 'not test_text = "kitchen"', 'test_number in [7 4000000000]'];
const range = { from: 0, to: Number.MAX_SAFE_INTEGER };
const options = { now: T + 3_600_000 };

async function seen() {
  const view = await reader.view(range);
  const select = async (where, params) =>
    (await view.run('SELECT raw_bytes, test_number, test_text FROM ' + view.relation + ' WHERE ' + where + ' ORDER BY raw_bytes', params, { timeoutMs: 10_000 }))
      .rows.map((r) => r.map((v) => (typeof v === 'bigint' ? Number(v) : v)));
  const rows = await select('true', []);
  const bySql = {};
  for (const text of FILTERS) {
    const { sql, params } = filterToSql(parseFilter(text));
    bySql[text] = (await select(sql, params)).map((r) => r[0]);
  }
  view.release();
  const grouped = await runQuery(reader, { by: ['test_text', 'test_number'], metrics: ['records', 'raw_bytes'], ...range, from: undefined, to: undefined }, options);
  const flows = await runFlows(reader, { filter: 'test_number = 7', order: 'time' }, options);
  const records = [];
  for await (const piece of flows.rows) records.push(...piece);
  return { rows, bySql, grouped, records };
}

const memory = await seen();
await store.flush();
const disk = await seen();
const byPredicate = Object.fromEntries(FILTERS.map((text) => {
  const holds = filterToPredicate(parseFilter(text))(batch);
  return [text, [0, 1, 2, 3].filter((row) => holds(row)).map((row) => 100 + row)];
}));
const completions = [['test_n', 6], ['test_', 5], ['testt', 5], ['test_text ', 10]].map(([text, at]) => completeFilter(text, at).candidates.map((c) => c.text));

const api = await buildApi({
  service: localQueryService(reader, { maxRunning: 1, maxWaiting: 1, timeoutMs: 10_000, scratchDirectory: store.layout.tmp, sets: {} }),
  node: { health: async () => ({}), exporters: async () => [], metrics: async () => ({ contentType: 'text/plain', text: '' }) },
  log, version: '1.2.3', door: { kind: 'tcp', address: '127.0.0.1' }, token: null, names: [], sets: {}, labels: {}, tempDirectory: store.layout.tmp,
});
const get = async (url) => (await api.inject({ url })).json();
const vocabulary = await get('/api/v1/columns');
const complete = await get('/api/v1/filter/complete?text=test_t');
const answer = await get('/api/v1/query?by=test_text&metrics=records&from=0&to=' + (T + 60_000));
await api.close();
await reader.close();
await store.close();
process.stdout.write(JSON.stringify({ cells, memory, disk, byPredicate, completions, fields: filterFields(), vocabulary, complete, answer },
  (_, v) => (typeof v === 'bigint' ? Number(v) : v)));
`;

interface Seen {
  rows: [number, number, string][];
  bySql: Record<string, number[]>;
  grouped: { columns: { name: string }[]; rows: unknown[] };
  records: Record<string, unknown>[];
}
interface Named {
  name: string;
}
interface Report {
  cells: unknown[][];
  memory: Seen;
  disk: Seen;
  byPredicate: Record<string, number[]>;
  completions: string[][];
  fields: (Named & { aliases?: string[] })[];
  vocabulary: { columns: Named[]; dimensions: Named[]; fields: Named[] };
  complete: { candidates: { text: string }[] };
  answer: { rows: unknown[]; total: { records: number } };
}

let copy: string;
let report: Report;

beforeAll(async () => {
  // Inside the repository, so that node_modules is found.
  mkdirSync(join(root, '.tmp'), { recursive: true });
  copy = mkdtempSync(join(root, '.tmp', 'new-column-'));
  for (const name of ['src', 'data', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  const table = join(copy, 'src/flow/columns.ts');
  const patched = readFileSync(table, 'utf8').replace('] as const satisfies', `${COLUMNS}] as const satisfies`);
  expect(patched).toContain('test_number');
  writeFileSync(table, patched);
  writeFileSync(join(copy, 'probe.mjs'), PROBE);
  await oldStore(join(copy, 'store'));
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: copy,
  });
  await run(process.execPath, [join(root, 'scripts/bundle.mjs'), copy]);
  const { stdout } = await run(process.execPath, ['probe.mjs', join(copy, 'store'), String(T)], {
    cwd: copy,
    maxBuffer: 1 << 28,
  });
  report = JSON.parse(stdout) as Report;
}, 360_000);
afterAll(() => remove(copy));

/** A segment as it is written today, without the new columns. */
async function oldStore(data: string): Promise<void> {
  const store = await LocalStore.open({
    root: data,
    clock: systemClock,
    log: createLog({ style: 'json', level: 'silent' }),
    retention: { ageMs: null, bytes: null },
    segmentRows: 1_000_000,
    segmentAgeMs: 0,
    writerMemoryBytes: 64 << 20,
  });
  const batch = new FlowBatch(OLD_ROWS, allColumnNames);
  for (let i = 0; i < OLD_ROWS; i++) {
    for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), i, T + i);
    setWide(batch.u32('raw_bytes'), i, i);
    batch.u32('sampling')[i] = 1;
  }
  batch.rows = OLD_ROWS;
  store.beginBatch({ key: 'old', batch, hour: T, journal: null, rows: () => OLD_ROWS, recycle: () => undefined });
  store.closeBatch('old', { rows: OLD_ROWS, closedMs: T, position: { offset: 0, skip: 0 } });
  await store.close();
}

const OLD = Array.from({ length: OLD_ROWS }, (_, i) => [i, 0, '']);
const NEW = [
  [100, 7, 'kitchen'],
  [101, 7, 'attic'],
  [102, 4_000_000_000, 'kitchen'],
  [103, 0, ''],
];

test('a batch holds the columns, also where another thread opens it', () => {
  expect(report.cells).toEqual([
    [7, 'kitchen'],
    [7, 'attic'],
    [4_000_000_000, 'kitchen'],
    [null, null],
  ]);
});

test('SQL has them, from memory and from a segment; a segment from before them reads as unknown', () => {
  expect(report.memory.rows).toEqual([...OLD, ...NEW]);
  expect(report.disk.rows).toEqual([...OLD, ...NEW]);
});

test('a filter knows them by name and alias, the same in SQL and over a batch, and completes them', () => {
  const none = OLD.map((row) => row[0]);
  const expected = {
    'test_number = 7': [100, 101],
    'test no > 7': [102],
    'test_text = "kitchen"': [100, 102],
    'testtxt like "att%"': [101],
    'not test_text = "kitchen"': [...none, 101, 103],
    'test_number in [7 4000000000]': [100, 101, 102],
  };
  expect(report.memory.bySql).toEqual(expected);
  expect(report.disk.bySql).toEqual(expected);
  expect(report.byPredicate).toEqual({ ...expected, 'not test_text = "kitchen"': [101, 103] });
  const [number, both, alias, operators] = report.completions;
  expect(number).toContain('test_number');
  expect(both).toEqual(expect.arrayContaining(['test_number', 'test_text']));
  expect(alias).toContain('testtxt');
  expect(operators).toEqual(expect.arrayContaining(['=', 'like']));
  expect(report.fields.map((f) => f.name)).toEqual(expect.arrayContaining(['test_number', 'test_text']));
});

test('a query groups by them, a list of records has them', () => {
  for (const { grouped, records } of [report.memory, report.disk]) {
    expect(grouped.columns.map((c) => c.name)).toEqual(['test_text', 'test_number', 'records', 'raw_bytes']);
    expect(grouped.rows).toHaveLength(4);
    expect(grouped.rows).toEqual(
      expect.arrayContaining([
        ['kitchen', 7, 1, 100],
        ['attic', 7, 1, 101],
        ['kitchen', 4_000_000_000, 1, 102],
        [null, null, 1 + OLD_ROWS, 103 + 10],
      ]),
    );
    expect(records).toMatchObject([
      { raw_bytes: 100, test_number: 7, test_text: 'kitchen' },
      { raw_bytes: 101, test_number: 7, test_text: 'attic' },
    ]);
  }
});

test('the API names them among columns, dimensions and fields, completes them and answers by them', () => {
  const { vocabulary, complete, answer } = report;
  for (const list of [vocabulary.columns, vocabulary.dimensions, vocabulary.fields])
    expect(list.map((c) => c.name)).toEqual(expect.arrayContaining(['test_number', 'test_text']));
  expect(complete.candidates.map((c) => c.text)).toContain('test_text');
  expect(answer.total.records).toBe(OLD_ROWS + NEW.length);
  expect(answer.rows).toEqual(
    expect.arrayContaining([
      ['kitchen', 2],
      ['attic', 1],
      [null, OLD_ROWS + 1],
    ]),
  );
});

test('the command line shows them in JSON and CSV, and groups by them', async () => {
  const main = join(copy, 'dist/cli/main.js');
  expect(existsSync(main)).toBe(true);
  const weir = async (...args: string[]) =>
    (await run(process.execPath, [main, ...args, '--data', join(copy, 'store'), '--from', 'all'], { cwd: copy }))
      .stdout;
  const [first] = (await weir('flows', '--format', 'jsonl', '--order', 'time', 'test_text = "attic"'))
    .trim()
    .split('\n');
  expect(JSON.parse(first!)).toMatchObject({ raw_bytes: 101, test_number: 7, test_text: 'attic' });
  const old = (await weir('flows', '--format', 'jsonl', '--order', 'time', 'raw_bytes = 3')).trim().split('\n')[0]!;
  expect(JSON.parse(old)).not.toHaveProperty('test_text');
  const csv = await weir('flows', '--format', 'csv', '--columns', 'raw_bytes,test_number,test_text', '--order', 'time');
  expect(csv.trim().split(/\r?\n/)).toEqual([
    'raw_bytes,test_number,test_text',
    ...OLD.map((r) => `${r[0]},,`),
    '100,7,kitchen',
    '101,7,attic',
    '102,4000000000,kitchen',
    '103,,',
  ]);
  expect(await weir('query', '--by', 'test_text', '--metrics', 'records', '--format', 'csv')).toContain('kitchen,2');
});
