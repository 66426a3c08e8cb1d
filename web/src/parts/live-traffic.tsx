import { Box, Group, SimpleGrid, Table, Text, Title, useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import { bitRate, bytes, flowGraphOption, GRAPH_METRICS, secondText, short } from '../../../src/chart/index.ts';
import type { FlowSecondLine } from '../../../src/server/index.ts';
import { SHOWN_SECONDS, useSeconds } from '../api/use-seconds.ts';
import { useView } from '../app/use-view.ts';
import { Chart } from './chart.tsx';
import { liveGraph, ratesOf, worthOf } from './live-graph.ts';
import { ValueMenu } from './value-menu.tsx';

const HEIGHT = 180;
/** Seconds of which the mean is shown: exporters tell their flows in bursts. */
const MEAN_SECONDS = 10;
const FEWEST_SECONDS = 60;

/** What exporters tell, second by second as it arrives. */
export function LiveTraffic() {
  const { view } = useView();
  const isDark = useComputedColorScheme('light') === 'dark';
  const { seconds, problem } = useSeconds(view.filter ?? '');
  const metric = GRAPH_METRICS.find(({ name }) => name === view.metric) ?? GRAPH_METRICS[0]!;
  const graph = useMemo(() => liveGraph(seconds, shownOf(seconds), metric), [seconds, metric]);
  const option = useMemo(
    () => flowGraphOption(graph, null, { isDark, format: metric.format }),
    [graph, isDark, metric],
  );
  const { bps, pps, fps } = ratesOf(seconds, MEAN_SECONDS);
  const second = seconds.at(-1);
  const isEmpty = graph.layers.length === 0;
  return (
    <Box className="panel" component="section" aria-label="Arriving now">
      <Group justify="space-between" px={8} py={6}>
        <Title order={2}>Arriving now</Title>
        {second !== undefined && problem === null && (
          <Text size="xs" className="number" data-testid="live-rates" title={`Mean of ${MEAN_SECONDS} s`}>
            {bitRate(bps)} · {short(pps)}packets/s · {short(fps)}flows/s
          </Text>
        )}
      </Group>
      {second !== undefined && problem !== null && (
        <Text size="sm" c="red" px={8} pb={4} role="alert">
          No second has come since {secondText(second.to)}: {problem}
        </Text>
      )}
      {second === undefined || isEmpty ? (
        <Text size="sm" c="dimmed" px={8} py="md">
          {second === undefined
            ? (problem ?? 'Waiting for the first second.')
            : 'Nothing has arrived since this page was opened.'}
        </Text>
      ) : (
        <>
          <Chart
            option={option}
            height={HEIGHT}
            label={`What arrived in each second of the last 5 minutes, by category; largest: ${metric.format(graph.largest)}`}
          />
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={0}>
            <Talkers title="Talkers, now" second={second} by="src_addr" />
            <Talkers title="Destinations, now" second={second} by="dst_addr" />
          </SimpleGrid>
        </>
      )}
      {second !== undefined && !isEmpty && problem === null && (
        <Text className="strip" px={8} py={4}>
          {[
            ...worthOf(seconds),
            'an exporter tells a flow when it ends: its bytes are in the second in which it was told',
          ].join(' · ')}
        </Text>
      )}
    </Box>
  );
}

/** The width of the graph in seconds: it grows with what is known. */
function shownOf(seconds: readonly FlowSecondLine[]): number {
  const [first, last] = [seconds[0], seconds.at(-1)];
  const known = first && last ? Math.round((last.to - first.from) / 1_000) : 0;
  return Math.min(SHOWN_SECONDS, Math.max(FEWEST_SECONDS, known));
}

const ROWS = 5;

interface TalkersProps {
  readonly title: string;
  readonly second: FlowSecondLine;
  readonly by: 'src_addr' | 'dst_addr';
}

/** The largest of the newest second; as many lines in each, so that nothing below moves. */
function Talkers({ title, second, by }: TalkersProps) {
  const groups = second.by[by]?.groups ?? [];
  return (
    <Table aria-label={title}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{title}</Table.Th>
          <Table.Th className="number">bytes</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {Array.from({ length: ROWS }, (_, i) => groups[i]).map((group, i) => (
          // What is done with a value is done with that one, whatever its rank is by then.
          <Table.Tr key={group?.value ?? `rank ${i}`}>
            <Table.Td className="value">
              {group === undefined ? (
                '\u00a0'
              ) : group.value === null ? (
                <em>not known</em>
              ) : (
                <ValueMenu column={by} value={group.value} />
              )}
            </Table.Td>
            <Table.Td className="number">{group === undefined ? '' : bytes(group.bytes)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
