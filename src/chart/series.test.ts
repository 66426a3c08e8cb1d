import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../query/index.ts';
import { seriesOf, summaryOf } from './series.ts';

const bucket = (time: number, measured: number, other: number | null = null) => ({
  time,
  measured,
  total: { bytes: 1 },
  other: other === null ? null : { bytes: other },
});
const answer = (part: object) => ({ plan: { bucket_ms: 60_000 }, ...part }) as unknown as QueryAnswer;

describe('series of an answer by time', () => {
  const { times, series, rest, measured } = seriesOf(
    answer({
      columns: [{ name: 'time' }, { name: 'site' }, { name: 'bytes' }],
      rows: [
        [0, 'a', 10],
        [0, null, '9007199254740993'],
        [120_000, 'a', 30],
      ],
      buckets: [bucket(0, 1, 5), bucket(60_000, 0), bucket(120_000, 0.5, 7)],
    }),
    ['site'],
    'bytes',
  );

  it('have a value for each bucket that was measured, and none for one that was not', () => {
    expect(times).toEqual([0, 60_000, 120_000]);
    expect(measured).toEqual([1, 0, 0.5]);
    expect(series.map(({ group, values }) => [group, values])).toEqual([
      [[''], [9_007_199_254_740_992, null, 0]],
      [['a'], [10, null, 30]],
    ]);
  });

  it('have what no group has', () => {
    expect(rest).toMatchObject({ values: [5, null, 7], sum: 12 });
  });
});

describe('a summary', () => {
  it('is of what was measured', () => {
    expect(summaryOf([null, 4, 1, null, 3])).toEqual({ min: 1, mean: 8 / 3, max: 4, p95: 4, last: 3 });
    expect(summaryOf([null])).toBeNull();
  });
  it('has the 95th percentile by nearest rank', () => {
    expect(summaryOf(Array.from({ length: 100 }, (_, i) => i + 1))?.p95).toBe(95);
  });
});
