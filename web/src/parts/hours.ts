import { numberOf } from '../../../src/chart/index.ts';

interface Bucket {
  /** ms since 1970. */
  readonly time: number;
  readonly total: Readonly<Record<string, string | number | null>>;
}

/** Hour, day (0 is Monday) and bytes of all such hours, on the clock of the reader; hours without any are left out. */
export function byHour(buckets: readonly Bucket[]): [number, number, number][] {
  const sums = new Map<number, number>();
  for (const { time, total } of buckets) {
    const at = new Date(time);
    const cell = ((at.getDay() + 6) % 7) * 24 + at.getHours();
    sums.set(cell, (sums.get(cell) ?? 0) + numberOf(total.bytes));
  }
  return [...sums].filter(([, sum]) => sum > 0).map(([cell, sum]) => [cell % 24, Math.floor(cell / 24), sum]);
}
