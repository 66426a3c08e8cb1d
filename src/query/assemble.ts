import type { JsonValue } from '../flow/index.ts';
import type { RawValue } from '../store/index.ts';
import type { AnswerColumn, MetricValues } from './answer.ts';
import type { Compiled } from './compile.ts';
import { type Dimension, dimensionType, showKey } from './dimensions.ts';
import { type Figures, type Metric, metricValue } from './metrics.ts';

/** The columns of a grouped answer: time bucket, dimensions, metrics. */
export function answerColumns({ dimensions, metrics, query }: Compiled): AnswerColumn[] {
  return [
    ...(query.every === undefined ? [] : [{ name: 'time', type: 'time', unit: 'ms' } as const]),
    ...dimensions.map((d) => ({ name: d.name, type: dimensionType(d), unit: d.column.unit ?? null })),
    ...metrics.map(({ name, type, unit }) => ({ name, type, unit })),
  ];
}

/** The values of the dimensions, from the words of a group's key. */
export function showKeys(dimensions: readonly Dimension[], key: readonly RawValue[]): JsonValue[] {
  let at = 0;
  return dimensions.map((d) => {
    const words = key.slice(at, at + d.words.length);
    at += d.words.length;
    return showKey(d, words);
  });
}

/** The key words that were grouped by, with those put back that are 0 in every row. */
export function fullKey(key: readonly RawValue[], alwaysZero: readonly boolean[]): RawValue[] {
  const rest = [...key];
  return alwaysZero.map((zero) => (zero ? 0n : rest.shift()!));
}

export function metricValues(
  metrics: readonly Metric[],
  figures: Figures,
  seconds: number,
  bucketSeconds: number,
): JsonValue[] {
  return metrics.map((m) => metricValue(m, figures, seconds, bucketSeconds));
}

export function byMetric(metrics: readonly Metric[], values: readonly JsonValue[]): MetricValues {
  return Object.fromEntries(metrics.map((m, i) => [m.name, values[i] ?? null]));
}
