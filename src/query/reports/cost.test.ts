import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rounds } from '../../base/rounds.testing.ts';
import { FLOW_BYTES } from '../../meter/index.ts';
import { storesOfEachTest, type TestFlow, type TestStoreOptions } from '../store.testing.ts';
import { cost } from './cost.ts';
import type { CostData } from './cost-figures.ts';

/** The start of an hour. */
const T = 1_700_002_800_000;
const made = storesOfEachTest();

async function run(flows: readonly TestFlow[], input = {}, store: TestStoreOptions = {}) {
  const s = await made(flows, store);
  return cost.run(s, input, { now: T + 86_400_000 });
}

const A = '10.0.0.1';
const B = '10.0.0.2';
const C = '2001:db8::1';
const flow = (src_addr: string, dst_addr: string, fromS: number, toS: number, more: TestFlow = {}): TestFlow => {
  const times = { time: T + toS * 1000, start: T + fromS * 1000, end: T + toS * 1000, received: T + toS * 1000 };
  return { ...times, src_addr, dst_addr, protocol: 6, raw_bytes: 100, raw_packets: 1, ...more };
};

interface Simple {
  readonly src: string;
  readonly dst: string;
  readonly port: number;
  readonly from: number;
  readonly to: number;
  readonly packets: number;
  readonly sampling: number;
}

const isHost = (address: string) => !/^(224|255)\.|^ff/.test(address);

/** Second by second and end system by end system, with sets: as slow as it is plain. Seconds since T. */
function naive(flows: readonly Simple[], first: number, last: number) {
  const ends = [...new Set(flows.flatMap((f) => [f.src, f.dst]))].filter(isHost);
  const key = (f: Simple) => `${f.src} ${f.dst} ${f.port}`;
  const of = (end: string) => flows.filter((f) => f.src === end || f.dst === end);
  const clip = (s: number) => Math.min(Math.max(s, first), last);
  const counts = (period: number, hold = 0) =>
    ends.map((end) => {
      const seen = new Map<number, Set<string>>();
      for (const f of of(end))
        for (let s = clip(Math.floor(f.from)); s <= Math.min(clip(Math.floor(f.to)) + hold, last); s++) {
          const at = Math.floor((s + T / 1000) / period);
          seen.set(at, (seen.get(at) ?? new Set()).add(key(f)));
        }
      return [...seen.values()].map((set) => set.size);
    });
  const rates = ends.map((end) => {
    const seconds = new Map<number, number>();
    for (const f of of(end)) {
      const [s, e] = [clip(Math.floor(f.from)), clip(Math.floor(f.to))];
      for (let at = s; at <= e; at++) seconds.set(at, (seconds.get(at) ?? 0) + (f.packets * f.sampling) / (e - s + 1));
    }
    return [...seconds.values()];
  });
  const worst = (of: readonly (readonly number[])[]) => of.flat().reduce((a, b) => Math.max(a, b), 0);
  const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
  const seconds = last - first + 1;
  const mean = (of: readonly (readonly number[])[], periods: number) => sum(of.flat()) / (ends.length * periods);
  const touched = (period: number) =>
    Math.floor((last + T / 1000) / period) - Math.floor((first + T / 1000) / period) + 1;
  return {
    ends: ends.length,
    periods: [1, 30, 60, 300, 600].map((period) => {
      const found = counts(period);
      const week = 604_800 / seconds;
      return {
        worst: worst(found),
        mean: mean(found, touched(period)),
        weekWorst: Math.round(found.reduce((most, c) => Math.max(most, sum(c)), 0) * week),
        weekMean: (sum(found.flat()) * week) / ends.length,
      };
    }),
    packets: { worst: worst(rates), mean: mean(rates, seconds) },
    held: { worst: worst(counts(1, 90)), mean: mean(counts(1, 90), seconds) },
    rates,
  };
}

const NEAR = 6;

function compare(data: CostData, model: ReturnType<typeof naive>) {
  expect(data.end_systems).toBe(model.ends);
  data.periods.forEach((p, i) => {
    const m = model.periods[i]!;
    expect([p.seconds, p.worst, p.week.worst]).toEqual([p.seconds, m.worst, m.weekWorst]);
    expect(p.mean).toBeCloseTo(m.mean, NEAR);
    expect(p.week.mean! / m.weekMean).toBeCloseTo(1, 5);
  });
  expect(data.flows_per_second.worst).toBe(model.periods[0]!.worst);
  expect(data.packets_per_second.worst).toBeCloseTo(model.packets.worst, NEAR);
  expect(data.packets_per_second.mean).toBeCloseTo(model.packets.mean, NEAR);
  expect(data.held_flows.worst).toBe(model.held.worst);
  expect(data.held_flows.mean).toBeCloseTo(model.held.mean, NEAR);
}

const simple = fc.record({
  src: fc.constantFrom(A, B, C),
  dst: fc.constantFrom(A, B, C, '10.0.0.9', '224.0.0.5', 'ff02::1', '255.255.255.255'),
  port: fc.integer({ min: 1, max: 2 }),
  from: fc.integer({ min: -100, max: 1_300 }),
  length: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 700 })),
  part: fc.integer({ min: 0, max: 999 }),
  packets: fc.integer({ min: 1, max: 1_000 }),
  sampling: fc.constantFrom(1, 1, 1, 10),
});

const asSimple = (f: {
  src: string;
  dst: string;
  port: number;
  from: number;
  length: number;
  part: number;
  packets: number;
  sampling: number;
}) => {
  const from = f.from + f.part / 1000;
  return { ...f, from, to: from + f.length };
};

const asFlow = (f: Simple): TestFlow =>
  flow(f.src, f.dst, f.from, f.to, {
    dst_port: f.port,
    raw_packets: f.packets,
    sampling: f.sampling,
    sampling_origin: f.sampling > 1 ? 'options' : 'default',
  });

describe('every figure of cost is that of a naive count', () => {
  it('of an open range, which goes from the first packet to the last', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(simple, { minLength: 1, maxLength: 40 }), async (drawn) => {
        const flows = drawn.map(asSimple);
        const { data } = await run(flows.map(asFlow));
        const first = Math.floor(Math.min(...flows.map((f) => f.from)));
        const last = Math.floor(Math.max(...flows.map((f) => f.to)));
        expect([data.from, data.to]).toEqual([T + first * 1000, T + (last + 1) * 1000]);
        compare(data, naive(flows, first, last));
      }),
      { numRuns: rounds(12, 100) },
    );
  });

  it('of flows that claim to last for months are refused in words, not spread over every second', async () => {
    const months = Array.from({ length: 1_000 }, (_, i) => flow(A, B, i - 49 * 86_400, i, { src_port: i }));
    await expect(run(months)).rejects.toMatchObject({
      code: 'costly',
      message: expect.stringContaining('141 million'),
    });
    // What of them lies in the range is little.
    const { tables } = await run(months, { from: T, to: T + 600_000 });
    expect(tables.length).toBeGreaterThan(0);
  });

  it('of a range with both ends, by which flows that began before it are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(simple, { minLength: 1, maxLength: 40 }), async (drawn) => {
        const flows = drawn.map(asSimple);
        const { data } = await run(flows.map(asFlow), { from: T, to: T + 1_200_000 });
        const inside = flows.filter((f) => f.to >= 0 && f.to < 1_200);
        if (inside.length > 0) compare(data, naive(inside, 0, 1_199));
        else expect(data).toMatchObject({ end_systems: 0, packets_per_second: { worst: null, mean: null } });
      }),
      { numRuns: rounds(12, 100) },
    );
  });

  it('where thousands of cells are as full as the fullest, and where one second of a thin one is the largest', async () => {
    const flows: Simple[] = [];
    for (let i = 0; i < 3_000; i++) {
      const from = (i * 7) % 900;
      flows.push({
        src: `10.1.${i % 100}.1`,
        dst: B,
        port: i,
        from,
        to: from + (i % 50),
        packets: 1 + (i % 9),
        sampling: 1,
      });
    }
    for (let i = 0; i < 40; i++)
      flows.push({ src: C, dst: '10.9.9.9', port: i, from: 500, to: 500, packets: i === 7 ? 90_000 : 1, sampling: 1 });
    const { data } = await run(flows.map(asFlow));
    compare(data, naive(flows, 0, Math.max(...flows.map((f) => f.to))));
    expect(data.packets_per_second.worst_end_system).toMatch(/10.9.9.9|2001:db8::1/);
    expect(data.held_flows.worst_end_system).toBe(B);
  });

  it('where hundreds hold many flows, and one holds more by those that have just ended', async () => {
    const flows: Simple[] = [];
    const add = (src: string, dst: string, port: number, at: number) =>
      flows.push({ src, dst, port, from: at, to: at, packets: 1, sampling: 1 });
    for (let i = 0; i < 2_600; i++)
      add(`10.2.${(i % 260) % 256}.${(i % 260) >> 8}`, `10.3.${(i % 260) % 256}.${(i % 260) >> 8}`, i, 400);
    for (let i = 0; i < 6; i++) {
      add(A, `10.4.0.${i}`, 1, 215 + 30 * (i % 3));
      add(A, `10.5.0.${i}`, 1, 301);
    }
    const { data } = await run(flows.map(asFlow));
    expect(data.held_flows).toMatchObject({ worst: 12, worst_end_system: A });
    compare(data, naive(flows, 215, 400));
  });
});

it('a series has each bucket of the range, with the worst and the mean end system', async () => {
  const flows = [
    flow(A, B, 0, 29, { raw_packets: 300 }),
    flow(A, C, 0, 14, { dst_port: 2, raw_packets: 30 }),
    flow(A, B, 95, 95),
  ];
  const { data } = await run(flows);
  expect(data.series).toEqual([
    { time: T, flows_worst: 1.5, flows_mean: 1, packets_worst: 11, packets_mean: 7.333 },
    { time: T + 30_000, flows_worst: 0, flows_mean: 0, packets_worst: 0, packets_mean: 0 },
    { time: T + 60_000, flows_worst: 0, flows_mean: 0, packets_worst: 0, packets_mean: 0 },
    { time: T + 90_000, flows_worst: 0.033, flows_mean: 0.111, packets_worst: 0.033, packets_mean: 0.111 },
  ]);
});

it('end systems are the addresses at home where it is known what is inside', async () => {
  const flows = [
    flow(A, C, 0, 9, { direction: 'out' }),
    flow(C, B, 0, 9, { direction: 'in' }),
    flow(A, B, 0, 9, { direction: 'inside' }),
    flow(C, '192.0.2.1', 0, 9, { direction: 'through' }),
    flow(A, '224.0.0.1', 0, 9, { direction: 'inside' }),
  ];
  const { data } = await run(flows);
  expect(data).toMatchObject({
    end_systems: 2,
    end_systems_are: 'home',
    flows_per_second: { worst: 3, worst_end_system: A },
  });
  expect(data.flows_per_second.mean).toBe(2.5);
});

it('keeps to the filter', async () => {
  const { data } = await run([flow(A, B, 0, 9), flow(A, C, 0, 9, { protocol: 17 })], { filter: 'proto udp' });
  expect(data).toMatchObject({ end_systems: 2, total: { records: 1, packets: 1 }, flows_per_second: { worst: 1 } });
});

it('means are over the time that was measured, and there are none where too little was', async () => {
  const gap = { from: T + 300_000, to: T + 600_000, cause: 'stopped' as const };
  const flows = [flow(A, B, 0, 299)];
  const range = { from: T, to: T + 600_000 };
  const { data } = await run(flows, range, { measured: { gaps: [gap], imported: [] } });
  expect(data).toMatchObject({ seconds: 300, flows_per_second: { worst: 1, mean: 1 }, held_flows: { mean: 1.3 } });
});

it('refuses times that do not fit, by name', async () => {
  const far = flow(A, B, 0, 9, { time: 5_000_000_000_000 });
  await expect(run([far])).rejects.toThrow('ask for a range that ends earlier');
});

describe('tables of cost', () => {
  const flows = [
    flow(A, B, 0, 299, { raw_packets: 3_000, sampling: 2, sampling_origin: 'options' }),
    flow(A, C, 0, 299),
  ];

  it('have records and memory in bytes, with what a record of the store takes beside it', async () => {
    const { tables, quality } = await run(flows, {}, { facts: { bytesAtRest: 44 } });
    const [records, rates, memory, headers, published] = tables;
    // In 300 s the worst end system writes two records for each period; of one second that is two a second.
    expect(records!.rows.map((r) => r.slice(0, 6))).toEqual([
      [1, 'NetFlow v5', 2, 1.333, 96, 64],
      [30, 'NetFlow v5', 2, 1.333, 3.2, 2.133],
      [60, 'NetFlow v5', 2, 1.333, 1.6, 1.067],
      [300, 'NetFlow v5', 2, 1.333, 0.32, 0.213],
      [600, 'NetFlow v5', 2, 1.333, 0.16, 0.107],
      [1, 'as stored', 2, 1.333, 44, 29.333],
      [30, 'as stored', 2, 1.333, 1.467, 0.978],
      [60, 'as stored', 2, 1.333, 0.733, 0.489],
      [300, 'as stored', 2, 1.333, 0.147, 0.098],
      [600, 'as stored', 2, 1.333, 0.073, 0.049],
    ]);
    expect(records!.rows[3]!.slice(6)).toEqual([2 * 2016 * 48, Math.round(1.3333333 * 2016 * 48)]);
    expect(rates!.rows).toEqual([
      ['flows', 2, 1.333, A],
      ['packets', 20.003, 13.336, A],
    ]);
    expect(memory!.rows).toEqual([
      ['as published', 256, 2, 1.333, 512, 341, A],
      ["Weir's meter", FLOW_BYTES, 2, 1.333, 2 * FLOW_BYTES, Math.round((4 * FLOW_BYTES) / 3), A],
    ]);
    expect(headers!.rows).toEqual([
      ['headers of every packet', 6_001, 40, 240_040, 100],
      ['records, NetFlow v5', 2, 48, 96, 0.04],
      ['records, as stored', 2, 22, 44, 0.018],
    ]);
    expect(published!.rows.map((r) => r[2])).toEqual([
      4_500_000, 15_000, 1_500_000_000, 64_000, 2_000_000, 25_000, 18_000, 35,
    ]);
    expect(quality.sampling.max_rate).toBe(2);
  });

  it('leave out what nobody knows: nothing on disk, no end system', async () => {
    const hot = await run(flows, {}, { facts: { rowsAtRest: 0, rowsInMemory: 2 } });
    expect(hot.tables[0]!.rows).toHaveLength(5);
    const nothing = await run([]);
    expect(nothing.data).toMatchObject({ from: null, seconds: null, end_systems: 0, series: [] });
    expect(nothing.tables).toHaveLength(4);
    expect(nothing.tables.flatMap((t) => t.rows.map((r) => r.at(-1))).every((cell) => !cell)).toBe(true);
  });
});
