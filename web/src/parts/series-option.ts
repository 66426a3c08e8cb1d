import type { EChartsCoreOption } from 'echarts/core';
import { colourOf } from '../app/colours.ts';
import type { ChartKind } from '../app/view.ts';
import type { SeriesOfTime } from './series.ts';

/** Buckets of which less was measured are shaded. */
const WHOLE = 0.999;

export interface Looks {
  readonly isDark: boolean;
  readonly kind: ChartKind;
  readonly format: (value: number) => string;
  readonly nameOf: (group: readonly string[]) => string;
}

/** Series over time as areas on each other, lines, shares of each bucket, or bars. */
export function seriesOption(data: SeriesOfTime, { isDark, kind, format, nameOf }: Looks): EChartsCoreOption {
  const { times, stepMs, measured, series, rest } = data;
  const [ink, line] = isDark ? ['#c1c2c5', '#373a40'] : ['#495057', '#e9ecef'];
  const all = [
    ...series.map((s) => ({ ...s, name: nameOf(s.group) })),
    ...(rest ? [{ ...rest, name: 'all others' }] : []),
  ];
  const totals = times.map((_, i) => all.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  const shown = (value: number | null | undefined, at: number) =>
    value === null || value === undefined || kind !== 'shares'
      ? value
      : totals[at] === 0
        ? 0
        : (100 * value) / totals[at]!;
  const text = kind === 'shares' ? (value: number) => `${value.toFixed(1)} %` : format;
  const gaps = times.flatMap((time, i) =>
    (measured[i] ?? 1) < WHOLE ? [[{ xAxis: time }, { xAxis: time + stepMs }]] : [],
  );
  const shade = { silent: true, itemStyle: { color: isDark ? '#ffffff14' : '#00000010' }, data: gaps };
  return {
    grid: { left: 8, right: 12, top: 36, bottom: 8, containLabel: true },
    legend: {
      ...{ type: 'scroll', top: 4, left: 8, itemWidth: 10, itemHeight: 10, icon: 'roundRect' },
      textStyle: { color: ink, fontSize: 12 },
    },
    tooltip: {
      ...{ trigger: 'axis', renderMode: 'richText', confine: true, order: 'valueDesc' },
      valueFormatter: (value: unknown) =>
        value === null || value === undefined ? 'not measured' : text(Number(value)),
    },
    brush: { toolbox: [], xAxisIndex: 0, brushStyle: { color: isDark ? '#ffffff22' : '#00000014', borderWidth: 0 } },
    xAxis: { type: 'time', axisLabel: { color: ink }, axisLine: { lineStyle: { color: line } } },
    yAxis: {
      type: 'value',
      ...(kind === 'shares' ? { max: 100 } : {}),
      axisLabel: { color: ink, formatter: text },
      splitLine: { lineStyle: { color: line } },
    },
    series: all.map(({ name, values }, i) => {
      const colour = name === 'all others' ? colourOf('Other', isDark) : colourOf(name, isDark);
      return {
        name,
        type: kind === 'bars' ? 'bar' : 'line',
        ...(kind === 'bars' ? { barCategoryGap: '10%' } : { step: 'end', symbol: 'none' }),
        ...(kind === 'lines' ? {} : { stack: 'all' }),
        ...(kind === 'stacked' || kind === 'shares' ? { lineStyle: { width: 0 }, areaStyle: { opacity: 0.9 } } : {}),
        itemStyle: { color: colour },
        data: times.map((time, at) => [time, shown(values[at], at)]),
        ...(i === 0 && gaps.length > 0 ? { markArea: shade } : {}),
      };
    }),
  };
}
