import { lazy, Suspense } from 'react';
import type { DrawnChartProps } from './drawn-chart.tsx';

/** The library that draws is half of all that the pages need: what is not drawn does not wait for it. */
const DrawnChart = lazy(async () => ({ default: (await import('./drawn-chart.tsx')).DrawnChart }));
/** The same for kinds that few pages have. */
const RareChart = lazy(async () => {
  const [{ DrawnChart: component }, { withRareCharts }] = await Promise.all([
    import('./drawn-chart.tsx'),
    import('./more-charts.ts'),
  ]);
  withRareCharts();
  return { default: component };
});
const RARE = ['heatmap', 'sankey'];

/** A chart that takes the width it is given. */
export function Chart({ height, label, ...drawn }: DrawnChartProps & ChartPlace) {
  const Drawn = isRare(drawn.option) ? RareChart : DrawnChart;
  return (
    <div style={{ height }} role="img" aria-label={label}>
      <Suspense fallback={null}>
        <Drawn {...drawn} />
      </Suspense>
    </div>
  );
}

function isRare({ series }: DrawnChartProps['option']): boolean {
  const all = [series].flat() as readonly ({ readonly type?: string } | undefined)[];
  return all.some((one) => RARE.includes(one?.type ?? ''));
}

interface ChartPlace {
  readonly height: number;
  /** What it shows, in words, for those who do not see it. */
  readonly label: string;
}
