import { enumCode } from '../flow/index.ts';
import type { RawValue } from '../store/index.ts';
import { HISTORY_FLOWS_ERROR_SQL, halfWidth95, SAMPLING_ERROR_SQL } from '../truth/index.ts';
import type { RowError } from './answer.ts';
import { type Metric, secondsFor } from './metrics.ts';
import { made, type Sql, sql } from './sql.ts';
import type { Arithmetic } from './sums.ts';
import type { MeasuredSeconds } from './window.ts';

/** Variance of the scaled sums, from sampling alone. */
export interface Variance {
  readonly bytes: number;
  readonly packets: number;
  /** Null where no record stands for more than one flow. */
  readonly flows: number | null;
  /** Some record has no known rate: then nothing can be said of the error of these sums. */
  readonly open: boolean;
}

const UNKNOWN_ORIGIN = enumCode('sampling_origin', 'unknown');

/** The aggregates that give the variance of `bytes`, `packets` and `flows` of a group. */
export function varianceSql({ rolled, standing }: Arithmetic): Sql[] {
  if (rolled) {
    const open = sql`max(CASE WHEN ("origins" & ${1 << UNKNOWN_ORIGIN}) <> 0 THEN 1 ELSE 0 END)`;
    return [sql`sum("var_bytes")`, sql`sum("var_packets")`, made(HISTORY_FLOWS_ERROR_SQL), open];
  }
  const open = sql`max(CASE WHEN "sampling_origin" = ${UNKNOWN_ORIGIN} THEN 1 ELSE 0 END)`;
  const flows = standing ? made(SAMPLING_ERROR_SQL.flows) : sql`CAST(NULL AS DOUBLE)`;
  return [made(SAMPLING_ERROR_SQL.bytes), made(SAMPLING_ERROR_SQL.packets), flows, open];
}

export function varianceOf(extras: readonly RawValue[]): Variance {
  const [bytes, packets, flows, open] = extras;
  return {
    bytes: Number(bytes ?? 0),
    packets: Number(packets ?? 0),
    flows: flows === null || flows === undefined ? null : Number(flows),
    open: Number(open ?? 0) > 0,
  };
}

export function addVariances(parts: readonly Variance[]): Variance {
  return {
    bytes: parts.reduce((all, p) => all + p.bytes, 0),
    packets: parts.reduce((all, p) => all + p.packets, 0),
    flows: parts.every((p) => p.flows === null) ? null : parts.reduce((all, p) => all + (p.flows ?? 0), 0),
    open: parts.some((p) => p.open),
  };
}

/** The 95 % half-width of each metric that sampling makes uncertain, in the metric's unit; null where it is uncertain and nobody can say how much. */
export function metricErrors(
  metrics: readonly Metric[],
  variance: Variance | null,
  measured: MeasuredSeconds,
): RowError {
  const errors: Record<string, number | null> = {};
  for (const metric of variance ? metrics : []) {
    if (metric.kind !== 'sum' && metric.kind !== 'rate' && metric.kind !== 'peak') continue;
    const of = metric.of.name;
    if (of !== 'bytes' && of !== 'packets' && of !== 'flows') continue;
    const whole = variance![of];
    if (whole === null) continue;
    // The largest of many uncertain minutes is more likely one that errs upwards: its error is not that of a sum.
    if (metric.kind === 'peak') {
      errors[metric.name] = null;
      continue;
    }
    const width = halfWidth95(whole);
    const seconds = metric.kind === 'rate' ? secondsFor(metric.of, measured) : Number.NaN;
    if (metric.kind === 'sum') errors[metric.name] = width;
    else if (seconds > 0) errors[metric.name] = (width * metric.scale) / seconds;
  }
  return errors;
}
