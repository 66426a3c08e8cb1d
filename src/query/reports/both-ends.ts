import type { JsonValue } from '../../flow/index.ts';
import type { MetricValues } from '../answer.ts';
import { addCells } from './crossing.ts';
import { column, percentOf, type ReportColumn } from './report.ts';

/*
 * Reports whose rows are ends of flows: each flow has two, and its bytes count at both. So the sources together have the bytes of all flows, and so
 * have the sinks; a share is of all ends, which have twice the bytes of all flows, and shares add up to 100.
 */

export const BOTH_ENDS = 'each flow counts at its source and at its sink';
export const SHARE_OF_ENDS: ReportColumn = column('share', '% of ends', 'number', '%', 2);

/** Percent of the bytes at all ends. */
export function shareOfEnds(source: JsonValue, sink: JsonValue, { bytes = 0 }: MetricValues): number | null {
  return percentOf(addCells(source, sink), addCells(bytes, bytes), 2);
}

/** With what the columns of all rows, shown or not, add up to. */
export function totalOfEnds(total: MetricValues): MetricValues {
  const bytes = total.bytes ?? 0;
  return { ...total, source: bytes, sink: bytes, share: percentOf(bytes, bytes, 2) };
}
