import { afterEach, describe, expect, it } from 'vitest';
import { type QueryInput, runQuery } from './index.ts';
import { type TestFlow, type TestStore, testStore } from './store.testing.ts';

/** The start of a minute. */
const T = 1_700_000_040_000;
const stores: TestStore[] = [];
afterEach(() => {
  for (const s of stores.splice(0)) s.close();
});

async function ask(flows: readonly TestFlow[], query: QueryInput, sets?: Record<string, string[]>) {
  const s = await testStore(flows);
  stores.push(s);
  return runQuery(s, { from: T, to: T + 600_000, ...query }, { now: T, ...(sets ? { sets } : {}) });
}

const flow = (minute: number, bytes: number, more: TestFlow = {}): TestFlow => {
  const time = T + minute * 60_000;
  return { time, start: time, end: time, protocol: 6, raw_bytes: bytes, raw_packets: 1, ...more };
};

describe('a peak', () => {
  const udp = { protocol: 17 };
  const flows = [flow(0, 10), flow(0, 20), flow(1, 25), flow(1, 40, udp), flow(5, 50, udp), flow(6, 7, udp)];

  it('is the largest minute of a group, of the total and of what is shown of neither', async () => {
    const answer = await ask(flows, { by: ['protocol'], metrics: ['peak_bytes', 'peak_packets', 'peak_flows'] });
    expect(answer.rows).toEqual([
      [17, 50, 1, 1],
      [6, 30, 2, 2],
    ]);
    expect(answer.total).toEqual({ peak_bytes: 65, peak_packets: 2, peak_flows: 2 });
    const first = await ask(flows, { by: ['protocol'], metrics: ['peak_bytes'], limit: 1 });
    expect(first.other).toEqual({ peak_bytes: null });
  });

  it('is a rate over its minute', async () => {
    const answer = await ask(flows, { metrics: ['peak_bps', 'peak_pps'] });
    expect(answer.rows).toEqual([[(65 * 8) / 60, 2 / 60]]);
    expect(answer.columns.map((c) => c.unit)).toEqual(['bit/s', 'packets/s']);
  });

  it('is never below the mean where a minute is cut', async () => {
    const cut = { from: T + 30_000, to: T + 90_000, metrics: ['bps', 'peak_bps'] };
    const halves = [{ ...flow(0, 30), time: T + 40_000 }, flow(1, 30)];
    expect((await ask(halves, cut)).rows).toEqual([[8, 8]]);
    const by = { ...cut, by: ['protocol'], metrics: ['peak_bps'], having: 'peak_bps >= 8' };
    expect((await ask(halves, by)).rows).toEqual([[6, 8]]);
    const short = { ...cut, to: T + 60_000, metrics: ['peak_bps', 'peak_bytes'] };
    expect((await ask(halves, short)).rows).toEqual([[null, 30]]);
  });

  it('is that of its bucket', async () => {
    const answer = await ask(flows, { by: ['protocol'], metrics: ['peak_bytes', 'bytes'], every: 300_000 });
    // Minute 0 is the last one of its five, minute 6 the first one of its.
    expect(answer.rows.map((r) => r.slice(1))).toEqual([
      [6, 30, 30],
      [17, 50, 90],
      [6, 25, 25],
      [17, 7, 7],
    ]);
    expect(answer.buckets!.map((b) => b.total.peak_bytes)).toEqual([30, 65, 7]);
  });

  it('orders and chooses groups, also where it is not shown', async () => {
    const by = { by: ['protocol'], metrics: ['bytes'] };
    expect((await ask(flows, { ...by, order: '-peak_bytes' })).rows).toEqual([
      [6, 55],
      [17, 97],
    ]);
    expect((await ask(flows, { ...by, having: 'peak_bytes >= 50' })).rows).toEqual([[17, 97]]);
  });

  it('is compared with the range before', async () => {
    const answer = await ask(flows, { from: T + 300_000, metrics: ['peak_bytes'], previous: 300_000 });
    expect(answer.rows).toEqual([[50]]);
    expect(answer.previous?.rows).toEqual([[65]]);
  });

  it('counts what of a minute is in the range', async () => {
    const halves = [flow(0, 10), { ...flow(0, 20), time: T + 30_000 }];
    expect((await ask(halves, { from: T + 30_000, metrics: ['peak_bytes'] })).rows).toEqual([[20]]);
  });

  it('is scaled, and its error is not known', async () => {
    const answer = await ask([flow(0, 10, { sampling: 100, sampling_origin: 'record' })], {
      metrics: ['peak_bytes', 'bytes'],
    });
    expect(answer.rows).toEqual([[1000, 1000]]);
    expect(answer.errors![0]).toMatchObject({ peak_bytes: null, bytes: expect.any(Number) });
    expect(answer.quality.sampling.error95).not.toHaveProperty('peak_bytes');
  });

  it('needs buckets of a minute or more', async () => {
    const asked = ask(flows, { metrics: ['peak_bps'], every: 30_000 });
    await expect(asked).rejects.toThrow('peak_bps is the largest minute: `every` must be at least a minute (60000 ms)');
    await expect(ask(flows, { every: 30_000, having: 'peak_bytes > 1' })).rejects.toMatchObject({ code: 'usage' });
    await expect(ask(flows, { metrics: ['p95(peak_bytes)'] })).rejects.toThrow('peak_bytes is a peak');
  });
});

describe('hosts across the border', () => {
  const out = (src: string, site = 'north') =>
    flow(0, 1, { direction: 'out', src_addr: src, dst_addr: '192.0.2.1', src_site: site });
  const flows = [
    out('10.0.0.1'),
    out('10.0.0.1'),
    out('10.0.0.2'),
    out('10.9.0.1', 'south'),
    flow(1, 1, { direction: 'in', src_addr: '192.0.2.1', dst_addr: '10.0.0.1', dst_site: 'north' }),
    flow(1, 1, { direction: 'inside', src_addr: '10.0.0.7', dst_addr: '10.0.0.8', src_site: 'north' }),
  ];
  const metrics = ['hosts_out', 'hosts_in'];

  it('are counted for all, for each site and for each bucket', async () => {
    expect((await ask(flows, { metrics })).rows).toEqual([[3, 1]]);
    expect((await ask(flows, { by: ['site'], metrics })).rows).toEqual([
      ['north', 2, 1],
      ['south', 1, 0],
    ]);
    expect((await ask(flows, { metrics, every: 60_000 })).rows.map((r) => r.slice(1)).slice(0, 3)).toEqual([
      [3, 0],
      [0, 1],
      [0, 0],
    ]);
    expect((await ask(flows, { metrics, filter: 'src ip 10.0.0.2' })).rows).toEqual([[1, 0]]);
  });

  it('cannot be told apart by anything but their site', async () => {
    await expect(ask(flows, { by: ['protocol'], metrics })).rejects.toThrow('`by` may be `site` or nothing');
  });

  it('need to know what is inside', async () => {
    const without = [flow(0, 1)];
    const error = /set `home` \(`weir up --home 10\.0\.0\.0\/8/;
    await expect(ask(without, { metrics }, {})).rejects.toThrow(error);
    await expect(ask(without, { order: 'hosts_in' }, {})).rejects.toMatchObject({ code: 'usage' });
    await expect(ask([], { metrics }, {})).rejects.toThrow(error);
    // An offline store has no configuration: its records say it.
    await expect(ask(without, { metrics })).rejects.toThrow(error);
    expect((await ask([], { metrics })).rows).toEqual([[0, 0]]);
    expect((await ask(without, { metrics }, { home: ['10.0.0.0/8'] })).rows).toEqual([[0, 0]]);
    expect((await ask(flows, { metrics }, {})).rows).toEqual([[3, 1]]);
  });
});

describe('the quality of flows', () => {
  const judged = (continued: string) => flow(0, 1, { continued });

  it('says how many records nobody judged', async () => {
    const flows = [judged('yes'), judged('yes'), judged('no'), flow(0, 1)];
    const answer = await ask(flows, { by: ['protocol'], metrics: ['flows', 'records'] });
    expect(answer.rows).toEqual([[6, 2, 4]]);
    expect(answer.quality.flows).toEqual({
      status: 'partly_assessed',
      records: 4,
      unsure_records: 1,
      continued_records: 2,
    });
  });

  it('is there where flows are counted, in whatever form', async () => {
    for (const metric of ['flows', 'fps', 'avg_flow', 'peak_flows', 'p95(fps)'])
      expect((await ask([flow(0, 1)], { metrics: [metric] })).quality.flows, metric).toMatchObject({
        status: 'not_assessed',
        unsure_records: 1,
      });
    expect((await ask([flow(0, 1)], { metrics: ['bytes', 'peak_bytes'] })).quality.flows).toBeUndefined();
    expect((await ask([judged('no')], { metrics: ['flows'] })).quality.flows).toMatchObject({ status: 'assessed' });
  });

  it('does not read the column where no record can continue a flow', async () => {
    await ask([flow(0, 1)], { by: ['protocol'], metrics: ['flows'] });
    expect(stores.at(-1)!.statements.join()).not.toContain('"continued"');
    await ask([judged('yes')], { by: ['protocol'], metrics: ['flows'] });
    expect(stores.at(-1)!.statements.join()).toContain('"continued"');
  });
});
