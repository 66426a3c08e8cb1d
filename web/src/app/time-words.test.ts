import { describe, expect, it } from 'vitest';
import { readTime } from './time-words.ts';

/** A Monday. */
const now = new Date(2026, 10, 23, 15, 30).getTime();
const at = (day: number, hour = 0, minute = 0) => new Date(2026, 10, day, hour, minute).getTime();

describe('a range of time in words', () => {
  it.each([
    ['last 3 days', '3d'],
    ['3d', '3d'],
    ['  LAST   hour ', '1h'],
    ['past 90 minutes', '90m'],
    ['15 min', '15m'],
    ['2 weeks', '2w'],
  ])('%s moves on with now', (text, last) => {
    expect(readTime(text, now)).toEqual({ last });
  });

  it.each([
    ['yesterday 9 to 11', at(22, 9), at(22, 11)],
    ['yesterday 9-11', at(22, 9), at(22, 11)],
    ['from yesterday 22:30 to today 6:00', at(22, 22, 30), at(23, 6)],
    ['yesterday', at(22), at(23)],
    ['today', at(23), now],
    ['9 to 11', at(23, 9), at(23, 11)],
    ['9:15', at(23, 9, 15), now],
    ['monday', at(23), now],
    ['tue', at(17), at(18)],
    ['sat to sun', at(21), at(23)],
    ['friday 8:00 – 12:00', at(20, 8), at(20, 12)],
    ['2026-11-20', at(20), at(21)],
    ['2026-11-20 to 2026-11-21', at(20), at(22)],
    ['2026-11-20 09:30 to 14:00', at(20, 9, 30), at(20, 14)],
    ['2026-11-20T09:30/now', at(20, 9, 30), now],
    ['2026-11-20T09:30:00Z to 2026-11-20T10:30:00+01:00', Date.UTC(2026, 10, 20, 9, 30), null],
    ['2026-11-20T09:30Z/2026-11-20T10:30Z', Date.UTC(2026, 10, 20, 9, 30), Date.UTC(2026, 10, 20, 10, 30)],
    ['yesterday 23 to 24', at(22, 23), at(23)],
  ])('%s is a range', (text, from, to) => {
    expect(readTime(text, now)).toEqual(to === null ? null : { from, to });
  });

  it.each([
    '',
    'soon',
    '0d',
    'last',
    '11 to 9',
    '25:00',
    '9:75',
    '2026-02-31',
    'mo',
    'a to b to c',
    '1 to 2 to 3',
    '/',
    'now',
    `yesterday${' '.repeat(5_000)}x`,
    '9'.repeat(10_000),
  ])('%.40j is none', (text) => {
    expect(readTime(text, now)).toBeNull();
  });

  it('is cut at now, and none where it begins later', () => {
    expect(readTime('today 9 to 20', now)).toEqual({ from: at(23, 9), to: now });
    expect(readTime('today 16 to 20', now)).toBeNull();
  });
});
