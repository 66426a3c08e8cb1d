import { expect, it } from 'vitest';
import { fileName } from './saved-file.ts';

it('a file is named by what is in it, of when; nothing in its name leads elsewhere', () => {
  const range = { from: Date.UTC(2026, 10, 21, 9), to: Date.UTC(2026, 10, 22, 9) };
  expect(fileName('bps by src_addr/24', range)).toBe('weir-bps-by-src-addr-24-20261121T0900Z-20261122T0900Z');
  expect(fileName('../../etc', range)).toBe('weir--etc-20261121T0900Z-20261122T0900Z');
});
