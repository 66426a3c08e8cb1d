import type { RawValue } from '../store/index.ts';
import { showKeys } from './assemble.ts';
import type { Compiled } from './compile.ts';
import type { Counted, ShownGroup } from './counted.ts';
import { metricValue } from './metrics.ts';
import type { Scope } from './scope.ts';
import { type Extent, secondsOf } from './window.ts';

/** The extent that the rows of a group are about: where groups are exporters, or parts of one, each has its own silences. */
export function extentOfGroup({ dimensions }: Compiled, extent: Extent, key: readonly RawValue[]): Extent {
  const at = dimensions.findIndex((d) => d.name === 'exporter');
  if (at < 0 || !extent.measure || extent.measure.whole) return extent;
  const exporter = showKeys(dimensions, key)[at];
  return typeof exporter === 'string' ? { ...extent, measure: extent.measure.of(exporter) } : extent;
}

/** Groups whose rates are over different times stand in the order of what is shown. */
export function inShownOrder(compiled: Compiled, { extent }: Scope, counted: Counted): Counted {
  const { order, query } = compiled;
  if (order.metric.kind !== 'rate' || query.every !== undefined || !extent?.measure || extent.measure.whole)
    return counted;
  const value = ({ key, figures }: ShownGroup) =>
    Number(metricValue(order.metric, figures, secondsOf(extentOfGroup(compiled, extent, key))) ?? Number.NaN);
  const sign = order.descending ? -1 : 1;
  const valued = counted.shown.map((group) => ({ group, value: value(group) }));
  valued.sort(
    (a, b) => Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || sign * (a.value - b.value) || 0,
  );
  return { ...counted, shown: valued.map(({ group }) => group) };
}
