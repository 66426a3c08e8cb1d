import { Group, MultiSelect, NativeSelect, SegmentedControl, Stack, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { answerTo, vocabulary } from '../api/answers.ts';
import { useView } from '../app/use-view.ts';
import { CHARTS, type ChartKind, refetchMs, stepOf } from '../app/view.ts';
import { cellText } from '../parts/cells.ts';
import { Chart } from '../parts/chart.tsx';
import { GroupTable } from '../parts/group-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { seriesOf } from '../parts/series.ts';
import { seriesOption } from '../parts/series-option.ts';

const HEIGHT = 340;
const MOST_DIMENSIONS = 4;
const TOPS = [5, 10, 20, 50];
const DEFAULTS = { by: 'application', metric: 'bps', top: 10, chart: 'stacked' } as const;

/** Any question: by what, which figure, how many groups; over time as a chart, and as a table with what the chart cannot say. */
export function ExplorePage() {
  const { range, view, change, addCondition } = useView();
  const { by, metric, top, chart } = { ...DEFAULTS, ...view };
  const dimensions = by.split(',').filter((name) => name !== '');
  const isDark = useComputedColorScheme('light') === 'dark';
  const { data: words } = useQuery(vocabulary());
  const question = {
    from: range.from,
    to: range.to,
    filter: view.filter ?? '',
    by: dimensions,
    metrics: [metric],
    limit: top,
  };
  const answer = useQuery(answerTo({ ...question, every: stepOf(range) }, refetchMs(range)));
  const { data } = answer;
  const ofTime = useMemo(() => (data === undefined ? null : seriesOf(data, metric)), [data, metric]);
  const option = useMemo(() => {
    if (ofTime === null || data === undefined) return {};
    const column = data.columns.find(({ name }) => name === metric) ?? { name: metric, type: 'number', unit: null };
    const nameOf = (group: readonly string[]) => group.map((value) => value || 'not known').join(' · ');
    return seriesOption(ofTime, { isDark, kind: chart, format: (value) => cellText(value, column), nameOf });
  }, [ofTime, data, metric, isDark, chart]);
  return (
    <Stack gap={8}>
      <Group gap={8} align="end">
        <MultiSelect
          size="xs"
          label="by"
          searchable
          maxValues={MOST_DIMENSIONS}
          value={dimensions}
          data={words?.dimensions.map(({ name }) => name) ?? dimensions}
          onChange={(names) => change({ by: names.join(',') || DEFAULTS.by })}
          style={{ flex: '1 1 16rem' }}
        />
        <NativeSelect
          size="xs"
          label="metric"
          value={metric}
          data={words?.metrics.map(({ name }) => name) ?? [metric]}
          onChange={({ currentTarget }) => change({ metric: currentTarget.value })}
        />
        <NativeSelect
          size="xs"
          label="groups"
          value={String(top)}
          data={[...new Set([...TOPS, top])].sort((a, b) => a - b).map(String)}
          onChange={({ currentTarget }) => change({ top: Number(currentTarget.value) })}
        />
        <SegmentedControl
          size="xs"
          aria-label="chart"
          value={chart}
          data={[...CHARTS]}
          onChange={(kind) => change({ chart: kind as ChartKind })}
        />
      </Group>
      <Panel
        title={`${metric} by ${dimensions.join(', ')}`}
        answer={answer}
        isEmpty={({ rows }) => rows.length === 0}
        empty="Nothing matches in this range."
      >
        {(shown) => (
          <>
            <Chart
              option={option}
              height={HEIGHT}
              label={`${metric} by ${dimensions.join(', ')} over time`}
              onBrush={(from, to) => change({ from, to, last: undefined })}
            />
            {ofTime && (
              <GroupTable
                ofTime={ofTime}
                dimensions={dimensions}
                answer={shown}
                metric={metric}
                choose={addCondition}
              />
            )}
          </>
        )}
      </Panel>
    </Stack>
  );
}
