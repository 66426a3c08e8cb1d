import { describe, expect, test } from 'vitest';
import { FlowBatch } from '../flow/index.ts';
import { SAMPLING_ORIGIN } from './flow-context.ts';
import { FlowSieve } from './flow-sieve.ts';

function sieveOf(rate: number, seed = 0): FlowSieve {
  const sieve = new FlowSieve(seed);
  sieve.rate = rate;
  return sieve;
}

/** Numbers of the records that are kept of so many, in datagrams of 30. */
function keptOf(sieve: FlowSieve, records: number): number[] {
  const kept: number[] = [];
  for (let at = 0; at < records; at += 30) {
    const n = sieve.sift(30);
    for (let i = 0; i < n; i++) kept.push(at + sieve.kept[i]!);
  }
  return kept;
}

describe('a sieve', () => {
  test.each([1, 2, 4, 8, 64, 1_024])('keeps 1 in %s', (rate) => {
    const records = 3_000_000;
    const kept = keptOf(sieveOf(rate), records).length;
    // Five standard deviations of a fair draw.
    expect(Math.abs(kept - records / rate)).toBeLessThanOrEqual(5 * Math.sqrt(records * (1 / rate) * (1 - 1 / rate)));
  });

  test.each([2, 3, 8, 30, 256])('does not fall in step with what repeats every %s records', (period) => {
    const records = 1_200_000;
    const counts = new Array<number>(period).fill(0);
    for (const number of keptOf(sieveOf(8), records)) counts[number % period]! += 1;
    const each = records / period / 8;
    for (const n of counts) expect(Math.abs(n - each)).toBeLessThan(5 * Math.sqrt(each));
  });

  test('keeps the same records in each run, and others where it began elsewhere', () => {
    const [first, again, other] = [sieveOf(4), sieveOf(4), sieveOf(4, 1)].map((s) => keptOf(s, 30_000));
    expect(again).toEqual(first);
    const also = new Set(other);
    const both = first!.filter((n) => also.has(n)).length;
    expect(both / first!.length).toBeCloseTo(1 / 4, 1);
  });

  test('says of rows what they stand for, and never that an unknown rate is known', () => {
    const batch = new FlowBatch(4, ['sampling', 'sampling_origin']);
    const sieve = sieveOf(8);
    for (let kept = 0; kept < 4; ) kept += sieve.sift(1);
    batch.u32('sampling').set([1, 100, 1, 0xffff_0000]);
    batch
      .u8('sampling_origin')
      .set([SAMPLING_ORIGIN.default, SAMPLING_ORIGIN.options, SAMPLING_ORIGIN.unknown, SAMPLING_ORIGIN.record]);
    sieve.mark(batch, 0, 4);
    expect([...batch.u32('sampling')]).toEqual([8, 800, 8, 0xffff_ffff]);
    const { shed, unknown } = SAMPLING_ORIGIN;
    expect([...batch.u8('sampling_origin')]).toEqual([shed, shed, unknown, shed]);
  });

  test('keeps the largest records, a quarter more than it draws, as they are', () => {
    const sieve = sieveOf(8);
    const batch = new FlowBatch(30, ['sampling', 'sampling_origin']);
    let drawn = 0;
    let large = 0;
    let smallestLarge = Number.POSITIVE_INFINITY;
    const records = 1_200_000;
    for (let at = 0; at < records; at += 30) {
      // Sizes over six orders of magnitude, in an order that has nothing to do with them.
      for (let i = 0; i < 30; i++) sieve.sizes[i] = 10 ** ((((at + i) * 7_919) % 6_000_000) / 1e6);
      sieve.begin();
      const n = sieve.sift(30);
      batch.u32('sampling').fill(1);
      batch.u8('sampling_origin').fill(SAMPLING_ORIGIN.default);
      sieve.mark(batch, 0, n);
      for (let r = 0; r < n; r++) {
        const size = sieve.sizes[sieve.kept[r]!]!;
        if (batch.u32('sampling')[r] === 8) drawn += 1;
        else if (at > records / 2) smallestLarge = Math.min(smallestLarge, size);
        if (batch.u32('sampling')[r] === 1) large += 1;
      }
    }
    expect(drawn / records).toBeCloseTo(1 / 8, 2);
    expect(large / records).toBeCloseTo(1 / 32, 2);
    // Around the 97th percentile of the sizes.
    expect(smallestLarge).toBeGreaterThan(10 ** (6 * 0.8));
  });
});
