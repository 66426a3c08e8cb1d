import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rounds } from '../base/rounds.testing.ts';
import type { Gap } from '../truth/index.ts';
import { METRICS } from './metrics.ts';
import { groups, inRange, measuredMetric, measuredMs, type ReferenceQuery } from './reference.testing.ts';
import { runQuery } from './run.ts';
import { type TestFlow, testStore } from './store.testing.ts';

const FROM = 1_700_000_000_000;
const SPAN = 120_000;
const WHOLE = [FROM, FROM + SPAN] as const;

const counter = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt(0n, 5_000n) },
  { weight: 1, arbitrary: fc.bigInt(2n ** 52n, 2n ** 54n) },
  { weight: 1, arbitrary: fc.bigInt(2n ** 63n - 2n, 2n ** 64n - 1n) },
);
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.1.1', '2001:db8::1', '::1', 'fe80::1:2:3:4');
const flow: fc.Arbitrary<TestFlow> = fc
  .record({
    time: fc.integer({ min: FROM - 5_000, max: FROM + SPAN + 5_000 }),
    start: fc.integer({ min: FROM - 5_000, max: FROM + SPAN }),
    end: fc.integer({ min: FROM - 5_000, max: FROM + SPAN }),
    src_addr: fc.option(address, { nil: undefined }),
    dst_addr: address,
    src_port: fc.option(fc.constantFrom(0, 53, 60_000), { nil: undefined }),
    dst_port: fc.constantFrom(0, 53, 443),
    protocol: fc.constantFrom(1, 6, 17),
    in_if: fc.option(fc.constantFrom(1, 4_294_967_295), { nil: undefined }),
    direction: fc.constantFrom(undefined, 'in', 'out', 'inside', 'through'),
    src_site: fc.constantFrom(undefined, 'north', 'south'),
    dst_site: fc.constantFrom(undefined, 'north'),
    continued: fc.constantFrom(undefined, 'no', 'yes'),
    duplicate: fc.constantFrom(undefined, 'no', 'yes'),
    retransmits: fc.option(fc.nat(4_294_967_295), { nil: undefined }),
    raw_bytes: counter,
    raw_packets: counter,
    sampling: fc.constantFrom(1, 1, 100, 4_294_967_295),
  })
  .map((f) => Object.fromEntries(Object.entries(f).filter(([, v]) => v !== undefined)) as TestFlow);

const time = fc.integer({ min: FROM - 20_000, max: FROM + SPAN });
const gap: fc.Arbitrary<Gap> = fc.oneof(
  fc.record({ from: time, length: fc.constantFrom(10_000, 35_000, 70_003) }).map(({ from, length }): Gap => {
    return { from, to: from + length, cause: 'crashed' };
  }),
  fc
    .record({ from: time, share: fc.constantFrom(0.1, 0.5, 1), bytes: fc.constantFrom(undefined, 0, 0.3, 0.9, 1) })
    .map(({ from, share, bytes }): Gap => {
      const silent = { from, to: null, cause: 'silent', exporter: '192.0.2.1', domain: 0, usual: 1, share } as const;
      return bytes === undefined ? silent : { ...silent, share_bytes: bytes };
    }),
  fc.constant<Gap>({ from: 0, to: null, cause: 'closed' }),
);
const gaps = fc.oneof(fc.constant<Gap[]>([]), fc.array(gap, { minLength: 1, maxLength: 3 }));

const names = [
  ...METRICS.map((m) => m.name),
  'distinct(dst_addr)',
  'distinct(in_if)',
  'p95(bytes)',
  'p50(bps)',
  'p50(fps)',
];
const query = fc
  .record({
    by: fc.oneof(
      fc.subarray(['src_addr', 'dst_addr', 'protocol', 'dst_port', 'in_if', 'site', 'service_port'], { maxLength: 3 }),
      fc.constant(['site']),
    ),
    metrics: fc.subarray(names, { minLength: 1, maxLength: 6 }),
    limit: fc.constantFrom(1, 2, 1000),
    every: fc.constantFrom(undefined, 10_000, 7_001, 60_000, 70_001),
  })
  .map((asked) => ({ ...asked, metrics: asked.metrics.filter((name) => mayAsk(name, asked)) }))
  .filter(({ metrics }) => metrics.length > 0);

/** Peaks are of whole minutes; hosts are counted for all and for sites. */
function mayAsk(name: string, { by, every }: { by: readonly string[]; every: number | undefined }): boolean {
  if (name.startsWith('peak_')) return every === undefined || every >= 60_000;
  return !name.startsWith('hosts_') || by.every((d) => d === 'site');
}

/** Sums and counts are exact; means and rates are the same double up to the order of its operations. */
function near(actual: unknown, expected: unknown, what: string): void {
  if (typeof expected !== 'number' || Number.isSafeInteger(expected)) {
    expect(Number(actual ?? Number.NaN), what).toBe(Number(expected ?? Number.NaN));
    if (typeof expected !== 'number') expect(actual, what).toEqual(expected);
  } else expect(Math.abs(Number(actual) - expected), what).toBeLessThanOrEqual(Math.abs(expected) * 1e-9);
}

const FLOATS = /^(bps|pps|fps|peak_[bp]ps|avg_|p\d)/;

function same(actual: unknown, expected: unknown, name: string): void {
  if (FLOATS.test(name) && expected !== null) {
    const difference = Math.abs(Number(actual) - Number(expected));
    expect(difference, `${name}: ${actual} for ${expected}`).toBeLessThanOrEqual(Math.abs(Number(expected)) * 1e-9);
  } else near(actual, expected, name);
}

describe('runQuery against a reference in JavaScript', () => {
  it('gives the same rows, totals, rest and series', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(flow, { maxLength: 60 }), query, gaps, async (flows, asked, gaps) => {
        const { every, ...rest } = asked;
        const input = { ...rest, ...(every ? { every } : {}), from: FROM, to: FROM + SPAN };
        const reference: ReferenceQuery = { ...input, gaps };
        const store = await testStore(flows, gaps.length > 0 ? { measured: { gaps, imported: [] } } : {});
        try {
          const answer = await runQuery(store, input as never, { now: 0, sets: { home: ['10.0.0.0/8'] } });
          expect(store.open()).toBe(0);
          checkTotals(answer, flows, reference);
          if (every) checkSeries(answer, flows, reference, every);
          else checkRows(answer, flows, reference);
        } finally {
          store.close();
        }
      }),
      { numRuns: rounds(50, 500) },
    );
  }, 360_000);
});

type Answer = Awaited<ReturnType<typeof runQuery>>;

function checkTotals(answer: Answer, flows: readonly TestFlow[], q: ReferenceQuery): void {
  const all = inRange(flows, q);
  for (const name of q.metrics) same(answer.total[name], measuredMetric(name, all, q, WHOLE, false), name);
}

function checkRows(answer: Answer, flows: readonly TestFlow[], q: ReferenceQuery): void {
  const expected = q.by.length === 0 ? [{ key: [], flows: inRange(flows, q) }] : groups(flows, q);
  expect(answer.rows.length).toBe(Math.min(q.limit, expected.length));
  const shown = new Set<string>();
  let last: number | null = null;
  for (const row of answer.rows) {
    const key = row.slice(0, q.by.length);
    const group = expected.find((g) => JSON.stringify(g.key) === JSON.stringify(key));
    expect(group, `key ${JSON.stringify(key)}`).toBeDefined();
    q.metrics.forEach((name, i) => {
      same(row[q.by.length + i], measuredMetric(name, group!.flows, q, WHOLE, false), name);
    });
    const first = row[q.by.length] === null ? Number.NEGATIVE_INFINITY : Number(row[q.by.length]);
    if (last !== null) expect(first).toBeLessThanOrEqual(last * (1 + 1e-9));
    last = first;
    shown.add(JSON.stringify(key));
  }
  const hidden = expected.filter((g) => !shown.has(JSON.stringify(g.key))).flatMap((g) => g.flows);
  if (hidden.length === 0) expect(answer.other).toBeNull();
  for (const name of hidden.length > 0 ? q.metrics : []) {
    if (/\(|^peak_|^hosts_/.test(name)) expect(answer.other![name]).toBeNull();
    else same(answer.other![name], measuredMetric(name, hidden, q, WHOLE, false), name);
  }
}

function checkSeries(answer: Answer, flows: readonly TestFlow[], q: ReferenceQuery, every: number): void {
  const all = q.by.length === 0 ? [{ key: [] as unknown[], flows: inRange(flows, q) }] : groups(flows, q);
  const bucketOf = (f: TestFlow) => Math.floor(Number(f.time) / every) * every;
  const times = answer.rows.map((r) => Number(r[0]));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(new Set(answer.rows.map((r) => JSON.stringify(r.slice(1, 1 + q.by.length)))).size).toBeLessThanOrEqual(
    q.limit,
  );
  const within = (time: number) => [Math.max(time, q.from), Math.min(time + every, q.to)] as const;
  for (const row of answer.rows) {
    const group = all.find((g) => JSON.stringify(g.key) === JSON.stringify(row.slice(1, 1 + q.by.length)))!;
    const inside = group.flows.filter((f) => bucketOf(f) === row[0]);
    if (q.by.length > 0) expect(inside.length).toBeGreaterThan(0);
    q.metrics.forEach((name, i) => {
      const of = name.startsWith('p') && name.includes('(') ? group.flows : inside;
      same(row[1 + q.by.length + i], measuredMetric(name, of, q, within(Number(row[0])), true), name);
    });
  }
  const count = Math.floor((q.to - 1) / every) - Math.floor(q.from / every) + 1;
  const buckets = Array.from({ length: count }, (_, i) => (Math.floor(q.from / every) + i) * every);
  expect(answer.buckets!.map((b) => b.time)).toEqual(buckets);
  if (q.by.length === 0) expect(times).toEqual(buckets);
  for (const bucket of answer.buckets!) {
    const [from, to] = within(bucket.time);
    expect(bucket.measured).toBeCloseTo(measuredMs(from, to, q.gaps) / (to - from), 9);
    const inside = inRange(flows, q).filter((f) => bucketOf(f) === bucket.time);
    for (const name of q.metrics.filter((n) => !/^p\d/.test(n))) {
      same(bucket.total[name], measuredMetric(name, inside, q, [from, to], true), name);
    }
  }
}
