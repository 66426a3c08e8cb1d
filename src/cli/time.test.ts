import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatTime, parseEvery, parseRange, parseTime } from './time.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 34, 56, 789);
const zone = process.env.TZ;

describe('parseTime', () => {
  beforeAll(() => {
    process.env.TZ = 'Europe/Berlin';
  });
  afterAll(() => {
    process.env.TZ = zone;
    if (zone === undefined) delete process.env.TZ;
  });

  it.each<[string, number | 'all']>([
    ['now', NOW],
    ['all', 'all'],
    ['-1h', NOW - 3_600_000],
    ['- 15 m', NOW - 900_000],
    ['1h ago', NOW - 3_600_000],
    ['15m', NOW - 900_000],
    ['1h30m', NOW - 5_400_000],
    ['2d', NOW - 2 * 86_400_000],
    ['today', Date.UTC(2026, 10, 20, 23)],
    ['yesterday', Date.UTC(2026, 10, 19, 23)],
    ['2026-11-21', Date.UTC(2026, 10, 20, 23)],
    ['2026-11-21 09:30', Date.UTC(2026, 10, 21, 8, 30)],
    ['2026-07-01 09:30', Date.UTC(2026, 6, 1, 7, 30)],
    ['2026-11-21T09:30:15', Date.UTC(2026, 10, 21, 8, 30, 15)],
    ['2026-11-21T09:30:15Z', Date.UTC(2026, 10, 21, 9, 30, 15)],
    ['2026-11-21T09:30:15.25Z', Date.UTC(2026, 10, 21, 9, 30, 15, 250)],
    ['2026-11-21 09:30 +02:00', Date.UTC(2026, 10, 21, 7, 30)],
    ['2026-11-21T09:30-0530', Date.UTC(2026, 10, 21, 15, 0)],
    ['1795264496789', 1795264496789],
    ['86400000000', 86400000000],
  ])('%s', (text, expected) => {
    expect(parseTime(text, NOW)).toBe(expected);
  });

  it.each(['', 'tomorrowish', '2026-02-31', '2026-13-01', '2026-11-21 25:00', '-', 'ago', '12', '-1y', '2026-11-21Z9'])(
    'refuses "%s" and says what it takes',
    (text) => {
      expect(() => parseTime(text, NOW)).toThrow(/expected `2026-/);
    },
  );
});

describe('parseRange', () => {
  it('is the last hour without flags', () => {
    expect(parseRange(undefined, undefined, NOW)).toEqual({ from: NOW - 3_600_000, to: NOW });
  });
  it('is open on both sides with --from all', () => {
    expect(parseRange('all', undefined, NOW)).toEqual({});
  });
  it('keeps an end that was given beside --from all', () => {
    expect(parseRange('all', 'now', NOW)).toEqual({ to: NOW });
  });
  it('is the hour before --to alone', () => {
    expect(parseRange(undefined, '-1d', NOW)).toEqual({ from: NOW - 86_400_000 - 3_600_000, to: NOW - 86_400_000 });
  });
  it('refuses an end that is not after the start', () => {
    expect(() => parseRange('now', '-1h', NOW)).toThrow(/range is empty/);
  });
});

it('--every takes durations of a second or more', () => {
  expect(parseEvery('5m')).toBe(300_000);
  expect(() => parseEvery('10ms')).toThrow(/--every/);
  expect(() => parseEvery('often')).toThrow(/--every/);
});

it('a time that was written can be read', () => {
  expect(parseTime(formatTime(NOW - 789), NOW)).toBe(NOW - 789);
});
