import { Group, NativeSelect, SegmentedControl, Stack, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CHARTS, type ChartKind } from '../../../src/chart/index.ts';
import { vocabulary } from '../api/answers.ts';
import { useView } from '../app/use-view.ts';
import { Dimensions } from '../parts/dimensions.tsx';
import { Explored, useExplored } from '../parts/explored.tsx';

const HEIGHT = 340;
const MOST_DIMENSIONS = 4;
const TOPS = [5, 10, 20, 50];

/** Any question: by what, which figure, how many groups; over time or from one to the other as a chart, and as a table with what the chart cannot say. */
export function ExplorePage() {
  return (
    <Stack gap={8}>
      <Question {...useExplored()} />
      <Explored height={HEIGHT} hasTable />
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
