import { describe, expect, it } from 'vitest';
import { ConnectionFacts } from './connection-facts.ts';

describe('what is known of connections', () => {
  it('is the last that was said of each', () => {
    const facts = new ConnectionFacts();
    facts.set(7, 100, 1);
    facts.set(7 + 2 ** 40, 300, 3);
    facts.set(7, 200, 2);
    expect(facts.find(7)).toBe(true);
    expect(facts).toMatchObject({ rttUs: 200, retransmits: 2 });
    expect(facts.find(7 + 2 ** 40)).toBe(true);
    expect(facts).toMatchObject({ rttUs: 300, retransmits: 3 });
    expect(facts.find(8)).toBe(false);
  });

  it('is forgotten of the oldest of half a million, and never of those that are said again', () => {
    const facts = new ConnectionFacts();
    for (let cookie = 1; cookie <= 500_000; cookie++) {
      if (cookie % 10_000 === 1) facts.set(5, 55, 5);
      facts.set(cookie + 1_000, cookie, 0);
    }
    expect(facts.find(5)).toBe(true);
    expect(facts.rttUs).toBe(55);
    expect(facts.find(1_001)).toBe(false);
    for (let cookie = 460_001; cookie <= 500_000; cookie++) {
      expect(facts.find(cookie + 1_000) && facts.rttUs === cookie).toBe(true);
    }
  });

  it('is found as fast, and kept as long, of cookies that are chosen to fall on one place of a table whose hash is known', () => {
    // Those that Knuth's multiplier puts into one 64th of the slots.
    const chosen: number[] = [];
    for (let cookie = 1; chosen.length < 40_000; cookie++)
      if (Math.imul(cookie, 0x9e37_79b1) >>> 26 === 5) chosen.push(cookie);
    const facts = new ConnectionFacts();
    const began = performance.now();
    for (const cookie of chosen) facts.set(cookie, cookie, 0);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(chosen.filter((cookie) => facts.find(cookie) && facts.rttUs === cookie)).toEqual(chosen);
  });

  it('is of the latest of any cookies, in whatever order', () => {
    const facts = new ConnectionFacts();
    for (let i = 1; i <= 200_000; i++) facts.set(i * 2 ** 20, i, 0);
    for (let i = 160_001; i <= 200_000; i++) expect(facts.find(i * 2 ** 20) && facts.rttUs === i).toBe(true);
  });
});
