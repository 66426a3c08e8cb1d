import type { EChartsCoreOption } from 'echarts/core';
import type { QueryAnswer } from '../query/index.ts';
import { chartColours, OTHERS, tooltipOf } from './chart-looks.ts';
import { colourOf, coloursOf } from './colours.ts';
import { numberOf } from './format.ts';
import { groupTexts } from './group-text.ts';
import { shadedCells } from './heatmap-option.ts';
import { keyColumns } from './series.ts';

interface PairLooks {
  readonly isDark: boolean;
  readonly format: (value: number) => string;
}

export interface Way {
  /** Of each dimension, as filters take it; null: what no row has. */
  readonly values: readonly string[] | null;
  /** The same in words. */
  readonly names: readonly string[];
  readonly value: number;
}

/** The groups of an answer over the whole range of which the value can be said, and as one more what no row has. */
export function waysOf(answer: QueryAnswer, dimensions: readonly string[], metric: string): Way[] {
  const { columns, rows, other } = answer;
  const metricAt = columns.findIndex(({ name }) => name === metric);
  const keys = keyColumns(columns, dimensions);
  const known = rows.filter((row) => row[metricAt] !== null);
  const ways = known.map((row): Way => {
    const values = keys.map((k) => String(row[k] ?? ''));
    return { values, names: groupTexts(dimensions, values, answer), value: numberOf(row[metricAt]) };
  });
  const rest = other === null ? 0 : numberOf(other[metric]);
  return rest > 0 ? [...ways, { values: null, names: dimensions.map(() => OTHERS), value: rest }] : ways;
}

/** Share of a column that has room for a name. */
const LEAST_NAMED = 0.03;

/** From the first dimension through each to the last, as wide as the value. A name may stand in several of them: there it is a node each. */
export function sankeyOption(ways: readonly Way[], { isDark, format }: PairLooks): EChartsCoreOption {
  const { ink } = chartColours(isDark);
  const nodes = new Map<string, { name: string; depth: number; itemStyle: object }>();
  const colours = coloursOf(
    ways.flatMap(({ names }) => names),
    isDark,
  );
  const links = new Map<string, { source: string; target: string; value: number }>();
  for (const { names, value } of ways) {
    const ids = names.map((name, depth) => `${depth} ${name}`);
    ids.forEach((id, depth) => {
      const color = names[depth] === OTHERS ? colourOf('Other', isDark) : colours.get(names[depth]!);
      nodes.set(id, { name: id, depth, itemStyle: { color } });
    });
    ids.slice(1).forEach((target, i) => {
      const source = ids[i]!;
      const key = JSON.stringify([source, target]);
      const link = links.get(key) ?? { source, target, value: 0 };
      link.value += value;
      links.set(key, link);
    });
  }
  const shown = (id: string) => id.slice(id.indexOf(' ') + 1);
  const whole = ways.reduce((sum, { value }) => sum + value, 0);
  return {
    tooltip: {
      ...tooltipOf(isDark, () => ''),
      trigger: 'item',
      formatter: ({
        name,
        value,
        data,
      }: {
        name: string;
        value: number;
        data: { source?: string; target?: string };
      }) =>
        data.source === undefined
          ? `${shown(name)}\n${format(value)}`
          : `${shown(data.source)} → ${shown(data.target!)}\n${format(value)}`,
    },
    series: [
      {
        ...{ type: 'sankey', left: 8, right: 140, top: 12, bottom: 12, nodeGap: 6, draggable: false },
        data: [...nodes.values()],
        links: [...links.values()],
        label: {
          ...{ color: ink, width: 130, overflow: 'truncate' },
          // Names of nodes that are no higher than a line would stand on each other: the table has them.
          formatter: ({ name, value }: { name: string; value: number }) =>
            value < LEAST_NAMED * whole ? '' : shown(name),
        },
        lineStyle: { color: 'source', opacity: 0.35 },
      },
    ],
  };
}

/** Who talks to whom: the first dimension down, the second across; further ones are added up. */
export function matrixOption(ways: readonly Way[], looks: PairLooks): EChartsCoreOption {
  const cells = new Map<string, number>();
  const named = ways.filter(({ names }) => names[0] !== OTHERS);
  const [y, x] = [0, 1].map((at) => [...new Set(named.map(({ names }) => names[at] ?? ''))]) as [string[], string[]];
  for (const { names, value } of named) {
    const key = `${x.indexOf(names[1] ?? '')} ${y.indexOf(names[0]!)}`;
    cells.set(key, (cells.get(key) ?? 0) + value);
  }
  const list = [...cells].map(
    ([key, value]) => [...key.split(' ').map(Number), value] as unknown as [number, number, number],
  );
  return shadedCells({ x, y }, list, looks);
}
