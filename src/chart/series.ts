import type { QueryAnswer } from '../query/index.ts';
import { numberOf } from './format.ts';
import type { AnswerNames } from './group-text.ts';

/** What a group had in each bucket of an answer by time. */
export interface Series {
  /** Its values of the dimensions; '' is not known. */
  readonly group: readonly string[];
  /** By bucket; null where nothing of the bucket was measured, or its value cannot be said. */
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
  /** Of all that matches, by bucket. */
  readonly total: readonly (number | null)[];
}

/** What an answer by time has of its groups: all of an answer, or what is published of one. */
export type TimeAnswer = Pick<QueryAnswer, 'columns' | 'rows' | 'buckets' | keyof AnswerNames> & {
  readonly plan: Pick<QueryAnswer['plan'], 'bucket_ms'>;
};

/** The series of one metric of an answer with `every` by these dimensions. `absent`: what a group without a row has in a bucket that was measured; of a mean null. */
export function seriesOf(
  answer: TimeAnswer,
  dimensions: readonly string[],
  metric: string,
  absent: 0 | null = 0,
): SeriesOfTime {
  const { buckets = [], plan } = answer;
  const others = buckets.map(({ other }) => cellValue(other?.[metric]));
  const sum = sumOf(others);
  return {
    times: buckets.map(({ time }) => time),
    stepMs: plan.bucket_ms ?? 60_000,
    measured: buckets.map(({ measured }) => measured),
    series: groupsOf(answer, dimensions, metric, absent),
    rest: sum > 0 ? { group: [], values: others, sum } : null,
    total: buckets.map(({ total }) => cellValue(total[metric])),
  };
}

function groupsOf(
  { columns, rows, buckets = [] }: TimeAnswer,
  dimensions: readonly string[],
  metric: string,
  absent: 0 | null,
): Series[] {
  const at = (name: string) => columns.findIndex((c) => c.name === name);
  const [timeAt, metricAt, ...keysAt] = [at('time'), at(metric), ...keyColumns(columns, dimensions)];
  const indexes = new Map(buckets.map(({ time }, i) => [time, i]));
  const blank = (): (number | null)[] => buckets.map(({ measured }) => (measured > 0 ? absent : null));
  const groups = new Map<string, { group: string[]; values: (number | null)[] }>();
  for (const row of rows) {
    const i = indexes.get(Number(row[timeAt!]));
    if (i === undefined) continue;
    const group = keysAt.map((k) => String(row[k] ?? ''));
    const key = JSON.stringify(group);
    const series = groups.get(key) ?? { group, values: blank() };
    series.values[i] = cellValue(row[metricAt!]);
    groups.set(key, series);
  }
  return [...groups.values()].map((s) => ({ ...s, sum: sumOf(s.values) })).sort((a, b) => b.sum - a.sum);
}

/** Columns of an answer that hold its dimensions: in their order, after the time. The answer may call them otherwise (`proto`: `protocol`). */
export function keyColumns(columns: QueryAnswer['columns'], dimensions: readonly string[]): number[] {
  const first = columns[0]?.name === 'time' ? 1 : 0;
  return dimensions.map((_, i) => first + i);
}

function cellValue(cell: string | number | null | undefined): number | null {
  return cell === null || cell === undefined ? null : numberOf(cell);
}

function sumOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
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
