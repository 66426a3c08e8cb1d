import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HyperLogLog, WeirError } from './index.ts';
import { murmur3 } from './murmur3.ts';

/** A sketch of the items [from, from + count) of a seed. */
function sketchOf(seed: number, from: number, count: number): HyperLogLog {
  const sketch = new HyperLogLog();
  for (let i = from; i < from + count; i++) sketch.addWords(0, seed, 0xffff, i);
  return sketch;
}

describe('murmur3 of 16 bytes', () => {
  it.each([
    [[0, 0, 0xffff, 0x0a000001], 0, 0x2f5070b3],
    [[0x20010db8, 0, 0, 1], 0x57656972, 0x57f5ec5d],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], 0x466c6f77, 0xdebf375b],
  ] as const)('%j with seed %i is what it was for ever', ([a, b, c, d], seed, hash) => {
    expect(murmur3(a, b, c, d, seed)).toBe(hash);
  });
});

describe('HyperLogLog', () => {
  // Three seeds, and the error that 997 of 1000 sketches keep: 3 standard errors of 0.81 %.
  it.each([10, 100, 1_000, 10_000, 50_000, 100_000, 1_000_000])('counts %i items', (count) => {
    for (const seed of [1, 2, 3]) {
      const estimate = sketchOf(seed, 0, count).estimate();
      expect(Math.abs(estimate - count)).toBeLessThanOrEqual(Math.max(0.5, 0.0244 * count));
    }
  });

  it('is within ERROR95 of the truth 95 times of 100', () => {
    let held = 0;
    for (let seed = 0; seed < 200; seed++) {
      const estimate = sketchOf(seed, 0, 20_000).estimate();
      if (Math.abs(estimate / 20_000 - 1) <= HyperLogLog.ERROR95) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(182);
  });

  it.skipIf(process.env.CI)(
    'counts ten million',
    () => {
      expect(Math.abs(sketchOf(7, 0, 10_000_000).estimate() / 10_000_000 - 1)).toBeLessThanOrEqual(0.0244);
    },
    60_000,
  );

  it('knows nothing, and does not count an item twice', () => {
    expect(new HyperLogLog().estimate()).toBe(0);
    const twice = sketchOf(1, 0, 5_000);
    twice.merge(sketchOf(1, 0, 5_000));
    expect(twice.encode()).toEqual(sketchOf(1, 0, 5_000).encode());
  });

  it('merges parts to the sketch of the whole in any order, and survives its encoding', () => {
    const part = fc.record({ from: fc.nat(50_000), count: fc.oneof(fc.nat(20), fc.nat(9_000)) });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const whole = new HyperLogLog();
        for (const { from, count } of parts) {
          for (let i = from; i < from + count; i++) whole.addWords(0, 5, 0xffff, i);
        }
        const merged = new HyperLogLog();
        for (const { from, count } of [...parts].reverse()) {
          merged.merge(HyperLogLog.decode(sketchOf(5, from, count).encode()));
        }
        expect(merged.encode()).toEqual(whole.encode());
      }),
      { numRuns: 50 },
    );
  });

  it('encodes few registers in 3 bytes each, many in 6 bits each', () => {
    expect(sketchOf(1, 0, 10).encode().length).toBe(2 + 3 * 10);
    expect(sketchOf(1, 0, 1_000_000).encode().length).toBe(2 + 12_288);
  });

  it.each([
    ['nothing', []],
    ['another form', [9, 14]],
    ['another precision', [1, 12]],
    ['a torn entry', [1, 14, 0, 1]],
    ['a register beyond the last', [1, 14, 0x40, 0, 1]],
    ['registers out of order', [1, 14, 0, 2, 1, 0, 1, 1]],
    ['a rank beyond the hash', [1, 14, 0, 1, 52]],
    ['an empty register', [1, 14, 0, 1, 0]],
    ['a torn dense sketch', [2, 14, ...new Array<number>(100).fill(0)]],
    ['a rank beyond the hash, dense', [2, 14, ...new Array<number>(12_288).fill(0xff)]],
  ])('refuses %s', (_, bytes) => {
    expect(() => HyperLogLog.decode(Uint8Array.from(bytes))).toThrow(WeirError);
  });
});
