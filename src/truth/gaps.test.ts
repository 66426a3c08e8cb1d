import { describe, expect, it } from 'vitest';
import { assessGaps } from './gap-quality.ts';
import { type Gap, measuredShare, measureOf } from './gaps.ts';

const hour = { from: 0, to: 3_600_000 };
const minute = 60_000;
const crash: Gap = { from: 10 * minute, to: 13 * minute, cause: 'crashed' };
const silent = (more: Partial<Gap>): Gap => ({
  from: 0,
  to: minute,
  cause: 'silent',
  exporter: 'a',
  domain: 0,
  share: 1,
  ...more,
});
const measured = (
  gaps: Gap[],
  from: number,
  to: number,
  exporter?: string,
  imported: { from: number; to: number }[] = [],
) => measuredShare(measureOf({ gaps, imported }, hour, exporter), from, to);

describe('the share of a time that was measured', () => {
  it('is all of it without gaps', () => {
    expect(measured([], 0, 3_600_000)).toBe(1);
  });

  it('counts a gap of the node wholly, once however many overlap', () => {
    const twice: Gap = { ...crash, cause: 'stopped' };
    expect(measured([crash], 0, 3_600_000)).toBeCloseTo(57 / 60, 12);
    expect(measured([crash, twice], 0, 3_600_000)).toBeCloseTo(57 / 60, 12);
    expect(measured([crash], 10 * minute, 11 * minute)).toBe(0);
    expect(measured([crash], 12.5 * minute, 13.5 * minute)).toBeCloseTo(0.5, 12);
    expect(measured([crash], 13 * minute, 14 * minute)).toBe(1);
  });

  it('takes a gap that lasts to the end of the range', () => {
    expect(measured([{ from: 30 * minute, to: null, cause: 'closed' }], 0, 3_600_000)).toBeCloseTo(0.5, 12);
  });

  it('counts a silence by what the exporter usually sends', () => {
    const tenth = silent({ share: 0.1, to: 6 * minute });
    expect(measured([tenth], 0, 6 * minute)).toBeCloseTo(0.9, 12);
    expect(measured([tenth, silent({ exporter: 'b', share: 0.9, to: 6 * minute })], 0, 6 * minute)).toBe(0);
    expect(measured([silent({ share: 1 })], 0, minute)).toBe(0);
  });

  it('does not count a silence in a time in which the node did not measure', () => {
    const during = silent({ from: 9 * minute, to: 14 * minute, share: 0.5 });
    expect(measured([crash, during], 9 * minute, 14 * minute)).toBeCloseTo((0.5 + 0.5) / 5, 12);
  });

  it('is about one exporter where the question is: its own silences count wholly, those of others not', () => {
    const gaps = [
      silent({ exporter: 'a', share: 0.1 }),
      silent({ exporter: 'b', share: 0.2, from: minute, to: 2 * minute }),
    ];
    expect(measured(gaps, 0, 2 * minute, 'a')).toBeCloseTo(0.5, 12);
    expect(measured(gaps, 0, 2 * minute, 'c')).toBe(1);
    expect(measured([silent({ own: 0.25 })], 0, minute, 'a')).toBeCloseTo(0.75, 12);
  });

  it('leaves out what an import covers', () => {
    const imported = [{ from: 11 * minute, to: 12 * minute }];
    expect(measured([crash], 10 * minute, 13 * minute, undefined, imported)).toBeCloseTo(1 / 3, 12);
  });

  it('is never all where something is missing', () => {
    const short: Gap = { from: 5, to: 6, cause: 'crashed' };
    expect(measured([short], 0, 3_600_000)).toBeLessThan(1);
  });

  it('agrees with a count of milliseconds, whatever the gaps', () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % n;
    };
    for (let round = 0; round < 200; round++) {
      const gaps = Array.from({ length: random(8) }, (): Gap => {
        const from = random(100);
        const to = random(5) === 0 ? null : from + 1 + random(30);
        return random(2) === 0 ? { from, to, cause: 'crashed' } : silent({ from, to, share: (1 + random(6)) / 4 });
      });
      const imported = Array.from({ length: random(3) }, () => {
        const from = random(100);
        return { from, to: from + random(20) };
      });
      const measure = measureOf({ gaps, imported }, { from: 0, to: 120 });
      const inside = (s: { from: number; to: number | null }, at: number) => s.from <= at && (s.to ?? 1e9) > at;
      const lostAt = (at: number) => {
        if (gaps.some((g) => g.cause !== 'silent' && inside(g, at)) && !imported.some((i) => inside(i, at))) return 1;
        return Math.min(
          1,
          gaps.filter((g) => g.cause === 'silent' && inside(g, at)).reduce((n, g) => n + Math.min(1, g.share!), 0),
        );
      };
      const from = random(60);
      const to = from + 1 + random(60);
      let expected = 0;
      for (let at = from; at < to; at++) expected += 1 - lostAt(at);
      expect(measure.measuredMs(from, to)).toBeCloseTo(expected, 6);
    }
  });
});

describe('what is said of gaps', () => {
  it('lists the longest first, with their own times, and counts the rest', () => {
    const many = Array.from({ length: 60 }, (_, i) =>
      silent({ from: i * minute, to: i * minute + 1_000 + i, share: 0.01 }),
    );
    const said = assessGaps(
      { gaps: [...many, crash, { from: -5, to: 10, cause: 'before' }], imported: [] },
      0,
      3_600_000,
    );
    expect(said.gaps).toHaveLength(50);
    expect(said.gaps[0]).toEqual({ from: crash.from, to: crash.to, cause: 'crashed', ms: 180_000 });
    expect(said.gaps[1]).toEqual({
      from: 59 * minute,
      to: 59 * minute + 1_059,
      cause: 'silent',
      ms: 1_059,
      exporter: 'a',
      domain: 0,
      share: 0.01,
      share_of: 'records',
    });
    expect(said.more).toBe(12);
    expect(said.by).toMatchObject({
      crashed: { gaps: 1, ms: 180_000 },
      before: { gaps: 1, ms: 10 },
      silent: { gaps: 60 },
    });
    expect(said.measured).toBeLessThan(57 / 60);
  });

  it('takes from a gap what an import covers, as the share does, and leaves out what is covered wholly', () => {
    const before: Gap = { from: -5 * minute, to: 40 * minute, cause: 'before' };
    const imported = [{ from: 0, to: 30 * minute }];
    expect(assessGaps({ gaps: [before, crash], imported }, 0, 3_600_000)).toMatchObject({
      measured: 50 / 60,
      gaps: [{ cause: 'before' }],
      by: { before: { gaps: 1, ms: 10 * minute } },
    });
  });

  it('keeps the silences of others out of what is said of one exporter', () => {
    expect(assessGaps({ gaps: [silent({})], imported: [] }, 0, minute, 'b')).toMatchObject({
      measured: 1,
      gaps: [],
      by: {},
    });
  });
});
