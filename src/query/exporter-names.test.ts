import { expect, it } from 'vitest';
import { anonymiser, runQuery } from './index.ts';
import { runReport } from './reports/all.ts';
import { storesOfEachTest } from './store.testing.ts';

const T = 1_700_000_040_000;
const store = storesOfEachTest();
const flow = (exporter: string, in_if: number) => ({
  ...{ time: T, start: T - 1_000, end: T, received: T },
  ...{ protocol: 6, raw_bytes: 10, exporter, in_if, out_if: 9 },
});
const interfaces = [{ index: 1, name: 'uplink', description: '', speed: 1_000_000 }];
const names = { configured: [{ prefix: '192.0.2.0/24', name: 'north', interfaces }], asked: [] };
const options = { now: T + 60_000 };
const stored = () => store([flow('192.0.2.1', 1), flow('198.51.100.1', 1)], { names });

it('an answer names the exporters and interfaces in its rows as configuration does, though nobody hears them', async () => {
  const s = await stored();
  const both = await runQuery(s, { metrics: ['bytes'], by: ['exporter', 'in_if', 'out_if'] }, options);
  expect(both.exporter_names).toEqual({ '192.0.2.1': 'north' });
  expect(both.interface_names).toEqual({ '192.0.2.1': { 1: 'uplink' } });
  const hidden = anonymiser(new Uint8Array(32)).query(both);
  expect(hidden).not.toHaveProperty('exporter_names');
  expect(hidden).not.toHaveProperty('interface_names');
  // Whose interface it is, nobody said.
  const alone = await runQuery(s, { metrics: ['bytes'], by: ['in_if'] }, options);
  expect(alone).not.toHaveProperty('exporter_names');
  expect(alone).not.toHaveProperty('interface_names');
});

it.each([
  ['interfaces', 'exporter_name'],
  ['exporters', 'name'],
  ['data-quality', 'name'],
])('the report %s names exporters that nobody hears', async (report, column) => {
  const { tables } = await runReport(await stored(), report, {}, options);
  const { columns, rows } = tables[0]!;
  const [of, at] = ['exporter', column].map((name) => columns.findIndex((c) => c.name === name)) as [number, number];
  const called = new Map(rows.map((row) => [row[of], row[at]]));
  expect(called).toEqual(
    new Map([
      ['192.0.2.1', 'north'],
      ['198.51.100.1', null],
    ]),
  );
});
