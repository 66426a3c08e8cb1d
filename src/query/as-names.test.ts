import { expect, it } from 'vitest';
import { asNamesIn } from './as-names.ts';
import { runQuery } from './index.ts';
import { storesOfEachTest } from './store.testing.ts';

const T = 1_700_000_040_000;
const store = storesOfEachTest();
const NAMES: Record<number, string> = { 15169: 'Google LLC', 3320: 'Deutsche Telekom AG' };
const asName = (asn: number) => NAMES[asn] ?? '';
const flow = (src_as: number, dst_as: number) => ({
  ...{ time: T, start: T - 1_000, end: T, received: T },
  ...{ protocol: 6, dst_port: 15_169, raw_bytes: 10, src_as, dst_as },
});

it('an answer names the autonomous systems in its rows, and no other numbers', async () => {
  const s = await store([flow(3_320, 15_169), flow(64_496, 0)]);
  const asked = { metrics: ['bytes'] };
  const options = { now: T + 60_000, asName };
  expect((await runQuery(s, { ...asked, by: ['src_as', 'dst_as'] }, options)).as_names).toEqual({
    3320: 'Deutsche Telekom AG',
    15169: 'Google LLC',
  });
  expect((await runQuery(s, { ...asked, by: ['src_as'] }, options)).as_names).toEqual({ 3320: 'Deutsche Telekom AG' });
  expect(await runQuery(s, { ...asked, by: ['dst_port'] }, options)).not.toHaveProperty('as_names');
  expect(await runQuery(s, { ...asked, by: ['src_as'] }, { now: T + 60_000 })).not.toHaveProperty('as_names');
});

it('a system without a name is not among them', () => {
  const columns = [{ name: 'src_as', type: 'integer', unit: null }] as const;
  expect(asNamesIn({ columns: [...columns], rows: [[64_496], [0], [null]] }, asName)).toBeUndefined();
});
