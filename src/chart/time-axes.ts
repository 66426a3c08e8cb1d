import { chartColours, tooltipOf } from './chart-looks.ts';

/** What graphs over time have in common: their axes, and what was not measured. */
export interface AxesOptions {
  readonly isDark: boolean;
  readonly format: (value: number) => string;
}

/** Buckets of which less was measured are shaded. */
const WHOLE = 0.999;

/** Where a day begins stands which: a number alone would be taken for an hour. */
const LABELS = { month: '{MMM} {d}', day: '{ee} {d}' };

export function timeAxis(isDark: boolean) {
  const { ink, line } = chartColours(isDark);
  return {
    type: 'time',
    axisLabel: { color: ink, formatter: LABELS, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
  } as const;
}

export function timeAxes({ isDark, format }: AxesOptions) {
  const { ink, line } = chartColours(isDark);
  return {
    grid: { left: 8, right: 12, top: 36, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: tooltipOf(isDark, (value) => (value === null ? 'not measured' : format(value))),
    brush: { toolbox: [], xAxisIndex: 0, brushStyle: { color: isDark ? '#ffffff22' : '#00000014', borderWidth: 0 } },
    xAxis: timeAxis(isDark),
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

/** Points of a line of steps; the last step has its width too. */
export function steps(
  times: readonly number[],
  stepMs: number,
  values: readonly (number | null)[],
): [number, number | null][] {
  const points = times.map((time, i): [number, number | null] => [time, values[i] ?? null]);
  const last = times.at(-1);
  return last === undefined ? [] : [...points, [last + stepMs, values.at(-1) ?? null]];
}
