import type { EChartsCoreOption } from 'echarts/core';
import type { ChartKind } from './chart-kinds.ts';
import { chartColours, legendOf, OTHERS, type ShownText, tooltipOf } from './chart-looks.ts';
import { colourOf, coloursOf } from './colours.ts';
import type { Series, SeriesOfTime } from './series.ts';
import { gapsOf, shade, steps, timeAxis } from './time-axes.ts';

export const BEFORE = 'all, the period before';

export interface Looks extends ShownText {
  readonly isDark: boolean;
  readonly kind: ChartKind;
  /** All that matches, in each bucket of the period before. */
  readonly before?: readonly (number | null)[] | undefined;
}

interface NamedSeries extends Series {
  readonly name: string;
}

/** Series over time as areas on each other, lines, shares of each bucket, or bars. */
export function seriesOption(data: SeriesOfTime, looks: Looks): EChartsCoreOption {
  const { isDark, kind, format, before } = looks;
  const { ink, line } = chartColours(isDark);
  const { series } = data;
  const all = namedSeries(data, looks);
  const text = kind === 'shares' ? (value: number) => `${value.toFixed(1)} %` : format;
  const colours = coloursOf(
    series.map(({ group }) => looks.colourName(group)),
    isDark,
  );
  const drawn = all.map((s, i) => ({
    ...styleOf(kind),
    name: s.name,
    itemStyle: { color: s.name === OTHERS ? colourOf('Other', isDark) : colours.get(looks.colourName(s.group)) },
    data: pointsOf(data, kind === 'shares' ? sharesOf(s.values, all) : s.values, kind),
    ...(i === 0 ? shade(gapsOf(data.times, data.stepMs, data.measured), isDark) : {}),
  }));
  const earlier = before === undefined || kind === 'shares' ? [] : [beforeLine(data, before, ink)];
  return {
    grid: { left: 8, right: 12, top: 36, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    legend: legendOf(isDark),
    tooltip: tooltipOf(isDark, (value) => (value === null ? 'not measured' : text(value))),
    brush: { toolbox: [], xAxisIndex: 0, brushStyle: { color: isDark ? '#ffffff22' : '#00000014', borderWidth: 0 } },
    xAxis: timeAxis(isDark, data.stepMs),
    yAxis: {
      type: 'value',
      ...(kind === 'shares' ? { max: 100 } : {}),
      axisLabel: { color: ink, formatter: text },
      splitLine: { lineStyle: { color: line } },
    },
    series: series.length === 0 && earlier.length === 0 ? [] : [...drawn, ...earlier],
  };
}

export function namedSeries({ series, rest }: SeriesOfTime, { nameOf }: ShownText): NamedSeries[] {
  return [...series.map((s) => ({ ...s, name: nameOf(s.group) })), ...(rest ? [{ ...rest, name: OTHERS }] : [])];
}

function styleOf(kind: ChartKind): object {
  if (kind === 'bars') return { type: 'bar', stack: 'all', barCategoryGap: '10%' };
  const line = { type: 'line', symbol: 'none' };
  if (kind === 'lines') return { ...line, lineStyle: { width: 1.5 } };
  return { ...line, stack: 'all', lineStyle: { width: 0 }, areaStyle: { opacity: 0.9 } };
}

/** Bars stand in the middle of their bucket. */
function pointsOf({ times, stepMs }: SeriesOfTime, values: readonly (number | null)[], kind: ChartKind): object[] {
  return kind === 'bars' ? times.map((time, i) => [time + stepMs / 2, values[i]]) : steps(times, stepMs, values);
}

function sharesOf(values: readonly (number | null)[], all: readonly Series[]): (number | null)[] {
  return values.map((value, i) => {
    const whole = all.reduce((sum, s) => sum + (s.values[i] ?? 0), 0);
    return value === null ? null : whole === 0 ? 0 : (100 * value) / whole;
  });
}

function beforeLine(data: SeriesOfTime, values: readonly (number | null)[], ink: string): object {
  return {
    ...{ name: BEFORE, type: 'line', symbol: 'none', z: 5 },
    lineStyle: { width: 1.5, type: 'dashed', color: ink },
    itemStyle: { color: ink },
    data: pointsOf(data, values, 'lines'),
  };
}
