import { expect, test } from 'vitest';
import { RecentRises } from './recent-rises.ts';

test('a counter rose when its sum over all threads grew', () => {
  const rises = new RecentRises();
  const at = (a: number, b: number) => [
    { name: 'drops', help: '', value: a },
    { name: 'drops', help: '', value: b },
  ];
  rises.observe(at(0, 0), 1_000);
  expect(rises.sinceRise('drops', 2_000)).toBeNull();
  rises.observe(at(0, 5), 3_000);
  rises.observe(at(0, 5), 4_000);
  expect(rises.sinceRise('drops', 10_000)).toBe(7_000);
  expect(rises.sinceRise('other', 10_000)).toBeNull();
});
