import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MeasuredLoad } from '../ingest/index.ts';
import { loadConfig } from '../server/index.ts';
import { type Plan, planLoad } from './doctor-plan.ts';
import { makePlan, planRate } from './doctor-plan-command.ts';
import type { MeasuredDisk } from './doctor-plan-measure.ts';
import { renderPlan } from './doctor-plan-render.ts';

const DAY_S = 86_400;
const config = loadConfig({ env: {}, flags: {} });
const load: MeasuredLoad = {
  flows: 1_000_000,
  flowsPerDatagram: 25,
  receive: { cpu: 0.4, elapsed: 0.5 },
  store: { cpu: 1, elapsed: 1.25 },
  journalBytes: 50e6,
  segmentBytes: 25e6,
  rowBytes: 160,
  peakMemoryBytes: 500e6,
  othersShare: 0.05,
  history: {
    minutes: 10,
    flowsPerMinute: 10_000,
    write: { cpu: 0.3, elapsed: 0.3 },
    settleHour: { cpu: 0.6, elapsed: 0.6 },
    settleDay: { cpu: 0.1, elapsed: 0.1 },
    levels: [
      { level: '1m', buckets: 10, rows: 50_000, bytes: 800_000 },
      { level: '5m', buckets: 2, rows: 18_000, bytes: 500_000 },
      { level: '1h', buckets: 1, rows: 17_000, bytes: 450_000 },
      { level: '1d', buckets: 1, rows: 20_000, bytes: 600_000 },
    ],
  },
};
const disk: MeasuredDisk = {
  writeBytesPerSecond: 500e6,
  syncBytes: 2.5e6,
  syncMs: 5,
  slowestSyncMs: 12,
  syncCpu: 0.002,
  freeBytes: 200e9,
};
const machine = { cores: 4, memoryBytes: 16e9, socketBytes: 128e6 };
const planned = (rate: number, changed: { load?: Partial<MeasuredLoad>; machine?: Partial<typeof machine> } = {}) =>
  planLoad(rate, { load: { ...load, ...changed.load }, disk }, { ...machine, ...changed.machine }, config);
const levelsOf = (rate: number, subject: string) =>
  planned(rate)
    .findings.filter((f) => f.subject === subject)
    .map((f) => f.level);

describe('a plan', () => {
  it('takes CPU in proportion to the rate, and what history takes whatever it is', () => {
    const [one, two] = [planned(50_000).cpu, planned(100_000).cpu];
    expect(one.receive).toBeCloseTo(0.02, 9);
    // 0.3 s for 10 minutes; an hour has six times, a day twelve times what was settled.
    const history = 0.03 / 60 + 3.6 / 3_600 + 1.2 / DAY_S;
    expect(one.history).toBeCloseTo(history, 9);
    expect(one.store).toBeCloseTo(0.05 + history, 9);
    expect(one.needed).toBeCloseTo(0.07 + history + 0.002, 9);
    expect(one.share).toBeCloseTo(one.needed / 4, 9);
    expect(two.needed - one.needed).toBeCloseTo(0.07, 9);
    expect(one.most_of_receive_thread).toBeCloseTo(2_500_000, 3);
    expect(one.most_of_store_thread_now).toBeCloseTo(800_000, 3);
  });

  it('says which steps of overload a rate leads to', () => {
    expect(planned(700_000).overload).toMatchObject({ step: 0, keep: 1 });
    expect(planned(900_000).overload).toMatchObject({ step: 2, keep: 1 });
    // 1 M/s is what the store thread does: 0.8 of it are left after shedding.
    expect(planned(1_100_000).overload).toMatchObject({ step: 3, keep: 2 });
    expect(planned(3_500_000).overload).toMatchObject({ step: 3, keep: 8 });
    expect(levelsOf(50_000, 'overload')).toEqual(['ok']);
    expect(levelsOf(900_000, 'overload')).toEqual(['warn']);
    // One core for both threads together.
    expect(planned(700_000, { machine: { cores: 1 } }).overload.step).toBe(2);
  });

  it('wants further receive threads where one would be busy', () => {
    expect(planned(1_000_000).cpu.receive_threads).toBe(1);
    const busy = planned(2_000_000);
    expect(busy.cpu.receive_threads).toBe(2);
    // Decoding is what is short here, not the store.
    expect(planned(3_000_000, { load: { store: { cpu: 0.1, elapsed: 0.1 } } }).overload.most).toBeCloseTo(2_500_000, 3);
    expect(busy.findings.find((f) => f.subject === 'receive threads')?.advice).toContain('receive_threads to 2');
  });

  it('tells what the clock says where CPU alone would do', () => {
    expect(levelsOf(700_000, 'what else runs')).toEqual(['warn']);
    expect(levelsOf(600_000, 'what else runs')).toEqual([]);
  });

  it('counts rows, sockets, program and questions into memory', () => {
    const { memory } = planned(50_000);
    expect(memory.rows_bytes).toBe(160e6);
    expect(memory.rows_bytes_bound).toBe(320e6);
    expect(memory.sockets_bytes).toBe(3 * 128e6);
    expect(memory.together_bound).toBe(500e6 + 320e6 + 3 * 128e6 + config.query_memory);
    // Five minutes of a small rate.
    expect(planned(100).memory.rows_bytes).toBe(30_000 * 160);
  });

  it('compares a second of datagrams with what a socket holds', () => {
    const { socket } = planned(50_000);
    expect(socket).toEqual({ datagrams_per_second: 2_000, burst_bytes: 4.6e6, has_bytes: 128e6 });
    const small = planned(50_000, { machine: { socketBytes: 425_984 } }).findings.find(
      (f) => f.subject === 'socket buffer',
    );
    expect(small).toMatchObject({ level: 'warn', advice: expect.stringContaining('net.core.rmem_max=3000000') });
  });

  it('divides the disk between history at full age and records', () => {
    const narrow = { ...config, retention_5m_bytes: 3e9 };
    const { disk: d } = planLoad(1_000, { load, disk }, machine, narrow);
    expect(d.records_bytes_a_day).toBe(25_000 * DAY_S);
    expect(d.journal_bytes).toBe(50_000 * 360);
    const [minutes, fives, hours, days] = d.history;
    expect(minutes).toMatchObject({ bytes_a_day: 1_440 * 80_000, age_days: 14, days_kept: null });
    expect(fives!.at_full_age).toBe(3e9);
    expect(fives!.days_kept).toBeCloseTo(3e9 / (288 * 250_000), 6);
    expect(hours!.bytes_a_day).toBe(24 * 450_000);
    expect(days!.age_days).toBeNull();
    const history = d.history.reduce((n, level) => n + level.at_full_age, 0);
    expect(d.days_of_records).toBeCloseTo((50e9 - d.journal_bytes - history) / d.records_bytes_a_day, 6);
    expect(d.days_of_records_bound).toBeLessThan(d.days_of_records);
    for (const level of d.history) expect(level.bytes_a_day_bound).toBeGreaterThan(level.bytes_a_day);
    expect(planned(1).disk.days_of_records).toBe(730);
    expect(planned(33_069).flows_per_week / 1e9).toBeCloseTo(20, 2);
  });

  it('never says that records are kept for no time', () => {
    const plan = planned(5_000_000);
    const minutes = (of: Plan) => ({
      ...of,
      disk: { ...of.disk, days_of_records: 5 / 1_440, days_of_records_bound: 20 / 86_400 },
    });
    expect(renderPlan(minutes(plan), '', true)).toMatch(/records are kept +5 min; at least 20 s /);
    const text = renderPlan(plan, '', true) + plan.findings.map((f) => f.text).join('\n');
    expect(text).toMatch(/records are kept for \d+ (h|min)/);
    expect(text).not.toContain('0.0 hours');
  });

  it('says what was measured, what is a bound, and what nobody knows', () => {
    const text = renderPlan(planned(50_000), '', true);
    expect(text).toContain('50,000 flows/s are 30,240,000,000 flows a week.');
    expect(text).toMatch(/network card, kernel +not known +not measured/);
    expect(text).toMatch(/questions +at most \S+ \S+ +bound: query_memory/);
    expect(text).toMatch(/history 1 min, a day +115 MB, at most .*measured; bound/);
    expect(text).toContain('A node runs on this machine: its load is in these figures.');
    expect(renderPlan(planned(50_000), '', false)).not.toContain('A node runs');
  });
});

it.each(['0', '-5', '1.5', 'many', '', '1e5', '100000001'])('refuses the rate %o', (text) => {
  expect(() => planRate(text)).toThrow(expect.objectContaining({ code: 'usage' }));
});

it('measures this machine, and leaves nothing behind', { timeout: 360_000 }, async () => {
  const data = mkdtempSync(join(tmpdir(), 'weir-plan-'));
  const plan = await makePlan(20_000, { data }, 2_000);
  const { load: measured, disk: measuredDisk } = plan.measured;
  expect(readdirSync(data)).toEqual([]);
  expect(measured.flows).toBeGreaterThan(100_000);
  // NetFlow v5 has 48 bytes a flow, and 24 a datagram; the journal adds some.
  expect(measured.journalBytes / measured.flows).toBeGreaterThan(48.8);
  expect(measured.journalBytes / measured.flows).toBeLessThan(52);
  expect(measured.segmentBytes / measured.flows).toBeGreaterThan(10);
  expect(measured.segmentBytes / measured.flows).toBeLessThan(48);
  for (const figure of [measured.receive.cpu, measured.store.cpu, measured.rowBytes, measuredDisk.syncMs])
    expect(figure).toBeGreaterThan(0);
  // Of each bounded table no more than its bound is kept, and coarser buckets have more keys.
  const rows = measured.history.levels.map((l) => l.rows / l.buckets);
  expect(rows[0]).toBeGreaterThan(1_000);
  expect([...rows].sort((a, b) => a - b)).toEqual(rows);
  for (const level of plan.disk.history) expect(level.bytes_a_day_bound).toBeGreaterThanOrEqual(level.bytes_a_day);
  expect(plan.cpu.share).toBeGreaterThan(0);
  const twice = planLoad(40_000, plan.measured, machine, config);
  const once = planLoad(20_000, plan.measured, machine, config);
  const fixed = once.cpu.history + once.cpu.journal_sync;
  expect((twice.cpu.needed - fixed) / (once.cpu.needed - fixed)).toBeCloseTo(2, 6);
});
