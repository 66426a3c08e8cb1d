import { afterEach, describe, expect, it } from 'vitest';
import type { Gap } from '../truth/index.ts';
import { queryAnswerSchema } from './answer.ts';
import type { QueryInput } from './model.ts';
import { runQuery } from './run.ts';
import { type TestFlow, type TestStore, testStore } from './store.testing.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T = 1_700_000_000_000 - (1_700_000_000_000 % HOUR);
const hour = { from: T, to: T + HOUR };
const crash: Gap = { from: T + 10 * MINUTE, to: T + 13 * MINUTE, cause: 'crashed' };
/** An exporter that is silent in the last half of the hour. */
const silence: Gap = { from: T + 30 * MINUTE, to: null, cause: 'silent', exporter: '192.0.2.1', domain: 0, share: 0.1 };
const stores: TestStore[] = [];
afterEach(() => {
  for (const s of stores.splice(0)) s.close();
});

/** 600 bytes a second of each minute in which somebody measured, of each exporter while it is not silent. */
function flows(exporters: readonly string[], gaps: readonly Gap[]): TestFlow[] {
  const minutes = Array.from({ length: 60 }, (_, i) => T + i * MINUTE);
  return exporters.flatMap((exporter) =>
    minutes
      .filter((m) => gaps.every((g) => (g.exporter ?? exporter) !== exporter || m < g.from || m >= (g.to ?? m + 1)))
      .map((m) => ({ time: m, exporter, raw_bytes: 36_000, raw_packets: 60, protocol: 6 })),
  );
}

async function ask(
  exporters: readonly string[],
  gaps: readonly Gap[],
  query: QueryInput,
  imported: { from: number; to: number }[] = [],
) {
  const store = await testStore(flows(exporters, gaps), { measured: { gaps, imported } });
  stores.push(store);
  const answer = await runQuery(store, { ...hour, ...query }, { now: hour.to });
  expect(queryAnswerSchema.parse(JSON.parse(JSON.stringify(answer)))).toBeDefined();
  return answer;
}

describe('a node that did not run for three minutes of an hour', () => {
  it('three minutes are null, and the mean is that of the other 57', async () => {
    const { rows, buckets, total, quality } = await ask(
      ['a'].map(() => '192.0.2.1'),
      [crash],
      {
        metrics: ['bytes', 'bps'],
        every: MINUTE,
      },
    );
    expect(rows).toHaveLength(60);
    expect(rows.filter(([, bytes]) => bytes === null)).toEqual([10, 11, 12].map((m) => [T + m * MINUTE, null, null]));
    expect(new Set(rows.map(([, , bps]) => bps))).toEqual(new Set([4_800, null]));
    expect(buckets!.map((b) => b.measured).filter((m) => m < 1)).toEqual([0, 0, 0]);
    expect(buckets![10]!.total).toEqual({ bytes: null, bps: null });
    expect(total).toEqual({ bytes: 57 * 36_000, bps: 4_800 });
    expect(quality.gaps).toEqual({
      status: 'assessed',
      measured: 57 / 60,
      measured_flows: 57 / 60,
      gaps: [{ from: crash.from, to: crash.to, cause: 'crashed', ms: 180_000 }],
      more: 0,
      by: { crashed: { gaps: 1, ms: 180_000 } },
    });
  });

  it('a bucket that was measured in part has its rate by the measured seconds', async () => {
    const { buckets } = await ask(['192.0.2.1'], [crash], { metrics: ['bytes', 'bps'], every: 10 * MINUTE });
    expect(buckets![1]).toMatchObject({ measured: 7 / 10, total: { bytes: 252_000, bps: 4_800 } });
    expect(buckets![2]).toMatchObject({ measured: 1, total: { bps: 4_800 } });
  });

  it('a bucket of which less than half was measured has sums and no rate', async () => {
    const { buckets } = await ask(['192.0.2.1'], [crash], { metrics: ['bytes', 'bps'], every: 5 * MINUTE });
    expect(buckets![2]).toMatchObject({ measured: 2 / 5, total: { bytes: 72_000, bps: null } });
    expect(buckets![3]).toMatchObject({ measured: 1, total: { bps: 4_800 } });
  });

  it('a total of which less than half was measured has none either, unless that is ten minutes', async () => {
    const range = { from: T + 10 * MINUTE, to: T + 15 * MINUTE };
    const few = await ask(['192.0.2.1'], [crash], { ...range, metrics: ['bytes', 'bps'] });
    expect(few.total).toEqual({ bytes: 72_000, bps: null });
    expect(few.rows).toEqual([[72_000, null]]);
    const started: Gap = { from: T - 24 * HOUR, to: T, cause: 'before' };
    const young = await ask(['192.0.2.1'], [started], { from: started.from, metrics: ['bps'], every: 48 * HOUR });
    expect([young.total.bps, young.buckets!.at(-1)!.total.bps]).toEqual([4_800, 4_800]);
  });

  it('a minute that was measured and had no traffic is 0', async () => {
    const { rows } = await ask(['192.0.2.1'], [crash], { metrics: ['bytes'], every: MINUTE, filter: 'proto udp' });
    expect(rows.slice(9, 14).map((r) => r[1])).toEqual([0, null, null, null, 0]);
  });

  it('percentiles over time leave them out', async () => {
    const metrics = ['p1(bytes)', 'p1(bps)'];
    const { total } = await ask(['192.0.2.1'], [crash], { metrics, every: MINUTE });
    expect(total).toEqual({ 'p1(bytes)': 36_000, 'p1(bps)': 4_800 });
    const { total: blind } = await ask(['192.0.2.1'], [], { metrics, every: MINUTE, to: hour.to + MINUTE });
    expect(blind).toEqual({ 'p1(bytes)': 0, 'p1(bps)': 0 });
  });

  it('nothing is said of a bucket of which nothing was measured, also where exporters told of it later; the total has it', async () => {
    const late = await testStore([{ time: T + 11 * MINUTE, raw_bytes: 5 }], {
      measured: { gaps: [crash], imported: [] },
    });
    stores.push(late);
    const asked = { ...hour, metrics: ['bytes'], every: MINUTE };
    const { rows, total } = await runQuery(late, asked, { now: hour.to });
    expect([rows[11]![1], total.bytes]).toEqual([null, 5]);
    const grouped = await runQuery(late, { ...asked, by: ['protocol'] }, { now: hour.to });
    expect(grouped.rows).toEqual([[T + 11 * MINUTE, 0, null]]);
  });

  it('what an import covers was measured', async () => {
    const imported = [{ from: T + 11 * MINUTE, to: T + 12 * MINUTE }];
    const { rows } = await ask(['192.0.2.1'], [crash], { metrics: ['bytes'], every: MINUTE }, imported);
    expect(rows.slice(9, 14).map((r) => r[1])).toEqual([36_000, null, 0, null, 36_000]);
  });

  it('the hour before has gaps of its own', async () => {
    const before: Gap = { from: 0, to: T - 30 * MINUTE, cause: 'before' };
    const series = await ask(['192.0.2.1'], [before], { metrics: ['bytes'], every: MINUTE, previous: HOUR });
    expect(series.previous!.rows.map((r) => r[0])).toEqual([...Array(30).fill(null), ...Array(30).fill(0)]);
    expect(series.previous!.quality.gaps).toMatchObject({ measured: 0.5 });
    expect(series.quality.gaps).toMatchObject({ measured: 1, gaps: [] });
  });

  it('a range of which nothing was measured has no total', async () => {
    const range = { from: T + 10 * MINUTE, to: T + 12 * MINUTE };
    const { rows, total } = await ask(['192.0.2.1'], [crash], { ...range, metrics: ['bytes', 'bps', 'p95(bps)'] });
    expect([rows, total]).toEqual([[[null, null, null]], { bytes: null, bps: null, 'p95(bps)': null }]);
  });

  it('more buckets than a chart has room for are refused', async () => {
    const long = { from: T - 100_001_000, to: T };
    await expect(ask(['192.0.2.1'], [crash], { ...long, every: 1_000 })).rejects.toThrow(
      /100000 rows: take a larger `every`/,
    );
  });
});

it('a range to the end of time is answered, though none of it was measured in buckets of an hour', async () => {
  const store = await testStore(flows(['192.0.2.1'], [crash]), { measured: { gaps: [crash], imported: [] } });
  stores.push(store);
  const query = { from: 1, to: 8_640_000_000_000_000, metrics: ['bytes', 'p95(bps)'] };
  const { total, plan } = await runQuery(store, query, { now: hour.to });
  expect(total.bytes).toBe(57 * 36_000);
  expect((query.to - query.from) / plan.bucket_ms!).toBeLessThan(100_001);
});

describe('an exporter that is silent', () => {
  const two = ['192.0.2.1', '192.0.2.2'];

  it('takes its share from the measured time', async () => {
    const { quality, buckets } = await ask(two, [silence], { metrics: ['bps'], every: 30 * MINUTE });
    expect(quality.gaps).toMatchObject({ measured: 0.95, by: { silent: { gaps: 1, ms: 30 * MINUTE } } });
    expect(buckets!.map((b) => b.measured)).toEqual([1, 0.9]);
  });

  it('that samples counts by its share of bytes in rates of bytes, and by that of records in rates of flows', async () => {
    const sampling: Gap = { ...silence, share: 0.1, share_bytes: 0.4 };
    const { quality, buckets, total } = await ask(two, [sampling], {
      metrics: ['bps', 'pps', 'fps', 'bytes', 'flows'],
    });
    expect(quality.gaps).toMatchObject({ measured: 0.8, measured_flows: 0.95 });
    expect(quality.gaps).toMatchObject({ gaps: [{ ms: 30 * MINUTE, share: 0.4, share_of: 'bytes' }] });
    const [bytes, flows] = [Number(total.bytes), Number(total.flows)];
    expect(total.bps).toBeCloseTo((8 * bytes) / (0.8 * 3_600), 6);
    expect(total.pps).toBeCloseTo((90 * 60) / (0.8 * 3_600), 6);
    expect(total.fps).toBeCloseTo(flows / (0.95 * 3_600), 9);
    expect(buckets).toBeUndefined();
  });

  it('by exporter: each rate is over the time in which that exporter sent, and the rows are in the order of what is shown', async () => {
    const more = { time: T, exporter: '192.0.2.2', raw_bytes: 36_000, protocol: 6 };
    const store = await testStore([...flows(two, [silence]), more], { measured: { gaps: [silence], imported: [] } });
    stores.push(store);
    const query = { ...hour, by: ['exporter'], metrics: ['bps', 'bytes'] };
    const { rows } = await runQuery(store, query, { now: hour.to });
    expect(rows).toEqual([
      ['192.0.2.2', (61 * 36_000 * 8) / 3_600, 61 * 36_000],
      ['192.0.2.1', 4_800, 30 * 36_000],
    ]);
    const silentFirst = await runQuery(store, { ...query, order: '-bps' }, { now: hour.to });
    expect(silentFirst.rows[0]![0]).toBe('192.0.2.1');
  });

  it('a question about it alone counts its silence wholly, one about another not at all', async () => {
    const asked = (address: string) =>
      ask(two, [silence], {
        metrics: ['bytes', 'bps'],
        every: 30 * MINUTE,
        filter: `exporter ${address} and proto tcp`,
      });
    const silent = await asked('192.0.2.1');
    expect(silent.rows.map((r) => r[2])).toEqual([4_800, null]);
    expect(silent.total.bps).toBe(4_800);
    expect(silent.quality.gaps).toMatchObject({ measured: 0.5, gaps: [{ exporter: '192.0.2.1', to: null }] });
    const other = await asked('192.0.2.2');
    expect(other.quality.gaps).toMatchObject({ measured: 1, gaps: [] });
    expect(other.rows.map((r) => r[2])).toEqual([4_800, 4_800]);
  });
});

it('a store on which no node ran does not say that all was measured', async () => {
  const store = await testStore(flows(['192.0.2.1'], []));
  stores.push(store);
  const { quality, buckets } = await runQuery(store, { ...hour, every: 30 * MINUTE }, { now: hour.to });
  expect(quality.gaps).toMatchObject({ status: 'not_assessed', reason: expect.stringContaining('no node') });
  expect(buckets!.map((b) => b.measured)).toEqual([1, 1]);
});
