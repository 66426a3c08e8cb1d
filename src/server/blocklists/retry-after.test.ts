import { expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;

it.each([
  ['120', 120_000],
  ['0', 0],
  [' 3600 ', 3_600_000],
  ['Sun, 22 Nov 2026 12:10:00 GMT', 600_000],
  ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
  ['999999999999', DAY],
  ['Fri, 01 Jan 2100 00:00:00 GMT', DAY],
  ['', 0],
  ['soon', 0],
  ['-5', 0],
])('Retry-After %j is %i ms', (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms);
});
