import { Text, useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import { allAs, bitRate, bothWaysOption, formatOf, seriesOf, stepOf } from '../../../src/chart/index.ts';
import { bothFilters } from '../../../src/filter/index.ts';
import { answerTo } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { Chart } from './chart.tsx';
import { type InterfaceLine, interfaceText, sideOf } from './interface-line.ts';
import { Panel } from './panel.tsx';

const METRIC = 'bps';
const NOTHING: readonly string[] = [];

/** What went out of an interface above the axis, and what came in below it. */
export function InterfaceGraph({ line, height }: { line: InterfaceLine; height: number }) {
  const { range, asked, change } = useView();
  const isDark = useComputedColorScheme('light') === 'dark';
  const every = stepOf(range);
  const question = (way: 'in' | 'out') =>
    answerTo(
      { ...asked, filter: bothFilters(asked.filter, sideOf(line, way)), metrics: [METRIC], every },
      refetchMs(range),
    );
  const out = useAnswer(question('out'));
  const into = useAnswer(question('in'));
  const option = useMemo(() => {
    if (out.data === undefined || into.data === undefined) return {};
    const [above, below] = [out.data, into.data].map((data) => seriesOf(data, NOTHING, METRIC, 0));
    const nameOf = (group: readonly string[]) => group.join('');
    const looks = { isDark, format: formatOf(out.data, METRIC), nameOf, words: ['', ''] as const };
    return bothWaysOption(allAs('out', above!), allAs('in', below!), looks);
  }, [out.data, into.data, isDark]);
  const title = `${interfaceText(line)}: out above, in below`;
  const failed = out.error === null ? into : out;
  return (
    <Panel title={title} answer={failed} isEmpty={() => false} empty={null}>
      {() => (
        <>
          <Chart
            option={option}
            height={height}
            label={`${title} over time`}
            onBrush={(from, to) => change({ from, to, last: undefined })}
          />
          <Text size="xs" c="dimmed" px={8} py={4}>
            {line.speed === null
              ? 'Speed not known: no share of it can be told. It comes from the exporter, from SNMP, or from exporters in weir.yaml.'
              : `Speed: ${bitRate(line.speed)}.`}
          </Text>
        </>
      )}
    </Panel>
  );
}
