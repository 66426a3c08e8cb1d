import { Text, useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import { bytes, numberOf, shadedCells } from '../../../src/chart/index.ts';
import { answerTo } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { Chart } from './chart.tsx';
import { byHour } from './hours.ts';
import { Panel } from './panel.tsx';

const HOUR_MS = 3_600_000;
const HEIGHT = 220;
const LABEL = 'Bytes by hour of the day and day of the week';
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
/** 2024-01-01 was a Monday. */
const DAYS = Array.from({ length: 7 }, (_, day) =>
  new Intl.DateTimeFormat(undefined, { weekday: 'short' }).format(new Date(2024, 0, 1 + day)),
);

/** Bytes by hour of the day and day of the week, on the clock of the reader. */
export function ActiveHours() {
  const { range, asked } = useView();
  const isDark = useComputedColorScheme('light') === 'dark';
  const answer = useAnswer(answerTo({ ...asked, metrics: ['bytes'], by: [], every: HOUR_MS }, refetchMs(range)));
  const { data } = answer;
  const cells = useMemo(() => byHour(data?.buckets ?? []), [data]);
  const option = useMemo(() => shadedCells({ x: HOURS, y: DAYS }, cells, { isDark, format: bytes }), [cells, isDark]);
  const most = Math.max(0, ...cells.map(([, , sum]) => sum));
  return (
    <Panel
      title="When it is active"
      answer={answer}
      isEmpty={({ total }) => numberOf(total.bytes) === 0}
      empty="Nothing in this range: choose a longer one."
    >
      {() => (
        <>
          <Chart option={option} height={HEIGHT} label={LABEL} />
          <Text size="xs" c="dimmed" px={8}>
            {LABEL}, on the clock of this browser; the strongest shade is {bytes(most)} in the range.
          </Text>
        </>
      )}
    </Panel>
  );
}
