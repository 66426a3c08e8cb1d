import { type FlowGraph, largestOf, type Peaks, type Side } from './flow-graph-data.ts';

/** How far above the mean of the largest step the axis goes for the largest minute. */
const HEADROOM = 1.5;
const SIDES: readonly Side[] = ['out', 'in'];
const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

interface Cut {
  readonly side: Side;
  /** Of the largest minute that the axis cuts, per second. */
  readonly rate: number;
}

/** The ends of the axis where the largest minutes alone would press the areas together; absent ends are those of the data. */
export interface PeakScale {
  readonly min?: number;
  readonly max?: number;
  readonly cut: readonly Cut[];
}

/** A single flow can make a minute that is many times the mean: its line is then drawn to the edge. */
export function peakScale(graph: FlowGraph, peaks: Peaks | null): PeakScale {
  const cut: Cut[] = [];
  const ends: { min?: number; max?: number } = {};
  for (const side of peaks === null ? [] : SIDES) {
    const layers = graph.layers.filter((layer) => layer.side === side);
    const end = roundAbove(HEADROOM * largestOf(layers, graph.times.length));
    const rate = peaks![side].reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
    if (end === 0 || rate <= end) continue;
    cut.push({ side, rate });
    if (side === 'out') ends.max = end;
    else ends.min = -end;
  }
  return { ...ends, cut };
}

/** What the edge of the graph hides; null where nothing is. */
export function cutNote({ cut }: PeakScale, { hasSides }: FlowGraph, format: (rate: number) => string): string | null {
  if (cut.length === 0) return null;
  const sides = cut.map(({ side, rate }) => `${hasSides ? `${side} ` : ''}${format(rate)}`);
  return `The line of the largest minute is cut off at the edge; it goes up to ${sides.join(' and ')}.`;
}

/** Of two digits at most, so that the axis ends at a mark that can be read. */
function roundAbove(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return ROUND.find((factor) => factor * power >= value)! * power;
}
