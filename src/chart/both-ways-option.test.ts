import { expect, it } from 'vitest';
import { allAs, bothWaysOption } from './both-ways-option.ts';
import type { SeriesOfTime } from './series.ts';

const one = (group: string, values: readonly (number | null)[]) => ({ group: [group], values, sum: 1 });
const ofTime = (series: SeriesOfTime['series'], more: Partial<SeriesOfTime> = {}): SeriesOfTime => ({
  ...{ times: [0, 60_000], stepMs: 60_000, measured: [1, 1], series, rest: null, total: [5, null] },
  ...more,
});
const looks = {
  ...{ isDark: false, words: ['out', 'in'] as const },
  format: (value: number) => `${value} b/s`,
  nameOf: (group: readonly string[]) => group.join(''),
};

interface Drawn {
  readonly legend: { readonly data: readonly string[] };
  readonly tooltip: { readonly valueFormatter: (value: unknown) => string };
  readonly series: readonly { name: string; itemStyle: { color: string }; data: [number, number | null][] }[];
}

it('draws one side above the axis and the other below, a name of both in one colour and once in the legend', () => {
  const above = ofTime([one('a', [1, 2]), one('b', [3, null])], { rest: one('', [1, 1]) });
  const drawn = bothWaysOption(above, ofTime([one('c', [1, 1]), one('b', [4, null])]), looks) as unknown as Drawn;
  expect(drawn.legend.data).toEqual(['a', 'b', 'all others', 'c']);
  expect(drawn.series.map(({ name, data }) => [name, data[0]![1], data[2]![1]])).toEqual([
    ...[
      ['a', 1, 2],
      ['b', 3, null],
      ['all others', 1, 1],
    ],
    ...[
      ['c', -1, -1],
      ['b', -4, null],
    ],
  ]);
  const colours = drawn.series.map(({ itemStyle }) => itemStyle.color);
  expect(colours[1]).toBe(colours[4]);
  expect(new Set(colours).size).toBe(4);
  expect([3, -4, null].map(drawn.tooltip.valueFormatter)).toEqual(['3 b/s out', '4 b/s in', 'not measured']);
});

it('has all of an answer as one series', () => {
  expect(allAs('out', ofTime([one('a', [1, 2])])).series).toEqual([{ group: ['out'], values: [5, null], sum: 5 }]);
});
