import type { JsonValue } from '../flow/index.ts';
import type { RawValue } from '../store/index.ts';
import type { AnswerColumn, MetricValues } from './answer.ts';
import type { Compiled } from './compile.ts';
import { type Dimension, dimensionType, showKey } from './dimensions.ts';
import { type Figures, type Metric, metricValue } from './metrics.ts';
import { type MeasuredSeconds, noneMeasured } from './window.ts';

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

/** Sums of no records over a time in which nothing was measured are not known, and are not 0. */
export function metricValues(
  metrics: readonly Metric[],
  figures: Figures,
  seconds: MeasuredSeconds,
  bucketSeconds: number,
): JsonValue[] {
  if (noneMeasured(seconds) && (figures.get('records') ?? 0n) === 0n) return metrics.map(() => null);
  return metrics.map((m) => {
    // No bucket of time was measured.
    if (m.kind === 'percentile' && (seconds.traffic === 0 || seconds.flows === 0)) return null;
    return metricValue(m, figures, seconds, bucketSeconds);
  });
}

/** The values of one bucket of a series. Where nothing of it was measured nothing is said of it, also when exporters told something of that time later. */
export function bucketValues(
  metrics: readonly Metric[],
  figures: Figures,
  seconds: MeasuredSeconds,
  every: number,
): JsonValue[] {
  return noneMeasured(seconds) ? metrics.map(() => null) : metricValues(metrics, figures, seconds, every / 1000);
}

export function byMetric(metrics: readonly Metric[], values: readonly JsonValue[]): MetricValues {
  return Object.fromEntries(metrics.map((m, i) => [m.name, values[i] ?? null]));
}
