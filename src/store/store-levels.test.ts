import { describe, expect, test } from 'vitest';
import type { RollupEntry, SegmentEntry } from './manifest.ts';
import type { Level } from './rollup/cubes.ts';
import { storeLevels } from './store-levels.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BESIDE = { ledgerBytes: 0, ledgerOldest: null, journalBytes: 100 };
const AGES = { ageMs: 10 * DAY, bytes: null };

/** A day of records, and a day of 1 min and of 1 h. */
function levels(raw: number, minutes: number, hours: number, budget: number | null, rawSpan = DAY) {
  const segment = { minReceived: 0, maxReceived: rawSpan, bytes: raw, rows: 1 } as SegmentEntry;
  const rollup = (level: Level, bytes: number) =>
    ({ level, minTime: 0, maxTime: DAY - level, bytes, rows: 1 }) as RollupEntry;
  const state = {
    segments: raw > 0 ? [segment] : [],
    rollups: [rollup(60_000, minutes), rollup(3_600_000, hours)],
  };
  const limits = { ageMs: 10 * DAY, bytes: budget, levels: { 60000: AGES, 3600000: AGES } };
  const all = storeLevels(state, limits, BESIDE);
  const total = all.reduce((n, l) => n + (l.atFullAge ?? l.bytes), 0);
  const of = (name: string) => all.find((l) => l.level === name)!;
  return { total, raw: of('raw'), minutes: of('1m'), hours: of('1h') };
}

describe('at full age', () => {
  test('nothing is cut where all of it has room', () => {
    for (const budget of [null, 10_000]) {
      const { raw, minutes, hours, total } = levels(500, 200, 100, budget);
      expect([raw.atFullAge, minutes.atFullAge, hours.atFullAge]).toEqual([5_000, 2_000, 1_000]);
      expect([raw, minutes, hours].map((l) => l.cutBytes)).toEqual([0, 0, 0]);
      expect(total).toBe(8_100);
    }
  });

  test('records have what history leaves, and no bound of their own', () => {
    const { raw, minutes, total } = levels(500, 200, 100, 6_000);
    expect(raw).toMatchObject({ byteLimit: null, atFullAge: 2_900, cutBytes: 2_100 });
    expect(minutes.cutBytes).toBe(0);
    expect(total).toBe(6_000);
  });

  test('records keep a tenth, then the finest history is cut, and the whole never passes the bound', () => {
    const { raw, minutes, hours, total } = levels(500, 200, 100, 2_000);
    expect(raw).toMatchObject({ atFullAge: 200, cutBytes: 4_800 });
    expect(minutes).toMatchObject({ atFullAge: 700, cutBytes: 1_300 });
    expect(hours).toMatchObject({ atFullAge: 1_000, cutBytes: 0 });
    expect(total).toBe(2_000);
  });

  test('records of which nobody can tell yet have their tenth', () => {
    const { raw, minutes, total } = levels(50, 200, 100, 3_100, HOUR / 2);
    expect(raw).toMatchObject({ atFullAge: null, cutBytes: 0 });
    expect(minutes).toMatchObject({ atFullAge: 1_690, cutBytes: 310 });
    expect(total).toBeLessThanOrEqual(3_100);
  });
});

test('records have the times of their flows beside those of receipt: what was imported is older than it was here', () => {
  const segments = [
    { minTime: 5 * HOUR, maxTime: 6 * HOUR, minReceived: DAY, maxReceived: DAY + 1_000, bytes: 1, rows: 1 },
    { minTime: 2 * HOUR, maxTime: 3 * HOUR, minReceived: DAY, maxReceived: DAY + 2_000, bytes: 1, rows: 1 },
  ] as SegmentEntry[];
  const minutes = { level: 60_000, minTime: HOUR, maxTime: 2 * HOUR, bytes: 1, rows: 1 } as RollupEntry;
  const [raw, history] = storeLevels({ segments, rollups: [minutes] }, AGES, BESIDE);
  expect(raw).toMatchObject({ oldest: DAY, newest: DAY + 2_000, oldestFlow: 2 * HOUR, newestFlow: 6 * HOUR });
  expect(history).toMatchObject({ oldestFlow: HOUR, newestFlow: 2 * HOUR + 60_000 });
  const [none] = storeLevels({ segments: [], rollups: [] }, AGES, BESIDE);
  expect(none).toMatchObject({ oldestFlow: null, newestFlow: null });
});
