import type { EChartsCoreOption } from 'echarts/core';
import type { QueryAnswer } from '../query/index.ts';
import type { ChartKind, PairChart } from './chart-kinds.ts';
import { type FlowGraph, type Peaks, readFlowGraph, readHostsGraph, readPeaks } from './flow-graph-data.ts';
import { flowGraphOption, hostsGraphOption } from './flow-graph-option.ts';
import { percentOf, short } from './format.ts';
import { GRAPH_METRICS, type GraphMetric } from './graph-metrics.ts';
import { groupText } from './group-text.ts';
import { heatmapOption } from './heatmap-option.ts';
import { formatOf } from './metric-text.ts';
import { matrixOption, sankeyOption, waysOf } from './pair-options.ts';
import { cutNote, peakScale } from './peak-scale.ts';
import { seriesOf, type TimeAnswer } from './series.ts';
import { seriesOption } from './series-option.ts';

/** What is drawn, with the answers to its questions: data only, so that it can go to another thread. */
export type AnsweredGraph =
  /** By time, category and direction; `peaks` by time and direction, null where a bucket is its own largest minute. */
  | { readonly of: 'flows'; readonly metric: string; readonly answer: QueryAnswer; readonly peaks: QueryAnswer | null }
  | { readonly of: 'hosts'; readonly answer: QueryAnswer }
  | {
      readonly of: 'time';
      readonly chart: Exclude<ChartKind, PairChart>;
      readonly by: readonly string[];
      readonly metric: string;
      /** What a group has in a measured bucket without a row of it: a mean has nothing. */
      readonly absent: 0 | null;
      readonly answer: TimeAnswer;
      /** All that matched in as long a time before. */
      readonly before: QueryAnswer | null;
    }
  | {
      readonly of: 'pairs';
      readonly chart: PairChart;
      readonly by: readonly string[];
      readonly metric: string;
      readonly answer: QueryAnswer;
    };

export interface DrawnGraph {
  readonly option: EChartsCoreOption;
  /** What is drawn, in words. */
  readonly shows: string;
  /** What the picture leaves out. */
  readonly note: string | null;
  readonly isEmpty: boolean;
}

interface GraphLooks {
  readonly isDark: boolean;
  /** IANA zone of times that are written as names. */
  readonly timeZone: string;
}

export function drawnGraph(graph: AnsweredGraph, looks: GraphLooks): DrawnGraph {
  const isEmpty = graph.answer.rows.length === 0;
  switch (graph.of) {
    case 'flows':
      return { ...flows(graph, looks), isEmpty };
    case 'hosts': {
      const format = (value: number) => `${short(value)}hosts`;
      const option = hostsGraphOption(readHostsGraph(graph.answer), { ...looks, format });
      return { option, shows: 'Hosts: in less out', note: null, isEmpty };
    }
    case 'time':
      return { option: overTime(graph, looks), shows: shownBy(graph), note: darkest(graph), isEmpty };
    case 'pairs': {
      const { chart, by, metric, answer } = graph;
      const ways = waysOf(answer, by, metric);
      const pairLooks = { ...looks, format: formatOf(answer, metric) };
      const option = chart === 'sankey' ? sankeyOption(ways, pairLooks) : matrixOption(ways, pairLooks);
      const note =
        chart === 'matrix' ? shadeNote(Math.max(0, ...ways.map(({ value }) => value)), pairLooks.format) : null;
      return { option, shows: shownBy(graph), note, isEmpty };
    }
  }
}

/** What shades are worth: nobody can point at one. */
const shadeNote = (most: number, format: (value: number) => string) =>
  `The strongest shade is ${format(most)}; shades follow the square root.`;

function darkest({ chart, by, metric, absent, answer }: AnsweredGraph & { of: 'time' }): string | null {
  if (chart !== 'heatmap') return null;
  const { series, rest } = seriesOf(answer, by, metric, absent);
  const values = [...series, ...(rest ? [rest] : [])].flatMap((s) => s.values.map((value) => value ?? 0));
  return shadeNote(
    values.reduce((most, value) => Math.max(most, value), 0),
    formatOf(answer, metric),
  );
}

const shownBy = ({ metric, by }: { readonly metric: string; readonly by: readonly string[] }) =>
  by.length === 0 ? metric : `${metric} by ${by.join(', ')}`;

function flows(
  { metric: name, answer, peaks }: AnsweredGraph & { of: 'flows' },
  { isDark }: GraphLooks,
): Omit<DrawnGraph, 'isEmpty'> {
  const metric = GRAPH_METRICS.find((m) => m.name === name) ?? GRAPH_METRICS[0]!;
  const graph = readFlowGraph(answer, metric);
  const lines = peaks === null ? null : readPeaks(peaks, metric);
  return {
    option: flowGraphOption(graph, lines, { isDark, format: metric.format }),
    shows: graph.hasSides ? `${metric.title}: out above, in below` : metric.title,
    note: flowGraphNote(graph, lines, metric),
  };
}

/** What the graph leaves out, in words; null where it is nothing. */
export function flowGraphNote(graph: FlowGraph, peaks: Peaks | null, { format }: GraphMetric): string | null {
  const cut = cutNote(peakScale(graph, peaks), graph, format);
  const undrawn =
    graph.notDrawn > 0
      ? `${percentOf(graph.notDrawn, 1)} crosses no border of the home networks and is not drawn.`
      : null;
  return [undrawn, cut].filter((part) => part !== null).join(' ') || null;
}

function overTime(
  { chart, by, metric, absent, answer, before }: AnsweredGraph & { of: 'time' },
  { isDark, timeZone }: GraphLooks,
): EChartsCoreOption {
  const data = seriesOf(answer, by, metric, absent);
  const category = by.indexOf('category');
  const nameOf = groupText(by, answer);
  const colourName = (group: readonly string[]) => (category >= 0 ? group[category] || 'Unknown' : nameOf(group));
  const looks = { isDark, format: formatOf(answer, metric), nameOf, colourName };
  if (chart === 'heatmap') return heatmapOption(data, { ...looks, timeZone });
  return seriesOption(data, {
    ...{ ...looks, kind: chart },
    before: before === null ? undefined : seriesOf(before, [], metric).total,
  });
}
