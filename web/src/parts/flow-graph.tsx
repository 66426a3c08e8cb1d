import { useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { answerTo } from '../api/answers.ts';
import { bitRate } from '../app/format.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs, stepOf } from '../app/view.ts';
import { Chart } from './chart.tsx';
import { flowGraphOption, readFlowGraph } from './flow-graph-option.ts';
import { Panel } from './panel.tsx';

const HEIGHT = 320;

/** Traffic out above the axis and in below it, stacked by category, as FlowScan drew it. */
export function FlowGraph() {
  const { range, asked, change } = useView();
  const isDark = useComputedColorScheme('light') === 'dark';
  const every = stepOf(range);
  const question = {
    ...asked,
    ...{ by: ['category', 'direction'], metrics: ['bytes'], every, limit: 100 },
  };
  const answer = useQuery(answerTo(question, refetchMs(range)));
  const { data } = answer;
  const graph = useMemo(() => (data === undefined ? null : readFlowGraph(data)), [data]);
  const option = useMemo(() => (graph === null ? {} : flowGraphOption(graph, isDark)), [graph, isDark]);
  return (
    <Panel
      title={graph?.hasSides === false ? 'Traffic' : 'Traffic: out above, in below'}
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty="Nothing was recorded in this range. Choose a longer one, or send flows to this node as said below."
    >
      {() => (
        <Chart
          option={option}
          height={HEIGHT}
          label={`Traffic by category; largest: ${bitRate(graph?.peak ?? 0)}`}
          onBrush={(from, to) => change({ from, to, last: undefined })}
        />
      )}
    </Panel>
  );
}
