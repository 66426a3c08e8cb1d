import { describe, expect, test } from 'vitest';
import { RateLimit } from './index.ts';

describe('a rate limit', () => {
  test('says yes once in an interval for each key, and tells how often it said no', () => {
    const limit = new RateLimit(1_000);
    expect([0, 1, 999].map((now) => limit.allow('a', now))).toEqual([0, null, null]);
    expect(limit.allow('b', 999)).toBe(0);
    expect(limit.allow('a', 1_000)).toBe(2);
  });

  test('that met too many keys lets them share one, and takes new ones when the old ones were silent', () => {
    const limit = new RateLimit(1_000, 2);
    expect(['a', 'b', 'c', 'd'].map((key) => limit.allow(key, 0))).toEqual([0, 0, 0, null]);
    expect(['e', 'f'].map((key) => limit.allow(key, 1_000))).toEqual([0, 0]);
    expect(limit.allow('e', 1_001)).toBeNull();
  });

  test('says yes after the clock was set back', () => {
    const limit = new RateLimit(1_000);
    limit.allow('a', 1_000_000);
    expect(limit.allow('a', 10)).toBe(0);
    expect(limit.allow('a', 11)).toBeNull();
  });
});
