import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../query/index.ts';
import { readFlowGraph, readHostsGraph, readPeaks } from './flow-graph-data.ts';
import { flowGraphOption, hostsGraphOption, PEAK_NAME } from './flow-graph-option.ts';
import { GRAPH_METRICS } from './graph-metrics.ts';

const [BPS, , FPS] = GRAPH_METRICS as [(typeof GRAPH_METRICS)[0], unknown, (typeof GRAPH_METRICS)[0]];
const STEP = 300_000;
const buckets = [1, 0, 0.5, 1].map((measured, i) => ({ time: i * STEP, measured, total: {}, other: null }));
const answer = (names: readonly string[], rows: readonly unknown[][]) =>
  ({
    plan: { bucket_ms: STEP },
    columns: names.map((name) => ({ name })),
    rows,
    buckets,
  }) as unknown as QueryAnswer;
const looks = { isDark: false, format: String };

interface Drawn {
  readonly series: {
    readonly name: string;
    readonly stack?: string;
    readonly data: readonly (readonly [number, number | null])[];
    readonly markArea?: { readonly data: readonly (readonly { readonly xAxis: number }[])[] };
  }[];
}

const rates = answer(
  ['time', 'category', 'direction', 'bps'],
  [
    [0, 'Web', 'in', 80],
    [0, 'Web', 'out', 10],
    [0, 'Email', 'out', 5],
    [0, null, 'inside', 5],
    [3 * STEP, 'Web', 'in', 800],
  ],
);

describe('the graph of traffic', () => {
  const graph = readFlowGraph(rates, BPS);

  it('has out above and in below, by category, nothing where nothing was measured, and says what it does not draw', () => {
    expect(graph.layers).toEqual([
      { category: 'Web', side: 'in', rates: [-80, null, 0, -800], sum: 880 },
      { category: 'Web', side: 'out', rates: [10, null, 0, 0], sum: 10 },
      { category: 'Email', side: 'out', rates: [5, null, 0, 0], sum: 5 },
    ]);
    expect(graph.largest).toBe(800);
    expect(graph.notDrawn).toBeCloseTo(5 / 900, 9);
  });

  it('draws all above the axis where the node does not know what is inside', () => {
    const all = readFlowGraph(answer(['time', 'category', 'direction', 'bps'], [[0, 'Web', null, 5]]), BPS);
    expect(all).toMatchObject({ hasSides: false, notDrawn: 0, layers: [{ side: 'out', rates: [5, null, 0, 0] }] });
  });

  it('shades gaps, joined where they touch, and gives the last step its width', () => {
    const { series } = flowGraphOption(graph, null, looks) as unknown as Drawn;
    expect(series[0]!.markArea!.data).toEqual([[{ xAxis: STEP }, { xAxis: 3 * STEP }]]);
    expect(series[0]!.data.at(-1)).toEqual([4 * STEP - 1, -800]);
    expect(series.filter(({ stack }) => stack === 'out').length).toBe(2);
  });

  it('draws the largest minute of each step as a line over the mean: a flood of a minute is seen in a step of any length', () => {
    const peaks = readPeaks(
      answer(
        ['time', 'direction', 'peak_bps'],
        [
          [0, 'in', 4_000],
          [0, 'out', 20],
          [0, 'inside', 9_999],
          [3 * STEP, 'in', 900],
        ],
      ),
      BPS,
    );
    expect(peaks).toEqual({ in: [-4_000, null, null, -900], out: [20, null, null, null] });
    const { series } = flowGraphOption(graph, peaks, looks) as unknown as Drawn;
    const lines = series.filter(({ name }) => name === PEAK_NAME);
    expect(lines.map(({ data }) => data[0]![1])).toEqual([20, -4_000]);
    expect(lines.every(({ stack }) => stack === undefined)).toBe(true);
  });

  it('makes a rate of the flows of the largest minute', () => {
    const peaks = readPeaks(answer(['time', 'direction', 'peak_flows'], [[0, 'out', 120]]), FPS);
    expect(peaks.out[0]).toBe(2);
  });

  it('reads peaks of all traffic where there are no sides', () => {
    expect(readPeaks(answer(['time', 'peak_bps'], [[0, 7]]), BPS).out[0]).toBe(7);
  });
});

describe('the graph of hosts', () => {
  const graph = readHostsGraph(
    answer(
      ['time', 'hosts_in', 'hosts_out'],
      [
        [0, 250, 10],
        [3 * STEP, 4, 12],
      ],
    ),
  );

  it('has hosts in less hosts out: a scan lifts it, and nothing is 0 that was not measured', () => {
    expect(graph.difference).toEqual([240, null, 0, -8]);
    const { series } = hostsGraphOption(graph, looks) as unknown as Drawn;
    expect(series.map(({ name }) => name)).toEqual(['in − out', 'hosts in', 'hosts out']);
    expect(series[0]!.markArea!.data.length).toBe(1);
  });
});
