import { chartColours, tooltipOf } from './chart-looks.ts';
import { secondText } from './clock.ts';

/** What graphs over time have in common: their axes, and what was not measured. */
interface AxesOptions {
  readonly isDark: boolean;
  readonly stepMs: number;
  readonly format: (value: number) => string;
}

/** Buckets of which less was measured are shaded. */
const WHOLE = 0.999;

/** Where a day begins stands which: a number alone would be taken for an hour. */
const LABELS = { month: '{MMM} {d}', day: '{ee} {d}' };

export function timeAxis(isDark: boolean, stepMs: number) {
  const { ink, line } = chartColours(isDark);
  // Of a bucket its beginning, wherever in it is pointed at.
  const beginning = ({ value }: { value: unknown }) => secondText(Math.floor(Number(value) / stepMs) * stepMs);
  return {
    type: 'time',
    axisPointer: { label: { formatter: beginning } },
    axisLabel: { color: ink, formatter: LABELS, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
  } as const;
}

export function timeAxes({ isDark, stepMs, format }: AxesOptions) {
  const { ink, line } = chartColours(isDark);
  return {
    grid: { left: 8, right: 12, top: 36, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: tooltipOf(isDark, (value) => (value === null ? 'not measured' : format(value))),
    brush: { toolbox: [], xAxisIndex: 0, brushStyle: { color: isDark ? '#ffffff22' : '#00000014', borderWidth: 0 } },
    xAxis: timeAxis(isDark, stepMs),
    yAxis: {
      type: 'value',
      axisLabel: { color: ink, formatter: format },
      splitLine: { lineStyle: { color: line } },
    },
  } as const;
}

/** Ranges in which something was not measured: neighbours are one. */
export function gapsOf(times: readonly number[], stepMs: number, measured: readonly number[]): [number, number][] {
  const gaps: [number, number][] = [];
  for (const [i, time] of times.entries()) {
    if ((measured[i] ?? 1) >= WHOLE) continue;
    const last = gaps.at(-1);
    if (last?.[1] === time) last[1] = time + stepMs;
    else gaps.push([time, time + stepMs]);
  }
  return gaps;
}

/** Of one series: the shade behind what was not measured. */
export function shade(gaps: readonly (readonly [number, number])[], isDark: boolean) {
  if (gaps.length === 0) return {};
  const data = gaps.map(([from, to]) => [{ xAxis: from }, { xAxis: to }]);
  return { markArea: { silent: true, itemStyle: { color: isDark ? '#ffffff14' : '#00000010' }, data } };
}

/**
 * Points of a line of steps: a value holds from the start of its bucket to its end. The end is a point of its own, a millisecond before the next one begins: ECharts' own steps leave slivers
 * between areas on each other, and tell who points at the second half of a bucket the value of the next.
 */
export function steps(
  times: readonly number[],
  stepMs: number,
  values: readonly (number | null)[],
): [number, number | null][] {
  return times.flatMap((time, i): [number, number | null][] => {
    const value = values[i] ?? null;
    return [
      [time, value],
      [time + stepMs - 1, value],
    ];
  });
}
