import { expect, test } from 'vitest';
import { byHour } from './hours.ts';

test('bytes of the same hour of the week add up, on the clock of the reader; Monday is the first day', () => {
  const at = (day: number, hour: number) => new Date(2026, 5, day, hour).getTime();
  const bucket = (time: number, bytes: number) => ({ time, total: { bytes } });
  // 1 June 2026 is a Monday.
  const buckets = [bucket(at(1, 9), 10), bucket(at(8, 9), 5), bucket(at(7, 23), 7), bucket(at(2, 0), 0)];
  expect(byHour(buckets)).toEqual([
    [9, 0, 15],
    [23, 6, 7],
  ]);
});
