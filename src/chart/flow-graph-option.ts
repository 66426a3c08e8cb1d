import type { EChartsCoreOption } from 'echarts/core';
import { chartColours, legendOf } from './chart-looks.ts';
import { colourOf } from './colours.ts';
import type { FlowGraph, HostsGraph, Peaks } from './flow-graph-data.ts';
import { peakScale } from './peak-scale.ts';
import { gapsOf, shade, steps, timeAxes } from './time-axes.ts';

interface Looks {
  readonly isDark: boolean;
  readonly format: (value: number) => string;
}

export const PEAK_NAME = 'largest minute';

/** Out above the axis and in below, stacked by category; the largest minute of each step as a line over the mean. */
export function flowGraphOption(graph: FlowGraph, peaks: Peaks | null, { isDark, format }: Looks): EChartsCoreOption {
  const { times, layers, measured, stepMs } = graph;
  const { ink } = chartColours(isDark);
  const axes = timeAxes({ isDark, stepMs, format: (value) => format(Math.abs(value)) });
  const gaps = shade(gapsOf(times, stepMs, measured), isDark);
  const names = [...new Set(layers.map(({ category }) => category))];
  const sides = graph.hasSides ? (['out', 'in'] as const) : (['out'] as const);
  const lines = peaks === null ? [] : sides.map((side) => ({ name: PEAK_NAME, rates: peaks[side] }));
  const { min, max } = peakScale(graph, peaks);
  return {
    ...axes,
    yAxis: { ...axes.yAxis, min, max },
    legend: { ...legendOf(isDark), data: [...names, ...(lines.length > 0 ? [PEAK_NAME] : [])] },
    series: [
      ...layers.map(({ category, side, rates }, i) => ({
        ...{ name: category, type: 'line', stack: side, symbol: 'none' },
        lineStyle: { width: 0 },
        itemStyle: { color: colourOf(category, isDark) },
        areaStyle: { opacity: 0.9 },
        data: steps(times, stepMs, rates),
        ...(i === 0 ? gaps : {}),
      })),
      ...lines.map(({ name, rates }) => ({
        ...{ name, type: 'line', symbol: 'none', z: 4 },
        lineStyle: { width: 1, color: ink },
        itemStyle: { color: ink },
        data: steps(times, stepMs, rates),
      })),
    ],
  };
}

/** Hosts in less hosts out as an area, and both as lines. */
export function hostsGraphOption(graph: HostsGraph, { isDark, format }: Looks): EChartsCoreOption {
  const { times, stepMs, measured, hostsIn, hostsOut, difference } = graph;
  const series = [
    { name: 'in − out', values: difference, colour: colourOf('Web', isDark), isArea: true },
    { name: 'hosts in', values: hostsIn, colour: colourOf('Email', isDark), isArea: false },
    { name: 'hosts out', values: hostsOut, colour: colourOf('Files', isDark), isArea: false },
  ];
  return {
    ...timeAxes({ isDark, stepMs, format }),
    legend: legendOf(isDark),
    series: series.map(({ name, values, colour, isArea }, i) => ({
      ...{ name, type: 'line', symbol: 'none' },
      lineStyle: { width: 1, color: colour },
      itemStyle: { color: colour },
      ...(isArea ? { areaStyle: { opacity: 0.5 } } : {}),
      data: steps(times, stepMs, values),
      ...(i === 0 ? shade(gapsOf(times, stepMs, measured), isDark) : {}),
    })),
  };
}
