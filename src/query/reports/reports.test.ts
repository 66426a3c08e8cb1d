import { describe, expect, it } from 'vitest';
import type { ExporterState, LedgerEntry } from '../../truth/index.ts';
import { REPORTS, reportAnswerSchema, runReport, summaryFigures } from '../index.ts';
import { storesOfEachTest, type TestFlow, type TestStore } from '../store.testing.ts';
import { exporters } from './exporters.ts';
import { interfaces } from './interfaces.ts';
import { pairs } from './pairs.ts';
import { protocols } from './protocols.ts';
import { summary } from './summary.ts';
import { talkers } from './talkers.ts';

const T = 1_700_000_000_000;
const options = { now: T };
const made = storesOfEachTest();

async function store(
  flows: readonly TestFlow[],
  ledger: readonly LedgerEntry[] = [],
  exporters: readonly ExporterState[] = [],
): Promise<TestStore> {
  const s = await made(flows, { ledger, exporters });
  return s;
}

const flow = (src_addr: string, dst_addr: string, raw_bytes: number, more: TestFlow = {}): TestFlow => {
  const times = { time: T, start: T - 1_000, end: T, received: T + 100 };
  return { ...times, src_addr, dst_addr, protocol: 6, raw_bytes, raw_packets: 1, ...more };
};
/** What a stream says of itself. */
const state = (more: Partial<ExporterState>): ExporterState => ({
  exporter: '192.0.2.1',
  agent: '',
  port: 2055,
  domain: 0,
  format: 'netflow9',
  name: '',
  first_seen: T,
  last_seen: T,
  sampling: 1,
  sampling_origin: 'default',
  remedy: null,
  burst_10ms: 0,
  burst_100ms: 0,
  templates: [],
  interfaces: [],
  ...more,
});
const A = '10.0.0.1';
const B = '10.0.0.2';
const C = '2001:db8::1';

describe('every report', () => {
  it.each(REPORTS.map((r) => r.name))(
    '%s answers with tables that fit their columns, also for nothing',
    async (name) => {
      for (const flows of [[], [flow(A, B, 10)]]) {
        const answer = await runReport(await store(flows), name, {}, { ...options, sets: { home: ['10.0.0.0/8'] } });
        expect(reportAnswerSchema.parse(JSON.parse(JSON.stringify(answer))).report).toBe(name);
        for (const { columns, rows } of answer.tables) {
          for (const row of rows) expect(row.length).toBe(columns.length);
        }
      }
    },
  );

  it('is named in the error about one that does not exist', async () => {
    await expect(runReport(await store([]), 'sumary', {}, options)).rejects.toThrow(/did you mean summary/);
  });
});

describe('summary', () => {
  const run = (dataMs: number) => {
    const figures = summaryFigures({
      flows: 24_236_730n,
      octets: 71_266_806_610n,
      packets: 109_298_006n,
      time: 289_031_186_084n,
      firstReceived: T,
      lastReceived: T + 86_400_000,
      firstStart: T,
      lastEnd: T + dataMs,
    });
    return Object.fromEntries(figures.map((f) => [f.label, f.value]));
  };

  it('gives the figures of the published experiment run, without its rounding', () => {
    expect(run(88_352_112)).toEqual({
      'Total Flows': 24_236_730,
      'Total Octets': 71_266_806_610,
      'Total Packets': 109_298_006,
      'Total Time (1/1000 secs) (flows)': 289_031_186_084,
      'Duration of data (realtime)': 86_400,
      'Duration of data (1/1000 secs)': 88_352_112,
      // Published as 11925, 652, 2940 and 4: flow-tools cut them to whole numbers.
      'Average flow time (1/1000 secs)': 11_925.3375,
      'Average packet size (octets)': 652.0412,
      'Average flow size (octets)': 2940.4464,
      'Average packets per flow': 4.5096,
      // Published as 274.3201: flow-tools cut the duration to whole seconds.
      'Average flows / second (flow)': 274.3198,
      'Average flows / second (real)': 280.5177,
      // Published as 6452.9880 and 6598.7781, within 2 parts of a million: the same cut, and single precision.
      'Average Kbits / second (flow)': 6452.9805,
      'Average Kbits / second (real)': 6598.7784,
    });
  });

  it('comes to the published rates when the duration is cut to seconds as flow-tools did', () => {
    const cut = run(88_352_000);
    expect(cut['Average flows / second (flow)']).toBe(274.3201);
    expect(cut['Average Kbits / second (flow)']).toBeCloseTo(6452.988, 2);
    expect(cut['Average Kbits / second (real)']).toBeCloseTo(6598.7781, 2);
  });

  it('has null for every mean of nothing', async () => {
    const { data } = await summary.run(await store([]), {}, options);
    expect(data).toMatchObject({ flows: 0, octets: 0, real_duration: null, avg_flow_time: null, real_kbps: null });
  });

  it('takes the spans from what was received and from the flows themselves', async () => {
    const flows = [flow(A, B, 1_000), flow(A, B, 500, { received: T + 2_100, start: T - 3_000 })];
    const { data } = await summary.run(await store(flows), {}, options);
    expect(data).toMatchObject({
      flows: 2,
      octets: 1500,
      time: 4000,
      real_duration: 2,
      data_duration: 3000,
      real_kbps: 6,
    });
  });
});

describe('protocols', () => {
  it('gives the share of each in percent with three decimals, most flows first', async () => {
    const flows = [flow(A, B, 1, { protocol: 17 }), flow(A, B, 2), flow(A, B, 3), flow(A, B, 0, { protocol: 253 })];
    const { data } = await protocols.run(await store([...flows, flow(A, B, 1), flow(A, B, 0)]), {}, options);
    expect(data.protocols.map((p) => [p.name, p.percent.flows, p.percent.bytes])).toEqual([
      ['tcp', 66.667, 85.714],
      ['udp', 16.667, 14.286],
      ['253', 16.667, 0],
    ]);
    expect(data.protocols[0]!.figures).toMatchObject({ flows: 4, bytes: 6, packets: 4, duration: 4000 });
  });
});

describe('talkers and pairs', () => {
  const flows = [flow(A, B, 100), flow(B, A, 30), flow(A, C, 5), flow(C, C, 1), flow(A, B, 1, { sampling: 10 })];

  it('counts each address as both ends, with its exact peers', async () => {
    const { data } = await talkers.run(await store(flows), {}, options);
    expect(data.total).toEqual({ bytes: 146, packets: 14, flows: 5 });
    expect(data.talkers).toEqual([
      { address: A, out: { bytes: 115, packets: 12, flows: 3 }, in: { bytes: 30, packets: 1, flows: 1 }, peers: 2 },
      { address: B, out: { bytes: 30, packets: 1, flows: 1 }, in: { bytes: 110, packets: 11, flows: 2 }, peers: 1 },
      { address: C, out: { bytes: 1, packets: 1, flows: 1 }, in: { bytes: 6, packets: 2, flows: 2 }, peers: 2 },
    ]);
  });

  it('puts both ways of a pair together', async () => {
    const { data } = await pairs.run(await store(flows), { limit: 3 }, options);
    expect(data.pairs).toEqual([
      { a: A, b: B, aToB: { bytes: 110, packets: 11, flows: 2 }, bToA: { bytes: 30, packets: 1, flows: 1 } },
      { a: A, b: C, aToB: { bytes: 5, packets: 1, flows: 1 }, bToA: { bytes: 0, packets: 0, flows: 0 } },
      { a: C, b: C, aToB: { bytes: 1, packets: 1, flows: 1 }, bToA: { bytes: 0, packets: 0, flows: 0 } },
    ]);
  });
});

describe('exporters', () => {
  it('joins what rows and ledger know of a stream', async () => {
    const exporter = '192.0.2.1';
    const ledger: LedgerEntry[] = [
      {
        minute: T,
        exporter,
        domain: 1,
        counts: { datagrams: 4, records: 30, lost: 10, restarts: 1, clock_corrected: 2 },
      },
      { minute: T, exporter: '192.0.2.9', domain: 0, counts: { datagrams: 2, lost: 3, recovered: 1 } },
      { minute: T, exporter: '', domain: 0, counts: { kernel_drops: 5 } },
    ];
    const flows = [
      flow(A, B, 10, { exporter, domain: 1 }),
      flow(A, B, 10, { exporter, domain: 1, sampling: 100, sampling_origin: 'options', received: T + 900 }),
    ];
    const template = { id: 256, options: false, fields: 18, told: T };
    const states = [
      state({ exporter, domain: 1, templates: [template], burst_10ms: 3, burst_100ms: 9, name: 'core1' }),
    ];
    const { data } = await exporters.run(await store(flows, ledger, states), {}, options);
    expect(data.node).toEqual({ kernel_drops: 5, queue_drops: 0 });
    expect(data.exporters[0]).toEqual({
      exporter,
      domain: 1,
      records: 2,
      bytes: 1010,
      datagrams: 4,
      lost: 10,
      lost_percent: 25,
      recovered: 0,
      restarts: 1,
      errors: {},
      min_rate: 1,
      max_rate: 100,
      origins: ['default', 'options'],
      cause: null,
      remedy: null,
      clock_corrected: 2,
      name: 'core1',
      formats: ['netflow9'],
      templates: [template],
      held: 0,
      not_counted: 0,
      exporter_drops: 0,
      unmetered_packets: 0,
      burst_10ms: 3,
      burst_100ms: 9,
      first_seen: T + 100,
      last_seen: T + 900,
    });
    expect(data.exporters[1]).toMatchObject({
      exporter: '192.0.2.9',
      records: 0,
      lost: 2,
      first_seen: T,
      min_rate: null,
    });
  });

  it('counts sets of data that waited for their template, in a column that is always there', async () => {
    const exporter = '192.0.2.1';
    const ledger = [{ minute: T, exporter, domain: 7, counts: { datagrams: 3, held: 3 } }];
    const { data, tables } = await exporters.run(await store([], ledger), {}, options);
    expect(data.exporters[0]).toMatchObject({ records: 0, datagrams: 3, held: 3 });
    const held = tables[0]!.columns.findIndex((c) => c.name === 'held');
    expect(tables[0]!.rows[0]![held]).toBe(3);
    const idle = await exporters.run(await store([flow(A, B, 10, { exporter })]), {}, options);
    expect(idle.tables[0]!.columns).toEqual(tables[0]!.columns);
  });

  it('says why a sampling rate is not known, and what to do about it, in a table of its own', async () => {
    const exporter = '192.0.2.1';
    const remedy = { cause: 'no options came', remedy: 'send them' };
    const flows = [flow(A, B, 10, { exporter, sampling_origin: 'unknown' })];
    const { data, tables } = await exporters.run(await store(flows, [], [state({ exporter, remedy })]), {}, options);
    expect(data.exporters[0]).toMatchObject({ cause: 'no options came', remedy: 'send them' });
    expect(tables[1]!.rows).toEqual([[exporter, 0, 'no options came', 'send them']]);
  });
});

describe('interfaces', () => {
  const exporter = '192.0.2.1';
  const flows = [
    flow(A, B, 1_000, { exporter, in_if: 1, out_if: 2 }),
    flow(B, A, 10, { exporter, in_if: 2, out_if: 1, sampling: 10, sampling_origin: 'record' }),
  ];

  it('puts what flows say of an interface beside its own counters and its name', async () => {
    const counts = { if_seconds: 60, if_in_octets: 1_200, if_out_octets: 130, if_in_errors: 1 };
    const ledger = [{ minute: T, exporter, domain: 0, interface: 1, counts }];
    const named = { index: 1, name: 'eth1', description: 'uplink', speed: 1_000_000 };
    const { data } = await interfaces.run(
      await store(flows, ledger, [state({ exporter, interfaces: [named] })]),
      {},
      options,
    );
    expect(data.interfaces.find((i) => i.index === 1)).toMatchObject({
      name: 'eth1',
      description: 'uplink',
      bytes_in: 1_000,
      bytes_out: 100,
      counted_in: 1_200,
      counted_out: 130,
      counted_seconds: 60,
      errors: 1,
      discards: null,
    });
  });

  it('leaves out what no interface has: a counter that nobody told is not 0', async () => {
    const { data, tables } = await interfaces.run(await store(flows), {}, options);
    expect(data.interfaces.map((i) => [i.index, i.bytes_in, i.bytes_out, i.counted_in])).toEqual([
      [1, 1_000, 100, null],
      [2, 100, 1_000, null],
    ]);
    // Of a speed that is not known it is said so.
    expect(tables[0]!.columns.map((c) => c.name)).toEqual([
      ...['exporter', 'index', 'speed', 'bytes_in', 'bytes_out', 'mean_in', 'mean_out'],
    ]);
    expect(data.interfaces.map((i) => i.speed)).toEqual([null, null]);
  });

  it('tells mean and peak of 5 minutes both ways, with their share of a speed that is known', async () => {
    const at = (time: number, raw_bytes: number) => flow(A, B, raw_bytes, { time, exporter, in_if: 1, out_if: 2 });
    const step = 300_000;
    // 30 Mbit, then 90 within one step, in 20 minutes.
    const s = await store(
      [at(T, 3_750_000), at(T + step, 5_000_000), at(T + step + 1_000, 6_250_000)],
      [],
      [state({ exporter, interfaces: [{ index: 1, name: '', description: '', speed: 1_000_000 }] })],
    );
    const { data } = await interfaces.run(s, { from: T, to: T + 4 * step }, { ...options, now: T + 4 * step });
    expect(data.interfaces.find((i) => i.index === 1)).toMatchObject({
      ...{ mean_in: 100_000, peak_in: 300_000, mean_out: 0, peak_out: 0 },
      ...{ load_in_percent: 10, peak_load_in_percent: 30, peak_load_out_percent: 0 },
    });
    expect(data.interfaces.find((i) => i.index === 2)).toMatchObject({
      ...{ mean_out: 100_000, peak_out: 300_000, peak_in: 0, speed: null, peak_load_out_percent: null },
    });
  });
});
