import { Button, Table, Text, useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import {
  amountOf,
  exporterOf,
  formatOf,
  matrixOption,
  percentOf,
  sankeyOption,
  waysOf,
} from '../../../src/chart/index.ts';
import { answerTo } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { Chart } from './chart.tsx';
import { ExportAnswer } from './export-menu.tsx';
import { NothingHere } from './nothing-here.tsx';
import { Panel } from './panel.tsx';
import { ValueMenu } from './value-menu.tsx';

interface PairPanelProps {
  readonly dimensions: readonly string[];
  readonly metric: string;
  readonly top: number;
  readonly kind: 'sankey' | 'matrix';
  readonly height: number;
}

const PAIR = 'src_addr,dst_addr';

/** Who talks to whom over the whole range: from one dimension to the next. */
export function PairPanel({ dimensions, metric: asRate, top, kind, height }: PairPanelProps) {
  // A rate over a range of which little was measured cannot be said; its amount can, and has the same shares.
  const metric = amountOf(asRate, undefined) ?? asRate;
  const title = `${metric} by ${dimensions.join(', ')}`;
  const { range, asked, change } = useView();
  const isDark = useComputedColorScheme('light') === 'dark';
  const isPair = dimensions.length > 1;
  const question = { ...asked, by: dimensions, metrics: [metric], limit: top };
  const answer = useAnswer({ ...answerTo(question, refetchMs(range)), enabled: isPair });
  const { data } = answer;
  const ways = useMemo(() => (data === undefined ? [] : waysOf(data, dimensions, metric)), [data, dimensions, metric]);
  const option = useMemo(() => {
    if (data === undefined) return {};
    const looks = { isDark, format: formatOf(data, metric) };
    return kind === 'sankey' ? sankeyOption(ways, looks) : matrixOption(ways, looks);
  }, [data, ways, kind, isDark, metric]);
  if (!isPair)
    return (
      <Text size="sm" p={8}>
        Between two dimensions or more.{' '}
        <Button size="compact-sm" variant="default" onClick={() => change({ by: PAIR })}>
          Who talks to whom
        </Button>
      </Text>
    );
  return (
    <Panel
      title={title}
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={<NothingHere />}
      right={data !== undefined && <ExportAnswer title={title} answer={data} />}
    >
      {(shown) => (
        <>
          <Chart option={option} height={height} label={title} />
          <Table aria-label={title} highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                {dimensions.map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
                <Table.Th className="number">{metric}</Table.Th>
                <Table.Th className="number">share</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {ways.map(({ values, names, value }) => (
                <Table.Tr key={JSON.stringify(names)}>
                  {names.map((name, i) => (
                    <Table.Td key={dimensions[i]} className="value">
                      {values === null || values[i] === '' ? (
                        name
                      ) : (
                        <ValueMenu
                          column={dimensions[i]!}
                          value={values[i]!}
                          names={shown}
                          exporter={exporterOf(dimensions, values)}
                        />
                      )}
                    </Table.Td>
                  ))}
                  <Table.Td className="number">{formatOf(shown, metric)(value)}</Table.Td>
                  <Table.Td className="number">{percentOf(value, Number(shown.total[metric] ?? 0))}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
    </Panel>
  );
}
