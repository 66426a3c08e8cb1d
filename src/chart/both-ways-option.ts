import type { EChartsCoreOption } from 'echarts/core';
import { OTHERS, tooltipOf } from './chart-looks.ts';
import { colourOf, coloursOf } from './colours.ts';
import type { Series, SeriesOfTime } from './series.ts';
import { namedSeries, seriesOption } from './series-option.ts';

interface BothWaysLooks {
  readonly isDark: boolean;
  readonly format: (value: number) => string;
  readonly nameOf: (group: readonly string[]) => string;
  /** What stands behind a value above the axis, and below it; empty where the names say it. */
  readonly words: readonly [above: string, below: string];
}

/** Two answers over the same time, stacked above the axis and below it. What is on both sides has one colour and one place in the legend. */
export function bothWaysOption(above: SeriesOfTime, below: SeriesOfTime, looks: BothWaysLooks): EChartsCoreOption {
  const { isDark, format, nameOf, words } = looks;
  const sideLooks = {
    ...{ isDark, kind: 'stacked' as const, nameOf, colourName: nameOf },
    format: (value: number) => format(Math.abs(value)),
  };
  const names = [above, below].flatMap((side) => namedSeries(side, sideLooks).map(({ name }) => name));
  const colours = coloursOf(names, isDark);
  const option = seriesOption(above, sideLooks);
  // What was not measured is shaded once.
  const measured = below.measured.map(() => 1);
  const sides = [option, seriesOption({ ...turned(below), measured }, sideLooks)];
  const series = sides.flatMap((side) => side.series as readonly { readonly name: string }[]);
  return {
    ...option,
    legend: { ...(option.legend as object), data: [...new Set(names)] },
    tooltip: tooltipOf(isDark, (value) => {
      if (value === null) return 'not measured';
      return `${format(Math.abs(value))} ${words[value < 0 ? 1 : 0]}`.trimEnd();
    }),
    series: series.map((one) => ({
      ...one,
      itemStyle: { color: one.name === OTHERS ? colourOf('Other', isDark) : colours.get(one.name) },
    })),
  };
}

/** The other side of the axis. */
function turned(data: SeriesOfTime): SeriesOfTime {
  const turn = (series: Series) => ({ ...series, values: series.values.map((v) => (v === null ? null : -v)) });
  return { ...data, series: data.series.map(turn), rest: data.rest && turn(data.rest) };
}

/** All that an answer by time has, as one series of this name. */
export function allAs(name: string, data: SeriesOfTime): SeriesOfTime {
  const sum = data.total.reduce<number>((all, value) => all + (value ?? 0), 0);
  return { ...data, series: [{ group: [name], values: data.total, sum }], rest: null };
}
