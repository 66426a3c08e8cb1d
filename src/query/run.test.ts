import { describe, expect, it } from 'vitest';
import { WeirError } from '../base/index.ts';
import type { LedgerEntry } from '../truth/index.ts';
import { dimensionTable, metricTable, type QueryInput, queryAnswerSchema, runQuery } from './index.ts';
import { storesOfEachTest, type TestFlow, type TestStore } from './store.testing.ts';

const T = 1_700_000_000_000;
const store = storesOfEachTest();

const flow = (more: TestFlow = {}): TestFlow => {
  return { time: T, start: T - 500, end: T, received: T, protocol: 6, raw_bytes: 100, raw_packets: 2, ...more };
};
const range = { from: T - 60_000, to: T + 60_000 };
const ask = (s: TestStore, query: QueryInput, more = {}) => runQuery(s, { ...range, ...query }, { now: T, ...more });

describe('an answer', () => {
  it('has the shape that scripts rely on', async () => {
    const s = await store([flow(), flow({ protocol: 17, raw_bytes: 7 }), flow({ protocol: 1, raw_bytes: 1 })]);
    const answer = await ask(s, { by: ['protocol'], limit: 2 });
    expect(queryAnswerSchema.parse(JSON.parse(JSON.stringify(answer)))).toBeDefined();
    expect(answer.columns).toEqual([
      { name: 'protocol', type: 'integer', unit: null },
      { name: 'bytes', type: 'integer', unit: 'bytes' },
      { name: 'packets', type: 'integer', unit: 'packets' },
      { name: 'flows', type: 'integer', unit: 'flows' },
    ]);
    expect(answer.rows).toEqual([
      [6, 100, 2, 1],
      [17, 7, 2, 1],
    ]);
    expect(answer.total).toEqual({ bytes: 108, packets: 6, flows: 3 });
    expect(answer.other).toEqual({ bytes: 1, packets: 2, flows: 1 });
    expect(answer.plan).toMatchObject({ level: 'raw', rows_scanned: 3, rows_in_memory: 0, ...range });
  });

  it('has no rest where nothing is left out', async () => {
    const s = await store([flow()]);
    expect((await ask(s, { by: ['protocol'] })).other).toBeNull();
    expect((await ask(s, {})).other).toBeNull();
  });

  it('of an empty store is zeros in sums, null in means, and no rows', async () => {
    const s = await store([]);
    const metrics = ['bytes', 'bps', 'avg_packet', 'distinct(src_addr)', 'p95(bytes)'];
    const answer = await ask(s, { metrics });
    expect(answer.rows).toEqual([[0, 0, null, 0, 0]]);
    expect((await ask(s, { by: ['src_addr'], metrics })).rows).toEqual([]);
    const open = await runQuery(s, { metrics }, { now: T });
    expect(open.rows).toEqual([[0, null, null, 0, 0]]);
    expect(open.plan).toMatchObject({ from: null, to: null });
    const series = await ask(s, { metrics: ['bytes'], every: 10_000 });
    expect(series.rows).toEqual(Array.from({ length: 12 }, (_, i) => [T - 60_000 + i * 10_000, 0]));
    expect((await ask(s, { by: ['protocol'], metrics: ['bytes'], every: 10_000 })).rows).toEqual([]);
  });

  it('answers for every metric of its table', async () => {
    const s = await store([flow({ direction: 'out' })]);
    for (const { name } of metricTable()) {
      const answer = await ask(s, { by: ['site'], metrics: [name] });
      expect(answer.rows[0]![1], name).not.toBeUndefined();
    }
  });

  it('groups by every dimension of its table, with null for what is not known', async () => {
    const s = await store([flow()]);
    for (const { name } of dimensionTable()) {
      const [row] = (await ask(s, { by: [name] })).rows;
      expect(row![1], name).toBe(100);
    }
    expect((await ask(s, { by: ['src_addr', 'in_if', 'sampling_origin', 'icmp_type'] })).rows[0]!.slice(0, 4)).toEqual([
      null,
      null,
      'default',
      null,
    ]);
  });

  it('writes whole numbers above 2^53 as text and adds them without loss', async () => {
    const most = 18_446_744_073_709_551_615n;
    const s = await store([flow({ raw_bytes: most, sampling: 4_294_967_295 }), flow({ raw_bytes: most })]);
    const { total } = await ask(s, { metrics: ['bytes', 'raw_bytes'] });
    expect(total).toEqual({ bytes: String(most * 4_294_967_295n + most), raw_bytes: String(2n * most) });
  });

  it('tells 2 x 2^52 + 1 from its neighbours', async () => {
    const s = await store([flow({ raw_bytes: 2n ** 53n - 1n })]);
    expect((await ask(s, { metrics: ['bytes'] })).total).toEqual({ bytes: 9_007_199_254_740_991 });
  });
});

describe('the cost of an answer', () => {
  it('is estimated, and refused above what is allowed', async () => {
    const s = await store([flow()], { facts: { rowsAtRest: 2_000_000_000 } });
    const asked = ask(s, { by: ['protocol'] }, { askAboveMs: 20_000 });
    await expect(asked).rejects.toMatchObject({
      code: 'costly',
      details: { rows: 2_000_000_000, limit_ms: 20_000, estimate_ms: expect.any(Number) },
    });
    await expect(asked).rejects.toThrow(/about 2000000000 rows and take about \d+ s, more than 20 s.*--yes/);
    expect((await ask(s, { max_cost: 'any' }, { askAboveMs: 20_000 })).plan.estimate_ms).toBeGreaterThan(20_000);
    expect((await ask(s, { max_cost: 10_000 }, { askAboveMs: 20_000 })).rows).toHaveLength(1);
    await expect(ask(s, { max_cost: 1 })).rejects.toMatchObject({ code: 'costly' });
    const wrong = ask(s, { max_cost: 'lots' as unknown as 'any' });
    await expect(wrong).rejects.toThrow(/max_cost.*expected a number of seconds above 0, or `any`/);
  });
});

describe('the range', () => {
  it('takes in its start and leaves out its end', async () => {
    const s = await store([flow({ time: T }), flow({ time: T + 1000 })]);
    expect((await ask(s, { from: T, to: T + 1000 })).total.flows).toBe(1);
  });

  it('is that of the data where it is open, whatever the filter', async () => {
    const s = await store([flow({ time: T }), flow({ time: T + 9_999, protocol: 17 })]);
    const answer = await runQuery(s, { metrics: ['bps'], filter: 'proto udp' }, { now: T });
    expect(answer.plan).toMatchObject({ from: T, to: T + 10_000 });
    expect(answer.total.bps).toBe(80);
  });

  it('from 1970 on is one without a start', async () => {
    const s = await store([flow(), flow({ time: T + 15_000 })]);
    const answer = await runQuery(
      s,
      { from: 0, by: ['protocol'], metrics: ['fps'], every: 10_000 },
      { now: T + 20_000 },
    );
    expect(answer.plan).toMatchObject({ from: T, to: T + 15_001 });
    expect(answer.rows.map((r) => r[0])).toEqual([T, T + 10_000]);
  });

  it('is refused when it makes more than 100 000 rows, however it is grouped', async () => {
    const s = await store([flow()]);
    const relation = `(SELECT f.* REPLACE (f."time" + 1000 * n AS "time") FROM flows f, range(100001) r(n))`;
    const long: TestStore = { ...s, view: async (r) => ({ ...(await s.view(r)), relation }) };
    for (const by of [[], ['protocol']]) {
      await expect(runQuery(long, { by, every: 1000 }, { now: T })).rejects.toThrow(
        /100000 rows: take a larger `every`/,
      );
      const wider = await runQuery(long, { by, every: 2000 }, { now: T });
      expect(wider.rows.length).toBe(50_001);
    }
  });

  it('is refused when it is empty', async () => {
    const s = await store([]);
    await expect(ask(s, { from: T, to: T })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('prefixes', () => {
  const addresses = ['10.1.2.3', '10.1.2.200', '10.1.3.1', '2001:db8:1:2::9', '2001:db8:1:2:ffff::', '::1'];
  it('cuts IPv4 and IPv6, and tells a cut address from one that is not known', async () => {
    const s = await store([...addresses.map((src_addr) => flow({ src_addr })), flow()]);
    const shown = async (by: string) => {
      const { rows } = await ask(s, { by: [by], metrics: ['flows'] });
      return Object.fromEntries(rows.map(([k, n]) => [String(k), n]));
    };
    expect(await shown('src_addr/24')).toEqual({
      '10.1.2.0/24': 2,
      '10.1.3.0/24': 1,
      '2001:db8:1:2::/64': 2,
      '::/64': 1,
      null: 1,
    });
    expect(await shown('src_addr/16/32')).toEqual({ '10.1.0.0/16': 3, '2001:db8::/32': 2, '::/32': 1, null: 1 });
    expect(await shown('src_addr/0/0')).toEqual({ '0.0.0.0/0': 3, '::/0': 3, null: 1 });
    expect(await shown('src_addr/32/128')).toMatchObject({ '10.1.2.3/32': 1, '::1/128': 1, null: 1 });
  });
});

describe('choosing rows', () => {
  const flows = [10, 20, 30, 40].flatMap((n) =>
    Array.from({ length: n / 10 }, () => flow({ dst_port: n, raw_bytes: n * 1000 })),
  );
  const ports = async (query: QueryInput) => {
    const answer = await ask(await store(flows), { by: ['dst_port'], metrics: ['bytes'], ...query });
    return answer.rows.map((r) => r[0]);
  };

  it('orders by a metric that is not shown, either way', async () => {
    expect(await ports({ order: 'flows' })).toEqual([40, 30, 20, 10]);
    expect(await ports({ order: '-avg_packet' })).toEqual([10, 20, 30, 40]);
    expect(await ports({ order: 'distinct(dst_port)', limit: 2 })).toEqual([10, 20]);
  });

  it('leaves out rows by a condition, and counts them in the rest', async () => {
    expect(await ports({ having: 'bytes > 40k and not flows >= 4' })).toEqual([30]);
    expect(await ports({ having: 'p50(bytes) > 0 or distinct(protocol) > 1' })).toEqual([]);
    const s = await store(flows);
    const answer = await ask(s, { by: ['dst_port'], metrics: ['flows'], having: 'flows > 3' });
    expect([answer.rows, answer.total, answer.other]).toEqual([[[40, 4]], { flows: 10 }, { flows: 6 }]);
    expect((await ask(s, { metrics: ['flows'], having: 'flows > 10' })).rows).toEqual([]);
  });

  it('breaks a tie by the key, so that the same query has one answer', async () => {
    const s = await store([5, 3, 9, 1].map((dst_port) => flow({ dst_port })));
    expect((await ask(s, { by: ['dst_port'], limit: 3 })).rows.map((r) => r[0])).toEqual([1, 3, 5]);
  });

  it('counts costly metrics for the shown rows alone', async () => {
    const s = await store(flows);
    await ask(s, { by: ['dst_port'], metrics: ['bytes', 'distinct(src_addr)'] });
    expect(s.statements.filter((q) => q.includes('SELECT DISTINCT') && q.includes('ORDER BY'))).toEqual([]);
  });
});

describe('the range before', () => {
  const flows = [
    flow({ time: T + 5_000, dst_port: 1, raw_bytes: 10 }),
    flow({ time: T + 5_000, dst_port: 2, raw_bytes: 5 }),
    flow({ time: T - 55_000, dst_port: 1, raw_bytes: 3 }),
    flow({ time: T - 55_000, dst_port: 9, raw_bytes: 900 }),
  ];
  it('is matched by key, with zeros where there was nothing', async () => {
    const s = await store(flows);
    const query = { from: T, to: T + 60_000, by: ['dst_port'], metrics: ['bytes', 'avg_packet', 'distinct(protocol)'] };
    const { rows, previous } = await ask(s, { ...query, previous: 60_000 });
    expect(rows.map((r) => r.slice(0, 2))).toEqual([
      [1, 10],
      [2, 5],
    ]);
    expect(previous).toMatchObject({
      from: T - 60_000,
      to: T,
      rows: [
        [3, 1.5, 1],
        [0, null, 0],
      ],
      total: { bytes: 903 },
    });
    expect(s.ranges).toEqual([
      { from: T, to: T + 60_000 },
      { from: T - 60_000, to: T },
    ]);
  });

  it('is matched bucket by bucket, also where the distance is no multiple of the width', async () => {
    const s = await store([flow({ time: T + 15_000 }), flow({ time: T + 15_000 - 31_000, raw_bytes: 4 })]);
    const query = { from: T, to: T + 30_000, metrics: ['bytes'], every: 10_000, previous: 31_000 };
    const { rows, previous } = await ask(s, query);
    expect(rows).toEqual([
      [T, 0],
      [T + 10_000, 100],
      [T + 20_000, 0],
    ]);
    expect(previous!.rows).toEqual([[0], [4], [0]]);
  });

  it('needs a start', async () => {
    const s = await store([]);
    await expect(runQuery(s, { previous: 1000 }, { now: T })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('quality', () => {
  it('says what the ledger, the sampling and the files say, and never a false zero', async () => {
    const counts = { datagrams: 10, records: 90, lost: 10, clock_corrected: 3 };
    const ledger: LedgerEntry[] = [{ minute: T, exporter: '192.0.2.1', domain: 0, counts }];
    const damaged = [{ file: 'a.parquet', reason: 'checksum', rows: 7, from: null, to: null }];
    const flows = [
      flow({ sampling: 100, sampling_origin: 'options' }),
      flow({ sampling: 1, sampling_origin: 'unknown', raw_bytes: 10_000 }),
    ];
    const s = await store(flows, { ledger, facts: { damaged, completeUntil: T } });
    const { quality, errors } = await ask(s, {
      by: ['sampling_origin'],
      metrics: ['bytes', 'packets', 'bps', 'flows'],
    });
    expect(quality.lost).toMatchObject({ records: 10, received: 90, share: 0.1 });
    expect(quality.sampling).toMatchObject({ known_share: 0.5, sampled_share: 1, min_rate: 1, max_rate: 100 });
    expect(quality.sampling.by_origin).toContainEqual({
      origin: 'options',
      min_rate: 100,
      max_rate: 100,
      records: 1,
      bytes: 10_000,
    });
    expect(Object.keys(quality.sampling.error95)).toEqual(['bytes', 'packets', 'bps']);
    expect(quality.sampling.error95.packets!.half_width).toBeCloseTo(1.96 * Math.sqrt(100 * 99 * 2), 6);
    // Equal bytes: the unknown origin stands first by its key, and nothing is said of its error.
    expect(errors!.map((e) => Object.keys(e))).toEqual([[], ['bytes', 'packets', 'bps']]);
    expect(errors![1]!.packets).toBeCloseTo(1.96 * Math.sqrt(100 * 99 * 2), 6);
    expect(quality.clocks.corrected_records).toBe(3);
    expect(quality.damaged).toEqual([{ name: 'a.parquet', reason: 'checksum', rows: 7 }]);
    expect(quality.complete_until).toBe(T);
    for (const part of ['duplicates', 'scans', 'gaps'] as const) expect(quality[part].status).toBe('not_assessed');
  });

  it('says that verdicts were not made when only scans are asked for', async () => {
    const { quality } = await ask(await store([flow()]), { scans: 'only' });
    expect(quality.scans.reason).toContain('all flows');
  });
});

describe('dimensions', () => {
  it('groups by the words that filters know a column by', async () => {
    const s = await store([{ src_addr: '10.0.0.1', protocol: 6, time: T }]);
    const answer = await runQuery(s, { by: ['srcip', 'proto'], metrics: ['records'] }, { now: T + 1 });
    expect(answer.columns.map((c) => c.name)).toEqual(['src_addr', 'protocol', 'records']);
    expect(answer.rows).toEqual([['10.0.0.1', 6, 1]]);
  });
});

describe('mistakes', () => {
  const cases: [QueryInput, RegExp][] = [
    [{ metrics: ['byte'] }, /unknown metric "byte"; did you mean bytes/],
    [{ by: ['src_adr'] }, /unknown dimension "src_adr"; did you mean src_addr/],
    [{ by: ['raw_bytes'] }, /raw_bytes cannot be grouped by/],
    [{ by: ['protocol/8'] }, /only an address/],
    [{ by: ['src_addr/33'] }, /0\.\.32/],
    [{ by: ['protocol', 'protocol'] }, /named twice/],
    [{ metrics: ['distinct(portt)'] }, /unknown dimension "portt"/],
    [{ metrics: ['p95(avg_flow)'] }, /is a mean/],
    [{ metrics: ['p0(bytes)'] }, /between 0 and 100/],
    [{ order: 'bites' }, /did you mean bytes/],
    [{ having: 'bytes >' }, /expected a number.*the end/],
    [{ filter: 'src_port <' }, /filter/],
    [{ limit: 0 }, /limit/],
    [{ by: ['src_addr"; DROP TABLE flows; --'] }, /unknown dimension/],
  ];
  it.each(cases)('%j is refused before data are touched', async (query, message) => {
    const s = await store([flow()]);
    const error = await ask(s, query).catch((e) => e);
    expect(error).toBeInstanceOf(WeirError);
    expect(error.code).toBe('usage');
    expect(error.message).toMatch(message);
    expect(s.statements).toEqual([]);
  });
});

describe('the budget', () => {
  it('ends a query that was cancelled', async () => {
    const s = await store([flow()]);
    await expect(ask(s, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    const soon = new AbortController();
    const slow: TestStore = { ...s, view: async (r) => ({ ...(await s.view(r)), relation: SLOW }) };
    const running = ask(slow, { by: ['src_addr'] }, { signal: soon.signal });
    setTimeout(() => soon.abort(), 100);
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('ends a query whose time is up', async () => {
    const s = await store([flow()]);
    const slow: TestStore = { ...s, view: async (r) => ({ ...(await s.view(r)), relation: SLOW }) };
    await expect(ask(slow, { by: ['src_addr'] }, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('shows progress that never falls and ends at 1', async () => {
    const shares: number[] = [];
    await ask(
      await store([flow()]),
      { by: ['src_addr'], every: 10_000 },
      { onProgress: (n: number) => shares.push(n) },
    );
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });
});

/** The one row a few thousand million times. */
const SLOW = '(SELECT f.* FROM flows f, range(100000000000))';
