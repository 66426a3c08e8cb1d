import { expect, it } from 'vitest';
import { mtusOf } from './interface-mtus.ts';

it('an interface has the MTU that it has here, else where it was seen, else that of the other end of its pair', () => {
  const own = [
    { index: 1, mtu: 65_536, peer: 0 },
    { index: 2, mtu: 1_500, peer: 0 },
    { index: 7, mtu: 1_450, peer: 3 },
    { index: 8, mtu: 9_000, peer: 2 },
    { index: 9, mtu: 1_400, peer: 4 },
  ];
  const known = mtusOf(
    own,
    new Map([
      [2, 1_280],
      [4, 1_300],
      [5, 1_350],
    ]),
  );
  expect(Object.fromEntries(known)).toEqual({
    1: 65_536,
    2: 1_500,
    3: 1_450,
    4: 1_300,
    5: 1_350,
    7: 1_450,
    8: 9_000,
    9: 1_400,
  });
});
