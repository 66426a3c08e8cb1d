import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SizeSampler } from './size-sampler.ts';

const PERIOD = 300_000;

/** Records of a period, evenly over it. */
function sample(records: number, sizes: readonly number[], seed: number) {
  const sampler = new SizeSampler({ records, periodMs: PERIOD, seed });
  const weights = sizes.map((bytes, i) => {
    sampler.advance((i * PERIOD) / sizes.length);
    return sampler.weight(bytes, Math.ceil(bytes / 1_000));
  });
  return { sampler, weights, kept: weights.filter((n) => n > 0).length };
}

describe('SizeSampler', () => {
  test('keeps every record as it is below three quarters of what may be kept, less three standard deviations', () => {
    const { weights, sampler } = sample(
      1_000,
      Array.from({ length: 650 }, (_, i) => 100 + i),
      1,
    );
    expect(new Set(weights)).toEqual(new Set([1]));
    expect(sampler).toMatchObject({ kept: 650, leftOut: 0, largest: 1 });
  });

  test.each([2, 10, 100, 1_000])(
    'at %i times the ceiling fewer than the ceiling are kept, and all the large ones',
    (times) => {
      const records = 1_000;
      const sizes = Array.from({ length: records * times }, (_, i) =>
        i % (times * 20) === 7 ? 500_000_000 : 100 + (i % 900),
      );
      const { weights, kept, sampler } = sample(records, sizes, times);
      expect(kept).toBeLessThanOrEqual(records);
      expect(kept).toBeGreaterThan(records / 2);
      expect(weights.filter((_, i) => sizes[i]! > 1_000)).toEqual(Array(50).fill(1));
      expect(sampler.kept + sampler.leftOut).toBe(sizes.length);
    },
  );

  test('a burst in one moment takes what may be taken at once', () => {
    const sampler = new SizeSampler({ records: 10_000, periodMs: PERIOD, seed: 3 });
    sampler.advance(0);
    for (let i = 0; i < 1_000_000; i++) sampler.weight(100, 1);
    expect(sampler.kept).toBeLessThanOrEqual(2_500 + 150);
    expect(sampler.kept).toBeGreaterThan(1_500);
  });

  test('what the rate is of depends on sizes and times, never on a draw', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 50, maxLength: 400 }), (sizes) => {
        const rates = new Map<number, number>();
        for (let seed = 0; seed < 8; seed++)
          for (const [i, n] of sample(10, sizes, seed).weights.entries()) {
            if (n === 0) continue;
            expect(Number.isSafeInteger(n) && n <= 0xffff_ffff).toBe(true);
            expect(rates.get(i) ?? n).toBe(n);
            rates.set(i, n);
          }
      }),
      { numRuns: 50 },
    );
  });

  test('a clock that is set back neither refills the budget nor stops it for ever', () => {
    const sampler = new SizeSampler({ records: 100, periodMs: PERIOD, seed: 4 });
    sampler.advance(1_000_000);
    for (let i = 0; i < 1_000; i++) sampler.weight(100, 1);
    const { kept } = sampler;
    for (let i = 0; i < 100; i++) sampler.advance(i % 2 === 0 ? 0 : -1);
    for (let i = 0; i < 100; i++) sampler.weight(100, 1);
    expect(sampler.kept - kept).toBeLessThan(5);
    sampler.advance(PERIOD);
    expect(sampler.weight(100, 1)).toBe(1);
  });
});
