import { Group, NativeSelect, SegmentedControl, Stack, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { vocabulary } from '../api/answers.ts';
import { useView } from '../app/use-view.ts';
import { CHARTS, type ChartKind } from '../app/view.ts';
import { Dimensions } from '../parts/dimensions.tsx';
import { PairPanel } from '../parts/pair-panel.tsx';
import { TimePanel } from '../parts/time-panel.tsx';

const HEIGHT = 340;
const MOST_DIMENSIONS = 4;
const TOPS = [5, 10, 20, 50];
const DEFAULTS = { by: 'application', metric: 'bps', top: 10, chart: 'stacked' } as const;

/** Any question: by what, which figure, how many groups; over time or from one to the other as a chart, and as a table with what the chart cannot say. */
export function ExplorePage() {
  const { view } = useView();
  const { by, metric, top, chart } = { ...DEFAULTS, ...view };
  const dimensions = useMemo(() => by.split(',').filter((name) => name !== ''), [by]);
  const shown = { dimensions, metric, top, height: HEIGHT };
  const title = `${metric} by ${dimensions.join(', ')}`;
  return (
    <Stack gap={8}>
      <Question dimensions={dimensions} metric={metric} top={top} chart={chart} />
      {chart === 'sankey' || chart === 'matrix' ? (
        <PairPanel {...shown} kind={chart} />
      ) : (
        <TimePanel {...shown} title={title} kind={chart} hasBefore={view.before === 'yes'} hasTable />
      )}
    </Stack>
  );
}

interface QuestionProps {
  readonly dimensions: readonly string[];
  readonly metric: string;
  readonly top: number;
  readonly chart: ChartKind;
}

/** What is asked; all of it is in the address. */
function Question({ dimensions, metric, top, chart }: QuestionProps) {
  const { view, change } = useView();
  const { data: words } = useQuery(vocabulary());
  const metrics = words?.metrics.map(({ name, unit }) => ({
    value: name,
    label: unit === null || unit === name ? name : `${name} (${unit})`,
  }));
  return (
    <Group gap={8} align="center">
      <Dimensions
        chosen={dimensions}
        all={words?.dimensions.map(({ name }) => name) ?? []}
        most={MOST_DIMENSIONS}
        onChange={(names) => change({ by: names.join(',') })}
      />
      <NativeSelect
        size="xs"
        aria-label="Metric"
        value={metric}
        data={metrics?.some(({ value }) => value === metric) ? metrics : [metric, ...(metrics ?? [])]}
        onChange={({ currentTarget }) => change({ metric: currentTarget.value })}
      />
      <NativeSelect
        size="xs"
        aria-label="Groups"
        value={String(top)}
        data={[...new Set([...TOPS, top])]
          .sort((a, b) => a - b)
          .map((n) => ({ value: String(n), label: `${n} groups` }))}
        onChange={({ currentTarget }) => change({ top: Number(currentTarget.value) })}
      />
      <SegmentedControl
        size="xs"
        aria-label="Chart"
        value={chart}
        data={[...CHARTS]}
        onChange={(kind) => change({ chart: kind as ChartKind })}
        style={{ maxWidth: '100%', overflowX: 'auto' }}
      />
      <Switch
        size="xs"
        label="period before"
        checked={view.before === 'yes'}
        onChange={({ currentTarget }) => change({ before: currentTarget.checked ? 'yes' : undefined })}
      />
    </Group>
  );
}
