/** Those of `CHARTS_OF_TIME` have time along the bottom. */
const CHARTS_OF_TIME = ['stacked', 'lines', 'shares', 'bars', 'heatmap'] as const;
const PAIR_CHARTS = ['sankey', 'matrix'] as const;
export const CHARTS = [...CHARTS_OF_TIME, ...PAIR_CHARTS] as const;
export type PairChart = (typeof PAIR_CHARTS)[number];
export type ChartKind = (typeof CHARTS)[number];

export function isPairChart(kind: ChartKind): kind is PairChart {
  return (PAIR_CHARTS as readonly string[]).includes(kind);
}
