import { describe, expect, it } from 'vitest';
import { isBlank } from './blank-rows.ts';

describe('rows that say nothing', () => {
  it.each([
    [[], true],
    [[[0, null, '', 0]], true],
    [
      [
        [0, null],
        [null, 0.4],
      ],
      false,
    ],
    [[['listed', 0, 0]], false],
  ])('%j: %s', (rows, blank) => {
    expect(isBlank(rows)).toBe(blank);
  });
});
