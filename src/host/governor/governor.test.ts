import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_HOST_LIMITS, Governor } from './governor.ts';

const MB = 1_000_000;

/** Seconds of a process that takes so much of a core; returns the last time between sweeps. */
function run(governor: Governor, from: number, seconds: number, cpu: number, ownBytes = 50 * MB): number {
  let sweepMs = 0;
  for (let s = from; s < from + seconds; s++) {
    used += cpu * 1e6;
    sweepMs = governor.advance(s * 1_000, { cpuMicros: used, ownBytes });
  }
  return sweepMs;
}
let used = 0;

describe('Governor', () => {
  test('gives nothing up below its ceilings', () => {
    const governor = new Governor(DEFAULT_HOST_LIMITS);
    expect(run(governor, 0, 60, 0.049)).toBe(1_000);
    expect(governor.status()).toMatchObject({ share: 1, notes: [] });
    expect(governor.status().cpu).toBeCloseTo(0.049, 6);
  });

  test('looks less often before it keeps fewer records, and says so', () => {
    const governor = new Governor(DEFAULT_HOST_LIMITS);
    expect(run(governor, 0, 6, 0.2)).toBe(2_000);
    expect(governor.status().share).toBe(1);
    expect(governor.status().notes).toEqual(['sockets are looked at every 2 s: metering may take 5.0 % of a core']);
    expect(run(governor, 6, 10, 0.2)).toBe(8_000);
    expect(governor.status().share).toBe(1);
    run(governor, 16, 5, 0.2);
    expect(governor.status().share).toBe(0.5);
    run(governor, 21, 600, 0.2);
    expect(governor.status()).toMatchObject({ share: 1 / 64, sweepMs: 8_000 });
    expect(governor.status().notes[1]).toMatch(/^1 of 64 of the usual records are kept/);
  });

  test('gives back in turn when it is calm, and not while twice as much would be too much', () => {
    const governor = new Governor(DEFAULT_HOST_LIMITS);
    run(governor, 0, 26, 0.2);
    expect(governor.status()).toMatchObject({ share: 0.25, sweepMs: 8_000 });
    run(governor, 26, 300, 0.03);
    expect(governor.status()).toMatchObject({ share: 0.25, sweepMs: 8_000 });
    run(governor, 326, 45, 0.01);
    expect(governor.status()).toMatchObject({ share: 1, sweepMs: 8_000 });
    expect(run(governor, 371, 65, 0.01)).toBe(1_000);
  });

  test('keeps fewer records where memory is above its ceiling', () => {
    const governor = new Governor(DEFAULT_HOST_LIMITS);
    expect(run(governor, 0, 12, 0.01, 120 * MB)).toBe(1_000);
    expect(governor.status().share).toBe(0.25);
    expect(governor.status().notes[0]).toMatch(/may take 5.0 % of a core and 80 MB of memory$/);
  });

  test('fewer kept records stand for all', () => {
    const governor = new Governor({ ...DEFAULT_HOST_LIMITS, records: 1_000, seed: 9 });
    run(governor, 0, 26, 0.2);
    let stoodFor = 0;
    for (let i = 0; i < 30_000; i++) {
      if (i % 100 === 0) governor.advance(26_000 + i * 10, { cpuMicros: used, ownBytes: 0 });
      stoodFor += governor.weight(100, 1);
    }
    const { kept, leftOut, notes } = governor.status();
    expect(kept + leftOut).toBe(30_000);
    expect(kept).toBeLessThan(1_000);
    expect(Math.abs(stoodFor / 30_000 - 1)).toBeLessThan(0.3);
    expect(notes.at(-1)).toMatch(/^records are sampled: of 300 s 1000 may be stored/);
  });

  test('says that records are sampled in words that stay the same, and no more a period after the last was left out', () => {
    const governor = new Governor({ ...DEFAULT_HOST_LIMITS, records: 1_000, seed: 9 });
    const told = new Set<string>();
    const burst = (fromMs: number) => {
      for (let i = 0; i < 3_000; i++) {
        if (i % 100 === 0) governor.advance(fromMs + i, { cpuMicros: 0, ownBytes: 0 });
        governor.weight(100, 1);
        if (governor.status().isSampling) for (const note of governor.status().notes) told.add(note);
      }
    };
    burst(0);
    expect(governor.status().largestRate).toBeGreaterThan(1);
    const { leftOut } = governor.status();
    governor.advance(299_000, { cpuMicros: 0, ownBytes: 0 });
    expect(governor.status()).toMatchObject({ isSampling: true });
    governor.advance(303_000, { cpuMicros: 0, ownBytes: 0 });
    expect(governor.status()).toMatchObject({ isSampling: false, notes: [], largestRate: 1, leftOut });
    burst(304_000);
    expect(told.size).toBe(1);
  });

  test('has the ceiling that the settings and the page about it have', () => {
    const page = readFileSync(new URL('../../../docs/explanation/host-sampling.md', import.meta.url), 'utf8');
    const settings = readFileSync(new URL('../../../docs/reference/configuration.md', import.meta.url), 'utf8');
    const { records } = DEFAULT_HOST_LIMITS;
    expect(page).toContain(`| records of one export period (5 min) | ${records.toLocaleString('en-US')} |`);
    expect(settings.split('\n').find((line) => line.includes('host_max_flows'))).toContain(String(records));
  });
});
