import { lazy, Suspense } from 'react';
import type { DrawnChartProps } from './drawn-chart.tsx';

/** The library that draws is half of all that the pages need: what is not drawn does not wait for it. */
const DrawnChart = lazy(async () => ({ default: (await import('./drawn-chart.tsx')).DrawnChart }));

/** A chart that takes the width it is given. */
export function Chart({ height, label, ...drawn }: DrawnChartProps & ChartPlace) {
  return (
    <div style={{ height }} role="img" aria-label={label}>
      <Suspense fallback={null}>
        <DrawnChart {...drawn} />
      </Suspense>
    </div>
  );
}

interface ChartPlace {
  readonly height: number;
  /** What it shows, in words, for those who do not see it. */
  readonly label: string;
}
