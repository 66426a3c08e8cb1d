import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock } from '../src/base/index.ts';
import { columnOf, FlowBatch, setWide } from '../src/flow/index.ts';
import { Governor } from '../src/host/index.ts';
import { type QueryInput, runQuery } from '../src/query/index.ts';
import { type DuckReader, LocalStore } from '../src/store/index.ts';
import { put, readerOf, storeOptions, T0, tempRoot } from '../src/store/store.testing.ts';

const REPETITIONS = 1_000;
/** Ten times as many as may be kept. */
const CEILING = 100;
const SHORT = 1_000;
const PERIOD_MS = 300_000;
const METRICS = ['bytes', 'packets', 'flows'] as const;
const SHAPE = [
  'start',
  'end',
  'time',
  'received',
  'pid',
  'raw_bytes',
  'raw_packets',
  'sampling',
  'sampling_origin',
  'continued',
];
const ORIGIN = columnOf('sampling_origin').values!;
const NOT_CONTINUED = columnOf('continued').values!.indexOf('no');

interface Flow {
  readonly bytes: number;
  readonly packets: number;
}

/** Short flows of 1 to some hundred packets (log-normal), and in their midst one that has nearly all bytes. The same every time. */
function flowsOfAPeriod(): Flow[] {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const flows = Array.from({ length: SHORT }, () => {
    const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    const packets = Math.ceil(Math.exp(2 + normal));
    return { packets, bytes: packets * (60 + Math.floor(1_400 * random())) };
  });
  flows.splice(SHORT / 2, 0, { bytes: 1_000_000_000, packets: 800_000 });
  return flows;
}

const flows = flowsOfAPeriod();
const truth = {
  bytes: flows.reduce((sum, f) => sum + f.bytes, 0),
  packets: flows.reduce((sum, f) => sum + f.packets, 0),
  flows: flows.length,
};
/** Of each repetition, how many records were kept. */
const kept: number[] = [];
const temp = tempRoot();
let store: LocalStore;
let reader: DuckReader;

/** What a host that meters this period stores, as process `pid`. */
function meter(batch: FlowBatch, pid: number): void {
  const governor = new Governor({
    records: CEILING,
    periodMs: PERIOD_MS,
    cpu: 1,
    memoryBytes: 2 ** 40,
    seed: pid * 7_919,
  });
  const before = batch.rows;
  for (const [i, { bytes, packets }] of flows.entries()) {
    governor.advance((i * PERIOD_MS) / flows.length, { cpuMicros: 0, ownBytes: 0 });
    const n = governor.weight(bytes, packets);
    if (n === 0) continue;
    const row = batch.rows++;
    for (const name of ['start', 'end', 'time', 'received']) setWide(batch.u32(name), row, T0 - 3_600_000 + i);
    batch.u32('pid')[row] = pid;
    setWide(batch.u32('raw_bytes'), row, bytes);
    setWide(batch.u32('raw_packets'), row, packets);
    batch.u32('sampling')[row] = n;
    batch.u8('sampling_origin')[row] = ORIGIN.indexOf(n > 1 ? 'records' : 'default');
    batch.u8('continued')[row] = NOT_CONTINUED;
  }
  kept.push(batch.rows - before);
}

beforeAll(async () => {
  const clock = new ManualClock(T0);
  store = await LocalStore.open(storeOptions(temp.root, clock));
  const batch = new FlowBatch(REPETITIONS * CEILING * 2, SHAPE);
  for (let pid = 1; pid <= REPETITIONS; pid++) meter(batch, pid);
  put(store, batch, T0);
  await store.flush();
  await store.makeHistory();
  reader = await readerOf(store);
}, 180_000);

afterAll(async () => {
  await reader.close();
  await store.close();
  temp.remove();
});

const ask = (query: QueryInput) =>
  runQuery(reader, { from: T0 - 7_200_000, to: T0, metrics: [...METRICS], ...query }, { now: T0, timeoutMs: 60_000 });

describe('1,000 short flows and a large one, at ten times what may be kept', () => {
  test('the intervals that an answer states for each process hold the truth in 95 of 100 cases', async () => {
    const { rows, errors } = await ask({ by: ['pid'], limit: REPETITIONS });
    expect(rows.length).toBe(REPETITIONS);
    for (const [m, metric] of METRICS.entries()) {
      const held = rows.filter((row, i) => {
        const off = Math.abs(Number(row[1 + m]) - truth[metric]);
        return off <= Number(errors![i]![metric]);
      }).length;
      expect(held / REPETITIONS, metric).toBeGreaterThanOrEqual(0.93);
      expect(held / REPETITIONS, metric).toBeLessThanOrEqual(0.97);
    }
  });

  test('never more are kept than may be, and the large one always', async () => {
    expect(Math.max(...kept)).toBeLessThanOrEqual(CEILING);
    expect(Math.min(...kept)).toBeGreaterThan(CEILING / 3);
    const { rows } = await ask({ by: ['pid'], filter: 'raw_bytes = 1000000000', limit: 10_000 });
    expect(rows.length).toBe(REPETITIONS);
    expect(rows.every((row) => row[1] === 1_000_000_000 && row[3] === 1)).toBe(true);
  });

  test('all together are estimated with an error that is a thirtieth of one, and the answer says how', async () => {
    const { rows, quality } = await ask({ filter: 'pid > 0' });
    for (const [m, metric] of METRICS.entries()) {
      const { total, half_width } = quality.sampling.error95[metric]!;
      expect(total).toBe(Number(rows[0]![m]));
      expect(Math.abs(total - REPETITIONS * truth[metric]), metric).toBeLessThan(1.5 * half_width);
    }
    expect(quality.sampling.error95.flows!.half_width / (REPETITIONS * SHORT)).toBeLessThan(0.015);
    expect(quality.sampling.origins).toEqual(['default', 'records']);
    expect(quality.flows).toMatchObject({ status: 'assessed', continued_records: 0 });
  });

  test('history has the same totals; the error of flows is at most what it says', async () => {
    const [exact, rolled] = await Promise.all([ask({ exact: true, filter: 'pid > 0' }), ask({})]);
    expect([exact.plan.level, rolled.plan.level]).toEqual(['raw', '1h']);
    expect(rolled.rows).toEqual(exact.rows);
    const [ofRecords, ofHistory] = [exact, rolled].map(({ quality }) => quality.sampling.error95);
    expect(ofHistory!.bytes!.half_width).toBeCloseTo(ofRecords!.bytes!.half_width, -3);
    expect(ofHistory!.flows!.half_width).toBeGreaterThanOrEqual(ofRecords!.flows!.half_width);
  });
});
