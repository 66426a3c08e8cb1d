import { Text, useComputedColorScheme } from '@mantine/core';
import { type ReactNode, useMemo } from 'react';
import { GRAPH_HEIGHT, hostsGraphOption, readHostsGraph, short, stepOf } from '../../../src/chart/index.ts';
import { answerTo } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { Chart } from './chart.tsx';
import { NothingHere } from './nothing-here.tsx';
import { Panel } from './panel.tsx';

/** The step for which history keeps who took part, at least. */
const LEAST_STEP_MS = 300_000;
const hosts = (value: number) => `${short(value)}hosts`;

/** Hosts here that were sent to across the border less those that sent: a scan stands out, whatever it weighs. */
export function HostsGraphPanel({ right }: { right: ReactNode }) {
  const { range, asked, change } = useView();
  const isDark = useComputedColorScheme('light') === 'dark';
  const every = Math.max(LEAST_STEP_MS, stepOf(range));
  const answer = useAnswer(answerTo({ ...asked, by: [], metrics: ['hosts_in', 'hosts_out'], every }, refetchMs(range)));
  const { data } = answer;
  const graph = useMemo(() => (data === undefined ? null : readHostsGraph(data)), [data]);
  const option = useMemo(
    () => (graph === null ? {} : hostsGraphOption(graph, { isDark, format: hosts })),
    [graph, isDark],
  );
  const largest = Math.max(0, ...(graph?.difference ?? []).map((n) => n ?? 0));
  return (
    <Panel
      title="Hosts: in less out"
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
            label={`Hosts here that were sent to from outside, less those that sent; largest: ${hosts(largest)}`}
            onBrush={(from, to) => change({ from, to, last: undefined })}
          />
          <Text size="xs" c="dimmed" px={8}>
            Far above 0: many addresses here were tried and few answered. Far below: many hosts here send to where
            nothing comes back from.
          </Text>
        </>
      )}
    </Panel>
  );
}
