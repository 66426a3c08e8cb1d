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
    batch.u32('sampling').set([1, 100, 1, 0xffff_0000]);
    batch
      .u8('sampling_origin')
      .set([SAMPLING_ORIGIN.default, SAMPLING_ORIGIN.options, SAMPLING_ORIGIN.unknown, SAMPLING_ORIGIN.record]);
    sieveOf(8).mark(batch, 0, 4);
    expect([...batch.u32('sampling')]).toEqual([8, 800, 8, 0xffff_ffff]);
    const { shed, unknown } = SAMPLING_ORIGIN;
    expect([...batch.u8('sampling_origin')]).toEqual([shed, shed, unknown, shed]);
  });
});
