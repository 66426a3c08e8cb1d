import { columnOf, enumCode } from '../../flow/index.ts';
import type { LiveFigures } from '../../ingest/index.ts';

/** Outcomes of flows, as their column has them. */
const OUTCOMES: readonly string[] = columnOf('outcome').values!;

/** Places of the figures of a group, one after the other; the last ones are ended flows by outcome. */
export const FIGURE = { inBytes: 0, inPackets: 1, outBytes: 2, outPackets: 3, open: 4, opened: 5, ended: 6 } as const;
export const FIGURES = FIGURE.ended + OUTCOMES.length;

/** The figure of flows that ended so. */
export function endedAs(outcome: string): number {
  return FIGURE.ended + Math.max(0, enumCode('outcome', outcome));
}

/** The figures that begin at `at` as people and programs read them. */
export function readFigures(figures: Float64Array, at: number): LiveFigures {
  const ended: Record<string, number> = {};
  OUTCOMES.forEach((outcome, i) => {
    const count = figures[at + FIGURE.ended + i]!;
    if (count > 0) ended[outcome] = count;
  });
  return {
    in_bytes: figures[at + FIGURE.inBytes]!,
    in_packets: figures[at + FIGURE.inPackets]!,
    out_bytes: figures[at + FIGURE.outBytes]!,
    out_packets: figures[at + FIGURE.outPackets]!,
    open: figures[at + FIGURE.open]!,
    opened: figures[at + FIGURE.opened]!,
    ended,
  };
}
