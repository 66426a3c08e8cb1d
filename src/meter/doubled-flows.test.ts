import { describe, expect, test } from 'vitest';
import { DoubledFlows } from './doubled-flows.ts';

const FLOW = 4711;

/** What is taken for copies: segments by their numbers, each new one the first time. */
function copies(...segments: number[]): number[] {
  const flows = new DoubledFlows();
  const seen = new Set<number>();
  return segments.filter((segment) => {
    if (seen.has(segment)) return flows.isCopy(FLOW, segment);
    seen.add(segment);
    flows.fresh(FLOW, segment);
    return false;
  });
}

const run = (count: number, first = 1) => Array.from({ length: count }, (_, i) => first + i);

describe('segments that come twice', () => {
  test('are copies where nothing new came in between', () => {
    expect(copies(1, 1, 2, 2, 3, 3)).toEqual([1, 2, 3]);
    expect(copies(...run(1000), 1000)).toEqual([1000]);
  });

  test('are sent again where later ones came before, be it one of them or what was lost at once', () => {
    expect(copies(1, 2, 1)).toEqual([]);
    expect(copies(...run(100), 90, ...run(50, 101), 120)).toEqual([]);
    expect(copies(...run(500), ...run(30, 460), ...run(500, 501))).toEqual([]);
  });

  test('are copies where all come twice, in whatever order two ports of a mirror give them', () => {
    const both = run(100).flatMap((i) => [...run(3, 3 * i), ...run(3, 3 * i)]);
    const found = copies(...both);
    expect(both.length / 2 - found.length).toBeLessThanOrEqual(3);
  });

  test('belong to their flow: of one that gave its place away nobody can tell', () => {
    const flows = new DoubledFlows();
    flows.fresh(FLOW, 1);
    flows.fresh(FLOW + (1 << 20), 2);
    expect(flows.isCopy(FLOW, 1)).toBe(false);
    expect(flows.isCopy(FLOW + (1 << 20), 2)).toBe(true);
  });
});
