import { Text, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import {
  bothWaysOption,
  formatOf,
  groupText,
  numberOf,
  percentOf,
  seriesOf,
  stepOf,
} from '../../../src/chart/index.ts';
import { bothFilters } from '../../../src/filter/index.ts';
import { answerTo } from '../api/answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useView } from '../app/use-view.ts';
import { refetchMs } from '../app/view.ts';
import { Chart } from './chart.tsx';
import { NothingHere } from './nothing-here.tsx';
import { WherePlacesComeFrom } from './nothing-of.tsx';
import { Panel } from './panel.tsx';

const METRIC = 'bps';
const TOP = 8;
const CROSSING = 'direction = out or direction = in';
/** Of a dimension without its side: what is told of no address, as a filter has it. */
const NONE = { as: '0', country: '""' } as const;
const TITLES = { as: 'systems', country: 'countries' } as const;
const ONES = { as: 'a system', country: 'a country' } as const;

interface OtherSideProps {
  readonly of: keyof typeof NONE;
  readonly height: number;
}

/**
 * Where traffic goes above the axis and where it comes from below it, by what is known of the other side. What is not known would be most of the picture in many networks: it is said
 * beside it.
 */
export function OtherSideGraph({ of, height }: OtherSideProps) {
  const { range, asked, change } = useView();
  const isDark = useComputedColorScheme('light') === 'dark';
  const every = refetchMs(range);
  const question = { ...asked, filter: bothFilters(asked.filter, CROSSING), by: ['direction'], metrics: ['bytes'] };
  const ways = useAnswer(answerTo(question, every));
  // Without home networks nothing crosses a border: then each flow has both of its ends.
  const hasWays = (ways.data?.rows.length ?? 0) > 0;
  const side = (name: 'dst' | 'src', direction: string) => {
    const known = `${name}_${of} != ${NONE[of]}`;
    const filter = bothFilters(asked.filter, hasWays ? `direction = ${direction} and ${known}` : known);
    const wanted = {
      by: [`${name}_${of}`],
      metrics: [METRIC, 'bytes'],
      every: stepOf(range),
      limit: TOP,
      order: METRIC,
    };
    return { ...answerTo({ ...asked, filter, ...wanted }, every), enabled: ways.data !== undefined };
  };
  const to = useAnswer(side('dst', 'out'));
  const from = useAnswer(side('src', 'in'));
  const { data: all } = useQuery({ ...answerTo({ ...asked, metrics: ['bytes'] }, every), enabled: !hasWays });
  const option = useMemo(() => {
    if (to.data === undefined || from.data === undefined) return {};
    const nameOf = groupText([of], { as_names: { ...from.data.as_names, ...to.data.as_names } });
    const above = seriesOf(to.data, [`dst_${of}`], METRIC, 0);
    const below = seriesOf(from.data, [`src_${of}`], METRIC, 0);
    const words = ['to', 'from'] as const;
    return bothWaysOption(above, below, { isDark, format: formatOf(to.data, METRIC), nameOf, words });
  }, [to.data, from.data, of, isDark]);
  const bytesOf = (direction: string) =>
    hasWays ? numberOf(ways.data?.rows.find(([way]) => way === direction)?.[1]) : numberOf(all?.total.bytes);
  const [toAll, fromAll] = [bytesOf('out'), bytesOf('in')];
  const title = `b/s by known ${TITLES[of]} of the other side: to them above, from them below`;
  return (
    <Panel
      title={hasWays ? title : `b/s by known ${TITLES[of]}: to them above, from them below`}
      answer={to.error === null && to.data !== undefined ? (from.error === null ? to : from) : to}
      isEmpty={() => toAll + fromAll === 0}
      empty={<NothingHere />}
    >
      {(shown) => (
        <>
          {shown.rows.length + (from.data?.rows.length ?? 0) > 0 && (
            <Chart
              option={option}
              height={height}
              label={`${title} over time`}
              onBrush={(start, end) => change({ from: start, to: end, last: undefined })}
            />
          )}
          <Text component="div" size="xs" c="dimmed" px={8} py={4} role="note">
            Not known, and not drawn: {unknownText(toAll, numberOf(shown.total.bytes), hasWays ? 'out' : 'to')} and{' '}
            {unknownText(fromAll, numberOf(from.data?.total.bytes), hasWays ? 'in' : 'from')}. The other side has an
            address that no data of this node know, such as a private one. <WherePlacesComeFrom /> The table counts both
            ends of each flow: addresses at home without {ONES[of]} are not known there.
          </Text>
        </>
      )}
    </Panel>
  );
}

/** Bytes of which nothing is known, of all that went that way. */
function unknownText(all: number, known: number, way: string): string {
  const share = all === 0 ? '0 %' : percentOf(Math.max(0, all - known), all);
  return `${share || '0 %'} of bytes ${way}`;
}
