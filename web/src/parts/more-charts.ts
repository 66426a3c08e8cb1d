import { HeatmapChart, SankeyChart } from 'echarts/charts';
import { use } from 'echarts/core';

/** Kinds of charts that few pages have: known to the library where a chart asks for them. */
export function withRareCharts(): void {
  use([HeatmapChart, SankeyChart]);
}
