/**
 * chart: what answers look like: series, colours, words of values, and options of charts for the library that draws.
 * In: answers of the query model. Out: plain options, which the dashboard draws on a canvas and the node into a file. Must not draw, ask, or know of pages.
 */

export { type AnsweredGraph, drawnGraph, flowGraphNote } from './answered-graph.ts';
export { allAs, bothWaysOption } from './both-ways-option.ts';
export { type CellColumn, cellText, isNumber } from './cells.ts';
export { CHARTS, type ChartKind, isPairChart } from './chart-kinds.ts';
export { NOT_KNOWN, OTHERS } from './chart-looks.ts';
export { DEFAULT_LAST, lastMs, MOST_GROUPS, stepOf } from './chart-time.ts';
export { millisText, minuteText, offsetText, rangeText, secondText } from './clock.ts';
export {
  type FlowGraph,
  type Layer,
  largestOf,
  readFlowGraph,
  readHostsGraph,
  readPeaks,
  type Side,
} from './flow-graph-data.ts';
export { flowGraphOption, hostsGraphOption } from './flow-graph-option.ts';
export { bitRate, bytes, numberOf, percentOf, short } from './format.ts';
export { DEFAULT_GRAPH, GRAPH_HEIGHT, GRAPH_METRICS, type GraphMetric, HOSTS } from './graph-metrics.ts';
export { type AnswerNames, exporterOf, groupText, valueText } from './group-text.ts';
export { heatmapOption, shadedCells } from './heatmap-option.ts';
export { amountOf, formatOf } from './metric-text.ts';
export { matrixOption, sankeyOption, waysOf } from './pair-options.ts';
export { type Series, type SeriesOfTime, seriesOf, summaryOf } from './series.ts';
export { BEFORE, seriesOption } from './series-option.ts';
export { gapsOf } from './time-axes.ts';
