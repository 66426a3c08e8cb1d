import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareAnswers, crowdedMinutes, type Filled, QUESTIONS } from './history.testing.ts';

describe('an answer from history and the same from records, of minutes of too many keys', () => {
  let store: Filled;
  beforeAll(async () => {
    store = await crowdedMinutes();
  }, 300_000);
  afterAll(() => store?.close());

  it(`are equal, or within the bound that is stated, for ${QUESTIONS / 2} random questions`, async () => {
    const seen = await compareAnswers(store, 1);
    expect(seen.bounded).toBeGreaterThan(QUESTIONS / 20);
    expect(seen.exact).toBeGreaterThan(QUESTIONS / 20);
  }, 600_000);
});
