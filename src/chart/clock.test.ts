import { afterEach, describe, expect, it, vi } from 'vitest';
import { millisText, minuteText, offsetText, rangeText, secondText } from './clock.ts';

afterEach(() => vi.restoreAllMocks());

const at = (text: string) => Date.parse(text);

describe('times as text', () => {
  it('has the day in one order for everybody', () => {
    expect(secondText(at('2026-02-03T16:05:09Z'), 'UTC')).toBe('2026-02-03 16:05:09');
    expect(millisText(at('2026-02-03T16:05:09.007Z'), 'UTC')).toBe('2026-02-03 16:05:09.007');
    expect(minuteText(at('2026-02-03T23:30:00Z'), 'Europe/Berlin')).toBe('2026-02-04 00:30');
  });

  it.each([
    ['2026-11-23T09:00Z', '2026-11-23T10:30Z', '2026-11-23 09:00 to 10:30'],
    ['2026-11-22T23:00Z', '2026-11-23T01:00Z', '2026-11-22 23:00 to 2026-11-23 01:00'],
  ])('%s to %s is %s', (from, to, text) => {
    expect(rangeText(at(from), at(to), 'UTC')).toBe(text);
  });

  it.each([
    [0, 'UTC'],
    [-60, 'UTC+01:00'],
    [-330, 'UTC+05:30'],
    [210, 'UTC−03:30'],
  ])('of %d minutes behind UTC is %s', (behind, text) => {
    vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(behind);
    expect(offsetText(0)).toBe(text);
  });
});
