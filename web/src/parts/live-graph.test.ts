import { describe, expect, it } from 'vitest';
import { GRAPH_METRICS } from '../../../src/chart/index.ts';
import type { FlowSecondLine } from '../../../src/server/index.ts';
import { liveGraph, ratesOf, worthOf } from './live-graph.ts';

const [BPS, , FPS] = GRAPH_METRICS as [(typeof GRAPH_METRICS)[0], unknown, (typeof GRAPH_METRICS)[0]];
const T = 1_700_000_000_000;

function second(at: number, parts: readonly [string, string, number][], quality: object = {}, missed = 0) {
  const figures = (bytes: number) => ({ bytes, packets: 1, flows: 2, records: 2 });
  return {
    from: T + at * 1_000 - 990,
    to: T + at * 1_000 + 10,
    missed,
    total: figures(parts.reduce((sum, [, , bytes]) => sum + bytes, 0)),
    categories: parts.map(([category, direction, bytes]) => ({ category, direction, ...figures(bytes) })),
    by: {},
    quality: {
      ...{ duplicates: { records: 0 }, sampling: { records: 0, unknown_bytes: 0, origins: [], error: null } },
      ...{ lost: { records: 0, by: {}, unmetered_packets: 0 }, not_looked_at: 0, deferred: false },
      complete_until: T + at * 1_000,
      ...quality,
    },
  } as unknown as FlowSecondLine;
}

describe('the graph of seconds', () => {
  const seconds = [
    second(1, [
      ['Web', 'in', 100],
      ['Email', 'out', 10],
    ]),
    second(3, [['', 'in', 5]]),
  ];

  it('ends with the newest second; one that is not known is no 0', () => {
    const graph = liveGraph(seconds, 4, BPS);
    expect(graph.times.map((t) => t - T)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(graph.measured).toEqual([0, 1, 0, 1]);
    expect(graph.layers.map(({ category, side, rates }) => [category, side, rates])).toEqual([
      ['Web', 'in', [null, -800, null, 0]],
      ['Email', 'out', [null, 80, null, 0]],
      ['Unknown', 'in', [null, 0, null, -40]],
    ]);
    expect(liveGraph(seconds, 4, FPS).layers[0]!.rates).toEqual([null, -2, null, 0]);
  });

  it('has no side where the node does not know its own networks; none yet is an empty one', () => {
    expect(liveGraph([second(1, [['Web', 'unknown', 1]])], 2, BPS)).toMatchObject({ hasSides: false });
    expect(liveGraph([], 3, BPS)).toMatchObject({ layers: [], measured: [0, 0, 0], largest: 0 });
  });

  it('rates are over the newest seconds', () => {
    expect(ratesOf(seconds, 1).bps).toBe(40);
    expect(ratesOf(seconds, 10)).toMatchObject({ bps: (8 * 115) / 2, fps: 2 });
    expect(ratesOf([], 10).bps).toBe(0);
  });
});

it('says what seconds are worth', () => {
  expect(worthOf([second(1, [])])).toEqual(['no loss seen', 'not sampled']);
  const worse = second(
    9,
    [],
    {
      lost: { records: 1_200 },
      not_looked_at: 7,
      deferred: true,
      complete_until: T,
      duplicates: { records: 3 },
      sampling: { records: 4, unknown_bytes: 1 },
    },
    2,
  );
  expect(worthOf([second(1, []), worse])).toEqual([
    'lost about 1,200 records',
    '4 records sampled and scaled',
    'sampling rate unknown for some',
    '3 duplicates left out',
    '7 records not looked at: the node has too much to do',
    '2 seconds were not read in time',
    'some is decoded later, and in no second',
    '9 s behind',
  ]);
});
