import { describe, expect, it } from 'vitest';
import { longerThan, readView } from './view.ts';

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

describe('a range in the address', () => {
  it.each([
    [
      { from: 1_000, to: 2_000 },
      { from: 1_000, to: 2_000 },
    ],
    [
      { from: '1000', to: '2000' },
      { from: 1_000, to: 2_000 },
    ],
    [
      { from: '2026-11-21T19:00:00Z', to: '2026-11-22' },
      { from: 1_795_287_600_000, to: 1_795_305_600_000 },
    ],
    [{ from: 2_000, to: 1_000 }, {}],
    [{ from: 'monday', to: '2026-13-45' }, {}],
    [{ from: -1, to: 5 }, {}],
    // Later than a clock can show.
    [{ from: 1, to: Number.MAX_SAFE_INTEGER }, {}],
  ])('%o is %o', (search, view) => {
    expect(readView(search)).toEqual(view);
  });
});
