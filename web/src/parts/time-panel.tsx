import { Text, useComputedColorScheme } from '@mantine/core';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import {
  amountOf,
  BEFORE,
  type ChartKind,
  formatOf,
  groupText,
  heatmapOption,
  seriesOf,
  seriesOption,
  stepOf,
} from '../../../src/chart/index.ts';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { answerTo, vocabulary } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { Chart } from './chart.tsx';
import { ExportAnswer } from './export-menu.tsx';
import { GroupTable } from './group-table.tsx';
import { NothingHere } from './nothing-here.tsx';
import { Panel } from './panel.tsx';
import { QualityStrip } from './quality-strip.tsx';

export interface TimePanelProps {
  readonly title: string;
  readonly dimensions: readonly string[];
  readonly metric: string;
  /** Groups that are shown. */
  readonly top: number;
  readonly kind: ChartKind;
  readonly height: number;
  /** With all that matched in the same time before. */
  readonly hasBefore?: boolean;
  readonly hasTable?: boolean;
  readonly right?: ReactNode;
}

/** Groups over time as a chart that takes a range, and what the chart cannot say as a table. */
export function TimePanel(props: TimePanelProps) {
  const { title, dimensions, metric, height, hasBefore = false, hasTable = false, right } = props;
  const { change } = useView();
  const { answer, before, amount, absent, kind } = useTimeAnswers(props);
  const isDark = useComputedColorScheme('light') === 'dark';
  const { data } = answer;
  const ofTime = useMemo(
    () => (data === undefined ? null : seriesOf(data, dimensions, metric, absent)),
    [data, dimensions, metric, absent],
  );
  const option = useMemo(() => {
    if (ofTime === null || data === undefined) return {};
    const nameOf = groupText(dimensions, data);
    const looks = { isDark, kind, format: formatOf(data, metric), nameOf, colourName: colourBy(dimensions, nameOf) };
    if (kind === 'heatmap') return heatmapOption(ofTime, looks);
    const earlier = before.data === undefined ? undefined : seriesOf(before.data, [], metric).total;
    return seriesOption(ofTime, { ...looks, before: earlier });
  }, [ofTime, data, before.data, metric, dimensions, kind, isDark]);
  return (
    <Panel
      title={title}
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={<NothingHere />}
      right={right ?? (data !== undefined && <ExportAnswer title={title} answer={data} />)}
    >
      {(shown) => (
        <>
          <Chart
            option={option}
            height={height}
            label={`${title} over time`}
            {...(kind === 'heatmap' ? {} : { onBrush: (from, to) => change({ from, to, last: undefined }) })}
          />
          {kind !== props.kind && (
            <Text size="xs" c="dimmed" px={8} py={4}>
              {metric} of groups does not add up to that of all: it is drawn as lines.
            </Text>
          )}
          {hasBefore && <Before answer={before} />}
          {hasTable && ofTime && (
            <GroupTable
              label={title}
              ofTime={ofTime}
              amounts={amount === null ? null : amount === metric ? ofTime : seriesOf(shown, dimensions, amount)}
              dimensions={dimensions}
              names={shown}
              format={formatOf(shown, metric)}
              formatAmount={formatOf(shown, amount ?? metric)}
            />
          )}
        </>
      )}
    </Panel>
  );
}

/** Asks by time, and the same of the time before. */
function useTimeAnswers({ dimensions, metric, top, kind, hasBefore = false }: TimePanelProps) {
  const { range, asked } = useView();
  const { data: words } = useQuery(vocabulary());
  const { kind: sort, additive = true } = words?.metrics.find(({ name }) => name === metric) ?? {};
  const amount = amountOf(metric, sort);
  const metrics = [...new Set([metric, ...(amount === null ? [] : [amount])])];
  const every = stepOf(range);
  const again = refetchMs(range);
  const answer = useAnswer(answerTo({ ...asked, by: dimensions, metrics, every, order: metric, limit: top }, again));
  const from = range.from - (range.to - range.from);
  const earlier = { ...asked, from, to: range.from, metrics: [metric], every };
  const before = useQuery({ ...answerTo(earlier, again), enabled: hasBefore });
  const absent: 0 | null = sort === 'ratio' ? null : 0;
  // What does not add up is not drawn on each other.
  return { answer, before, amount, absent, kind: additive || kind === 'heatmap' ? kind : ('lines' as const) };
}

/** Of several dimensions the category gives the colour: it is the same everywhere. */
function colourBy(
  dimensions: readonly string[],
  nameOf: (group: readonly string[]) => string,
): (group: readonly string[]) => string {
  const at = dimensions.indexOf('category');
  return (group) => (at >= 0 ? group[at] || 'Unknown' : nameOf(group));
}

/** What the dashed line is worth. */
function Before({ answer: { data, error } }: { answer: UseQueryResult<QueryAnswer> }) {
  if (error !== null)
    return (
      <Text size="xs" c="red" px={8} py={4}>
        The period before: {error.message}
      </Text>
    );
  return data === undefined ? null : <QualityStrip quality={data.quality} plan={data.plan} of={BEFORE} />;
}
