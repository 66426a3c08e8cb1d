import { SegmentedControl, Text, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import {
  DEFAULT_GRAPH,
  flowGraphNote,
  flowGraphOption,
  GRAPH_HEIGHT,
  GRAPH_METRICS,
  type GraphMetric,
  gapsOf,
  HOSTS,
  readFlowGraph,
  readPeaks,
  stepOf,
} from '../../../src/chart/index.ts';
import { answerTo } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { Chart } from './chart.tsx';
import { HostsGraphPanel } from './hosts-graph.tsx';
import { NothingHere } from './nothing-here.tsx';
import { Panel } from './panel.tsx';

/** Categories by direction. */
const MOST_LAYERS = 100;
const MINUTE_MS = 60_000;

/** What FlowScan drew: out above the axis and in below it, stacked by category; flows and hosts as well, so that a flood and a scan are seen. */
export function FlowGraph() {
  const { view, change } = useView();
  const metric = GRAPH_METRICS.find(({ name }) => name === view.metric);
  const chosen = view.metric === HOSTS ? HOSTS : (metric?.name ?? DEFAULT_GRAPH);
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label="What the graph shows"
      value={chosen}
      onChange={(name) => change({ metric: name === DEFAULT_GRAPH ? undefined : name })}
      data={[...GRAPH_METRICS.map(({ name, label }) => ({ value: name, label })), { value: HOSTS, label: 'hosts' }]}
    />
  );
  if (chosen === HOSTS) return <HostsGraphPanel right={choice} />;
  return <RatesPanel metric={metric ?? GRAPH_METRICS[0]!} right={choice} />;
}

function RatesPanel({ metric, right }: { metric: GraphMetric; right: ReactNode }) {
  const { range, asked: flows, change } = useView();
  const isDark = useComputedColorScheme('light') === 'dark';
  const every = stepOf(range);
  const asked = { ...flows, every };
  const answer = useAnswer(
    answerTo({ ...asked, by: ['category', 'direction'], metrics: [metric.mean], limit: MOST_LAYERS }, refetchMs(range)),
  );
  const { data } = answer;
  const graph = useMemo(() => (data === undefined ? null : readFlowGraph(data, metric)), [data, metric]);
  const by = graph?.hasSides === false ? [] : ['direction'];
  // A minute's largest minute is the minute.
  const { data: largest } = useQuery({
    ...answerTo({ ...asked, by, metrics: [metric.peak] }, refetchMs(range)),
    enabled: graph !== null && every > MINUTE_MS,
  });
  const peaks = useMemo(() => {
    const isOfThis = largest?.columns.some(({ name }) => name === metric.peak) === true;
    return isOfThis && every > MINUTE_MS ? readPeaks(largest, metric) : null;
  }, [largest, metric, every]);
  const option = useMemo(
    () => (graph === null ? {} : flowGraphOption(graph, peaks, { isDark, format: metric.format })),
    [graph, peaks, isDark, metric],
  );
  const note = graph === null ? null : flowGraphNote(graph, peaks, metric);
  const gaps = graph === null ? 0 : gapsOf(graph.times, graph.stepMs, graph.measured).length;
  const top = peaks === null ? null : Math.max(0, ...[...peaks.out, ...peaks.in].map((rate) => Math.abs(rate ?? 0)));
  const label = [
    `${metric.title} by category; largest: ${metric.format(graph?.largest ?? 0)}`,
    ...(top === null ? [] : [`largest minute: ${metric.format(top)}`]),
    ...(gaps === 0 ? [] : [`shaded, since not all was measured: ${gaps}`]),
  ].join('; ');
  return (
    <Panel
      title={graph?.hasSides === false ? metric.title : `${metric.title}: out above, in below`}
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={<NothingHere />}
      right={right}
    >
      {() => (
        <>
          <Chart
            option={option}
            height={GRAPH_HEIGHT}
            label={label}
            onBrush={(from, to) => change({ from, to, last: undefined })}
          />
          {note !== null && (
            <Text size="xs" c="dimmed" px={8}>
              {note}
            </Text>
          )}
        </>
      )}
    </Panel>
  );
}
