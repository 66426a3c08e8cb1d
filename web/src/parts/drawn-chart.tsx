import { useComputedColorScheme } from '@mantine/core';
import { BarChart, LineChart } from 'echarts/charts';
import {
  BrushComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

use([
  BarChart,
  LineChart,
  GridComponent,
  TooltipComponent,
  LegendComponent,
  MarkAreaComponent,
  BrushComponent,
  // Of the heat map, whose own code comes when it is asked for: what colours cells does nothing where it comes after the first chart was drawn.
  VisualMapContinuousComponent,
  CanvasRenderer,
]);

export interface DrawnChartProps {
  readonly option: EChartsCoreOption;
  /** A range of time was marked, ms since 1970. */
  readonly onBrush?: (from: number, to: number) => void;
}

interface BrushEnd {
  readonly areas: readonly { readonly coordRange: readonly [number, number] }[];
}

/** Draws it (chart.tsx). */
export function DrawnChart({ option, onBrush }: DrawnChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof init>>(undefined);
  const brush = useRef(onBrush);
  brush.current = onBrush;
  const hasBrush = onBrush !== undefined;
  const scheme = useComputedColorScheme('light');

  useEffect(() => {
    const made = init(place.current!, null, { renderer: 'canvas' });
    chart.current = made;
    made.on('brushEnd', (event) => {
      const [from, to] = (event as BrushEnd).areas[0]?.coordRange ?? [];
      made.dispatchAction({ type: 'brush', areas: [] });
      if (from !== undefined && to !== undefined) brush.current?.(Math.floor(from), Math.ceil(to));
    });
    const seen = new ResizeObserver(() => made.resize());
    seen.observe(place.current!);
    return () => {
      seen.disconnect();
      made.dispose();
    };
  }, []);

  useEffect(() => {
    const isDark = scheme === 'dark';
    chart.current!.setOption(
      { animation: false, textStyle: { fontFamily: 'inherit' }, darkMode: isDark, ...option },
      true,
    );
    if (!hasBrush) return;
    chart.current!.dispatchAction({
      type: 'takeGlobalCursor',
      key: 'brush',
      brushOption: { brushType: 'lineX', brushMode: 'single' },
    });
  }, [option, scheme, hasBrush]);

  return <div ref={place} style={{ height: '100%' }} />;
}
