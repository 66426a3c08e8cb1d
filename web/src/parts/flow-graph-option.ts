import type { EChartsCoreOption } from 'echarts/core';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { colourOf } from '../app/colours.ts';
import { bitRate, numberOf } from '../app/format.ts';

export interface FlowGraph {
  /** Starts of the buckets, ms since 1970. */
  readonly times: readonly number[];
  readonly stepMs: number;
  /** Bits per second by bucket; those in are below 0. The largest categories first. */
  readonly layers: readonly { readonly category: string; readonly side: 'out' | 'in'; readonly rates: number[] }[];
  /** False where the node does not know its home networks: all is drawn above the axis. */
  readonly hasSides: boolean;
  /** Share of each bucket that was measured, 0..1. */
  readonly measured: readonly number[];
  readonly peak: number;
}

/** What is said to have no direction of less than this share of the traffic is left to tables. */
const SIDES_FROM = 0.01;

/** The graph of an answer by time, category and direction, of bytes. */
export function readFlowGraph({ columns, rows, buckets = [], plan }: QueryAnswer): FlowGraph {
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [time, category, direction, amount] = [at('time'), at('category'), at('direction'), at('bytes')];
  const stepMs = plan.bucket_ms ?? 60_000;
  const times = buckets.map((bucket) => bucket.time);
  const indexes = new Map(times.map((t, i) => [t, i]));
  const sums = { all: 0, sided: 0 };
  for (const row of rows) {
    sums.all += numberOf(row[amount]);
    if (row[direction] === 'in' || row[direction] === 'out') sums.sided += numberOf(row[amount]);
  }
  const hasSides = sums.sided > SIDES_FROM * sums.all;
  const layers = new Map<string, { category: string; side: 'out' | 'in'; rates: number[]; sum: number }>();
  for (const row of rows) {
    const i = indexes.get(Number(row[time]));
    if (i === undefined || (hasSides && row[direction] !== 'in' && row[direction] !== 'out')) continue;
    const side = hasSides && row[direction] === 'in' ? 'in' : 'out';
    const name = String(row[category] ?? 'Unknown');
    const key = `${side} ${name}`;
    const layer = layers.get(key) ?? { category: name, side, rates: times.map(() => 0), sum: 0 };
    const rate = (numberOf(row[amount]) * 8_000) / stepMs;
    layer.rates[i]! += side === 'in' ? -rate : rate;
    layer.sum += rate;
    layers.set(key, layer);
  }
  const sorted = [...layers.values()].sort((a, b) => b.sum - a.sum);
  const peak = Math.max(0, ...times.map((_, i) => sorted.reduce((sum, l) => sum + Math.max(0, l.rates[i]!), 0)));
  return { times, stepMs, layers: sorted, hasSides, measured: buckets.map((bucket) => bucket.measured), peak };
}

/** Buckets of which so little was measured are shaded. */
const WHOLE = 0.999;

export function flowGraphOption(graph: FlowGraph, isDark: boolean): EChartsCoreOption {
  const { times, layers, measured, stepMs } = graph;
  const ink = isDark ? '#c1c2c5' : '#495057';
  const line = isDark ? '#373a40' : '#e9ecef';
  const gaps = times.flatMap((time, i) =>
    (measured[i] ?? 1) < WHOLE ? [[{ xAxis: time }, { xAxis: time + stepMs }]] : [],
  );
  return {
    grid: { left: 8, right: 12, top: 36, bottom: 8, containLabel: true },
    legend: {
      ...{ type: 'scroll', top: 4, left: 8, itemWidth: 10, itemHeight: 10, icon: 'roundRect' },
      textStyle: { color: ink, fontSize: 12 },
      data: [...new Set(layers.map(({ category }) => category))],
    },
    tooltip: {
      ...{ trigger: 'axis', renderMode: 'richText', confine: true, order: 'valueDesc' },
      valueFormatter: (value: unknown) => bitRate(Math.abs(Number(value))),
    },
    brush: { toolbox: [], xAxisIndex: 0, brushStyle: { color: isDark ? '#ffffff22' : '#00000014', borderWidth: 0 } },
    xAxis: { type: 'time', axisLabel: { color: ink }, axisLine: { lineStyle: { color: line } } },
    yAxis: {
      type: 'value',
      axisLabel: { color: ink, formatter: (value: number) => bitRate(Math.abs(value)) },
      splitLine: { lineStyle: { color: line } },
    },
    series: layers.map(({ category, side, rates }, i) => ({
      ...{ name: category, type: 'line', stack: side, step: 'end', symbol: 'none' },
      lineStyle: { width: 0 },
      itemStyle: { color: colourOf(category, isDark) },
      areaStyle: { opacity: 0.9 },
      data: times.map((time, at) => [time, rates[at]]),
      ...(i === 0 && gaps.length > 0
        ? { markArea: { silent: true, itemStyle: { color: isDark ? '#ffffff14' : '#00000010' }, data: gaps } }
        : {}),
    })),
  };
}
