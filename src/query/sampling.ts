import type { RawValue } from '../store/index.ts';
import { halfWidth95, SAMPLING_ERROR_SQL } from '../truth/index.ts';
import type { RowError } from './answer.ts';
import type { Metric } from './metrics.ts';
import { made, type Sql } from './sql.ts';

/** Variance of the two scaled sums, from sampling alone. */
export interface Variance {
  readonly bytes: number;
  readonly packets: number;
}

/** The aggregates that give the variance of `bytes` and `packets` of a group. */
export function varianceSql(): Sql[] {
  return [made(SAMPLING_ERROR_SQL.bytes), made(SAMPLING_ERROR_SQL.packets)];
}

export function varianceOf(extras: readonly RawValue[]): Variance {
  return { bytes: Number(extras[0] ?? 0), packets: Number(extras[1] ?? 0) };
}

/** The 95 % half-width of each metric that sampling makes uncertain, in the metric's unit. */
export function metricErrors(metrics: readonly Metric[], variance: Variance | null, seconds: number): RowError {
  const errors: Record<string, number> = {};
  for (const metric of variance ? metrics : []) {
    if (metric.kind !== 'sum' && metric.kind !== 'rate') continue;
    const of = metric.of.name;
    if (of !== 'bytes' && of !== 'packets') continue;
    const width = halfWidth95(variance![of]);
    if (metric.kind === 'sum') errors[metric.name] = width;
    else if (seconds > 0) errors[metric.name] = (width * metric.scale) / seconds;
  }
  return errors;
}
