import type { QueryAnswer } from '../../../src/query/index.ts';
import { numberOf } from '../app/format.ts';

/** What a group had in each bucket of an answer by time. */
export interface Series {
  /** Its values of the dimensions. */
  readonly group: readonly string[];
  /** By bucket; null where nothing of the bucket was measured. */
  readonly values: readonly (number | null)[];
  readonly sum: number;
}

export interface SeriesOfTime {
  /** Starts of the buckets, ms since 1970. */
  readonly times: readonly number[];
  readonly stepMs: number;
  /** Share of each bucket that was measured, 0..1. */
  readonly measured: readonly number[];
  /** The largest first. */
  readonly series: readonly Series[];
  /** What is in no group that is shown; null where all are. */
  readonly rest: Series | null;
}

/** The series of an answer with `every`: its columns are the time, the dimensions, and one metric. */
export function seriesOf({ columns, rows, buckets = [], plan }: QueryAnswer, metric: string): SeriesOfTime {
  const [timeAt, metricAt] = ['time', metric].map((name) => columns.findIndex((c) => c.name === name)) as [
    number,
    number,
  ];
  const dimensions = columns.map((_, i) => i).filter((i) => i !== timeAt && i !== metricAt);
  const indexes = new Map(buckets.map(({ time }, i) => [time, i]));
  const blank = (): (number | null)[] => buckets.map(({ measured }) => (measured > 0 ? 0 : null));
  const groups = new Map<string, { group: string[]; values: (number | null)[]; sum: number }>();
  for (const row of rows) {
    const at = indexes.get(Number(row[timeAt]));
    if (at === undefined) continue;
    const group = dimensions.map((i) => String(row[i] ?? ''));
    const key = JSON.stringify(group);
    const series = groups.get(key) ?? { group, values: blank(), sum: 0 };
    const value = numberOf(row[metricAt]);
    series.values[at] = value;
    series.sum += value;
    groups.set(key, series);
  }
  const others = buckets.map(({ other }) => (other === null ? null : numberOf(other[metric])));
  const sum = others.reduce<number>((all, value) => all + (value ?? 0), 0);
  return {
    times: buckets.map(({ time }) => time),
    stepMs: plan.bucket_ms ?? 60_000,
    measured: buckets.map(({ measured }) => measured),
    series: [...groups.values()].sort((a, b) => b.sum - a.sum),
    rest: sum > 0 ? { group: [], values: others, sum } : null,
  };
}

export interface Summary {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Nearest rank. */
  readonly p95: number;
  readonly last: number;
}

/** Of the buckets that were measured; null where none was. */
export function summaryOf(values: readonly (number | null)[]): Summary | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const sorted = [...known].sort((a, b) => a - b);
  return {
    min: sorted[0]!,
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    max: sorted.at(-1)!,
    p95: sorted[Math.ceil(0.95 * sorted.length) - 1]!,
    last: known.at(-1)!,
  };
}
