import { describe, expect, it } from 'vitest';
import type { FlowGraph } from './flow-graph-data.ts';
import { flowGraphOption } from './flow-graph-option.ts';
import { cutNote, peakScale } from './peak-scale.ts';

const graph: FlowGraph = {
  times: [0, 300_000],
  stepMs: 300_000,
  layers: [
    { category: 'Web', side: 'out', rates: [3, 4] },
    { category: 'Email', side: 'out', rates: [0, 1] },
    { category: 'Web', side: 'in', rates: [-30, -20] },
  ],
  hasSides: true,
  measured: [1, 1],
  largest: 30,
  notDrawn: 0,
};
const looks = { isDark: false, format: String };
const axisOf = (option: object) => (option as { yAxis: { min?: number; max?: number } }).yAxis;

describe('the scale of largest minutes', () => {
  it('is that of the data while they are near the means', () => {
    const scale = peakScale(graph, { out: [5, 8], in: [-50, -31] });
    expect(scale).toEqual({ cut: [] });
    expect(cutNote(scale, graph, String)).toBeNull();
  });

  it('ends at half more than the mean of the largest step, of each side, and says how far the line goes on', () => {
    const peaks = { out: [400, null], in: [-60, -900] };
    const scale = peakScale(graph, peaks);
    expect(scale).toEqual({
      max: 8,
      min: -50,
      cut: [
        { side: 'out', rate: 400 },
        { side: 'in', rate: 900 },
      ],
    });
    expect(axisOf(flowGraphOption(graph, peaks, looks))).toMatchObject({ min: -50, max: 8 });
    expect(cutNote(scale, graph, String)).toMatch(/goes up to out 400 and in 900\.$/);
  });

  it('leaves a side alone that has nothing but a line', () => {
    const outOnly = { ...graph, layers: graph.layers.slice(0, 2), hasSides: false };
    expect(peakScale(outOnly, { out: [50, 20], in: [-900, null] })).toEqual({
      max: 8,
      cut: [{ side: 'out', rate: 50 }],
    });
    expect(peakScale(graph, null)).toEqual({ cut: [] });
  });
});
