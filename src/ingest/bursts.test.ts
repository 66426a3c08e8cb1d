import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BurstMeter, HourMax } from './bursts.ts';

describe('BurstMeter', () => {
  it('counts what comes within 10 and within 100 ms', () => {
    const meter = new BurstMeter();
    meter.count(5, 1_000.2);
    meter.count(7, 1_009.9);
    meter.count(1, 1_010.3);
    meter.count(2, 1_099);
    meter.count(4, 1_101);
    expect(meter).toMatchObject({ most10: 12, most100: 15 });
  });

  it('has a burst after a silence whole, wherever it falls', () => {
    const meter = new BurstMeter();
    for (let i = 0; i < 50; i++) meter.count(1, i * 200);
    for (let i = 0; i < 300; i++) meter.count(1, 20_095 + i / 100);
    expect(meter).toMatchObject({ most10: 300, most100: 300 });
  });

  it('is never more than the largest sliding window, and at least half of it', () => {
    const arrivals = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 40, noNaN: true })), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(arrivals, (steps) => {
        const meter = new BurstMeter();
        const at: { n: number; t: number }[] = [];
        let t = 0;
        for (const [n, gap] of steps) {
          t += gap;
          at.push({ n, t });
          meter.count(n, t);
        }
        for (const [window, most] of [
          [10, meter.most10],
          [100, meter.most100],
        ] as const) {
          const sliding = Math.max(
            ...at.map(({ t: from }) => at.reduce((sum, a) => sum + (a.t >= from && a.t < from + window ? a.n : 0), 0)),
          );
          expect(most).toBeLessThanOrEqual(sliding);
          expect(most * 2).toBeGreaterThanOrEqual(sliding);
        }
      }),
    );
  });
});

describe('HourMax', () => {
  it('forgets what is older than an hour', () => {
    const max = new HourMax();
    expect(max.most(0)).toBe(0);
    max.see(7, 30_000);
    max.see(9, 60_000);
    max.see(3, 90_000);
    expect(max.most(100_000)).toBe(9);
    expect(max.most(60 * 60_000 + 30_000)).toBe(9);
    expect(max.most(61 * 60_000)).toBe(0);
    max.see(2, 200 * 60_000);
    expect(max.most(200 * 60_000)).toBe(2);
  });
});
