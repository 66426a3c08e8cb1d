import { Text, useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import { bitRate, formatOf, type SeriesOfTime, seriesOf, seriesOption, stepOf } from '../../../src/chart/index.ts';
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
const WAYS = ['out', 'in'] as const;

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
    const format = formatOf(out.data, METRIC);
    const ways = waysOf(seriesOf(out.data, NOTHING, METRIC, 0), seriesOf(into.data, NOTHING, METRIC, 0));
    const nameOf = (group: readonly string[]) => group.join('');
    const text = (value: number) => format(Math.abs(value));
    return seriesOption(ways, { isDark, kind: 'stacked', format: text, nameOf, colourName: nameOf });
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

/** Both ways as series on the two sides of the axis. */
function waysOf(out: SeriesOfTime, into: SeriesOfTime): SeriesOfTime {
  const values: Readonly<Record<(typeof WAYS)[number], readonly (number | null)[]>> = {
    out: out.total,
    in: into.total.map((value) => (value === null ? null : -value)),
  };
  const series = WAYS.map((way) => ({
    group: [way],
    values: values[way],
    sum: values[way].reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0),
  }));
  return { ...out, series, rest: null };
}
