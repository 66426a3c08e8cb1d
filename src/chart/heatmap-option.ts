import type { EChartsCoreOption } from 'echarts/core';
import { chartColours, type ShownText, tooltipOf } from './chart-looks.ts';
import { minuteText } from './clock.ts';
import type { SeriesOfTime } from './series.ts';
import { namedSeries } from './series-option.ts';

interface HeatmapLooks extends ShownText {
  readonly isDark: boolean;
  /** IANA zone of the times along the bottom; that of who looks unless told. */
  readonly timeZone?: string;
}

/** Groups below each other, time along the bottom, the value as a shade. What was not measured is left empty. */
export function heatmapOption(data: SeriesOfTime, looks: HeatmapLooks): EChartsCoreOption {
  const { times } = data;
  const all = namedSeries(data, looks);
  const cells = all
    .flatMap(({ values }, y) => values.map((value, x) => [x, y, value] as const))
    .filter((c) => c[2] !== null);
  return shadedCells(
    { x: times.map((time) => minuteText(time, looks.timeZone)), y: all.map(({ name }) => name) },
    cells as [number, number, number][],
    looks,
  );
}

/** Cells of two axes of names, shaded by a root of their value, so that the small ones can be told from none. */
export function shadedCells(
  { x, y }: { readonly x: readonly string[]; readonly y: readonly string[] },
  cells: readonly (readonly [number, number, number])[],
  { isDark, format }: Pick<HeatmapLooks, 'isDark' | 'format'>,
): EChartsCoreOption {
  const { ink, line } = chartColours(isDark);
  const most = cells.reduce((max, [, , value]) => Math.max(max, value), 0);
  const axis = {
    axisLabel: { color: ink, width: 180, overflow: 'truncate' },
    axisLine: { lineStyle: { color: line } },
  };
  return {
    grid: { left: 8, right: 12, top: 8, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: {
      ...tooltipOf(isDark, () => ''),
      trigger: 'item',
      formatter: ({ value: [at, row, , value] }: { value: [number, number, number, number] }) =>
        `${y[row]}\n${x[at]}\n${format(value)}`,
    },
    xAxis: { type: 'category', data: x, ...axis },
    yAxis: { type: 'category', data: y, inverse: true, ...axis },
    visualMap: {
      ...{ show: false, min: 0, max: Math.sqrt(most) || 1, dimension: 2 },
      inRange: { color: isDark ? ['#1f2a2c', '#12b886', '#c3fae8'] : ['#f1f8f6', '#20c997', '#044d3b'] },
    },
    series: [{ type: 'heatmap', data: cells.map(([at, row, value]) => [at, row, Math.sqrt(value), value]) }],
  };
}
