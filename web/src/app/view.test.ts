import { describe, expect, it } from 'vitest';
import { longerThan } from './view.ts';

const HOUR_MS = 3_600_000;

describe('the next longer range', () => {
  it.each([
    [HOUR_MS / 2, '1h'],
    [HOUR_MS, '6h'],
    [24 * HOUR_MS, '7d'],
    [2 * 24 * HOUR_MS, '7d'],
    [730 * 24 * HOUR_MS, null],
  ])('of %d ms is %s', (length, longer) => {
    expect(longerThan({ from: 1_000, to: 1_000 + length, isLive: false })).toBe(longer);
  });
});
