import { expect, it } from 'vitest';
import { showCell } from './cells.ts';

it('times that are measured in microseconds are shown in milliseconds, with their unit, and what is not known is no time', () => {
  const shown = (us: number) => showCell({ name: 'rtt', type: 'integer', unit: 'µs' }, us);
  expect([26, 999, 1_000, 12_345, 250_000, 999_600, 1_520_000].map(shown)).toEqual([
    '0.026 ms',
    '0.999 ms',
    '1.00 ms',
    '12.3 ms',
    '250 ms',
    '1.00 s',
    '1.52 s',
  ]);
  expect(shown(0)).toBe('-');
  expect(showCell({ name: 'setup', type: 'integer' }, 800_000)).toBe('800 ms');
});

it('numbers of autonomous systems are names, and bytes of a source are an amount, though a column of records has that name', () => {
  expect(showCell({ name: 'as', type: 'integer', unit: 'AS' }, 15_169)).toBe('15169');
  expect(showCell({ name: 'source', type: 'integer', unit: 'bytes' }, 270_000)).toBe('270 kB');
  expect(showCell({ name: 'source', type: 'text' }, 'import-7')).toBe('import-7');
});
