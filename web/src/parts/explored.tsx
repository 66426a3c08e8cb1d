import { useMemo } from 'react';
import type { ChartKind } from '../../../src/chart/index.ts';
import { useView } from '../app/use-view.ts';
import { PairPanel } from './pair-panel.tsx';
import { TimePanel } from './time-panel.tsx';

const DEFAULTS = { by: 'application', metric: 'bps', top: 10, chart: 'stacked' } as const;

interface ExploredQuestion {
  readonly dimensions: readonly string[];
  readonly metric: string;
  readonly top: number;
  readonly chart: ChartKind;
}

/** What the view explores. */
export function useExplored(): ExploredQuestion {
  const { by, metric, top, chart } = { ...DEFAULTS, ...useView().view };
  const dimensions = useMemo(() => by.split(',').filter((name) => name !== ''), [by]);
  return { dimensions, metric, top, chart };
}

/** What the view explores, drawn. */
export function Explored({ height, hasTable = false }: { height: number; hasTable?: boolean }) {
  const { view } = useView();
  const { dimensions, metric, top, chart } = useExplored();
  const shown = { dimensions, metric, top, height };
  if (chart === 'sankey' || chart === 'matrix') return <PairPanel {...shown} kind={chart} />;
  const title = `${metric} by ${dimensions.join(', ')}`;
  return <TimePanel {...shown} title={title} kind={chart} hasBefore={view.before === 'yes'} hasTable={hasTable} />;
}
