import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareAnswers, type Filled, QUESTIONS, quietDays } from './history.testing.ts';

describe('an answer from history and the same from records, of days of few keys', () => {
  let store: Filled;
  beforeAll(async () => {
    store = await quietDays();
  }, 300_000);
  afterAll(() => store?.close());

  it(`are equal, or within the bound that is stated, for ${QUESTIONS / 2} random questions`, async () => {
    const seen = await compareAnswers(store, 0);
    expect(seen.exact).toBeGreaterThan(QUESTIONS / 4);
    expect(seen.levels.get('raw') ?? 0).toBeLessThan(QUESTIONS / 6);
    // Records answer few questions here, which chance may leave out of a short run.
    expect([...seen.levels.keys()]).toEqual(expect.arrayContaining(['1d', '1h', '5m', '1m']));
  }, 600_000);
});
