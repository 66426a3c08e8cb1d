import { expect, it } from 'vitest';
import { storesOfEachTest, type TestFlow } from '../store.testing.ts';
import { runReport } from './all.ts';
import { applications } from './applications.ts';
import { categories } from './categories.ts';

/** The start of a minute. */
const T = 1_700_000_040_000;
const options = { now: T + 60_000 };
const range = { from: T, to: T + 60_000 };
const store = storesOfEachTest();

const flow = (raw_bytes: number, more: TestFlow): TestFlow => {
  const times = { time: T, start: T - 1_000, end: T, received: T };
  return { ...times, protocol: 6, raw_bytes, raw_packets: 1, ...more };
};

const FLOWS = [
  flow(600, { application: 'tls', application_evidence: 'payload', service: 'youtube', direction: 'in' }),
  flow(200, { application: 'tls', application_evidence: 'port', direction: 'out' }),
  flow(100, { application: 'ssh', application_evidence: 'port', direction: 'inside' }),
  flow(100, { direction: 'in' }),
];

it('applications says how much of each rests on port numbers alone', async () => {
  const { data, tables, quality } = await applications.run(await store(FLOWS), range, options);
  expect(data).toMatchObject({ total: { bytes: 1_000 }, guessed: 30, unnamed: 10 });
  expect(quality.names).toEqual({ status: 'assessed', by_port_bytes: 0.3, by_port_flows: 0.5 });
  const [names, evidence, services] = tables;
  expect(names!.columns.map((c) => c.name)).toEqual([
    'application',
    'bytes',
    'share',
    'bytes_in',
    'bytes_out',
    'packets',
    'flows',
    'peak_bps',
    'guessed',
  ]);
  expect(names!.rows.map((row) => [...row.slice(0, 7), row[8]])).toEqual([
    ['tls', 800, 80, 600, 200, 2, 2, 25],
    [null, 100, 10, 100, 0, 1, 1, 0],
    ['ssh', 100, 10, 0, 0, 1, 1, 100],
  ]);
  expect(evidence!.rows).toEqual([
    ['payload', 600, 60],
    ['port', 300, 30],
    ['unknown', 100, 10],
  ]);
  expect(services!.rows.map((row) => row.slice(0, 5))).toEqual(
    [
      ['youtube', 600, 60, 600, 0],
      [null, 400, 40, 100, 200],
    ].sort((a, b) => Number(b[1]) - Number(a[1])),
  );
});

it('ways are nothing where no flow has a direction', async () => {
  const { tables } = await applications.run(await store([flow(600, { application: 'tls' })]), range, options);
  expect(tables[0]!.rows[0]!.slice(0, 5)).toEqual(['tls', 600, 100, null, null]);
});

it('applications tells the ways of what is shown, however much is not', async () => {
  const { data } = await applications.run(await store(FLOWS), { ...range, limit: 1 }, options);
  expect(data.applications).toMatchObject([
    { name: 'tls', bytes_by_direction: { in: 600, out: 200 }, bytes_by_evidence: { payload: 600, port: 200 } },
  ]);
  expect(data.guessed).toBe(30);
});

it('categories ranks them with what came in and went out', async () => {
  const flows = [
    flow(60, { category: 'Web', application_evidence: 'payload', direction: 'in' }),
    flow(20, { category: 'Web', application_evidence: 'port', direction: 'out' }),
    flow(20, { category: 'Email', application_evidence: 'port', direction: 'out' }),
  ];
  const { tables, quality } = await categories.run(await store(flows), range, options);
  expect(tables[0]!.columns.at(-1)!.title).toBe('by port alone %');
  expect(tables[0]!.rows.map((row) => row.at(-1))).toEqual([25, 100]);
  expect(quality.names).toEqual({ status: 'assessed', by_port_bytes: 0.4, by_port_flows: 2 / 3 });
  expect(tables[0]!.rows.map((row) => row.slice(0, 5))).toEqual([
    ['Web', 80, 80, 60, 20],
    ['Email', 20, 20, 0, 20],
  ]);
});

it('categories puts applications and services into another scheme, whatever is stored', async () => {
  const s = await store([
    flow(60, { application: 'smb', category: 'Files', direction: 'inside' }),
    flow(30, { application: 'smtp', direction: 'out' }),
    flow(10, {}),
  ]);
  const { tables } = await runReport(s, 'categories', { ...range, scheme: 'microsoft-2005' }, options);
  expect(tables[0]!.rows.map((row) => row.slice(0, 5))).toEqual([
    ['File', 60, 60, 0, 0],
    ['Email', 30, 30, 0, 30],
    [null, 10, 10, null, null],
  ]);
  await expect(runReport(s, 'categories', { scheme: 'microsoft-205' }, options)).rejects.toThrow('microsoft-2005');
  await expect(runReport(s, 'as', { scheme: 'microsoft-2005' }, options)).rejects.toThrow('report categories');
});
