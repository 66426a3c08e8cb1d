import { expect, it } from 'vitest';
import { grouped, span, withPrefix } from './human.ts';
import { alignTable, csvLine, printable } from './table.ts';

it.each<[number, string, string]>([
  [0, 'B', '0 B'],
  [999, 'B', '999 B'],
  [999.6, 'B', '1.00 kB'],
  [1_200_000, 'B', '1.20 MB'],
  [12_345_678, 'B', '12.3 MB'],
  [123_456_789, 'bit/s', '123 Mbit/s'],
  [999_700, 'B', '1.00 MB'],
  [1.5, 'bit/s', '1.50 bit/s'],
  [-2_500, 'B', '-2.50 kB'],
  [5e21, 'B', '5000 EB'],
  [Number.NaN, 'B', '-'],
])('%s %s is shown as %s', (value, unit, expected) => {
  expect(withPrefix(value, unit)).toBe(expected);
});

it.each<[number, string]>([
  [0, '0'],
  [1234567, '1,234,567'],
  [-1234, '-1,234'],
  [0.1234, '0.123'],
  [1234.56, '1234.6'],
])('the count %s is shown as %s', (value, expected) => {
  expect(grouped(value)).toBe(expected);
});

it.each<[number, string]>([
  [12, '12 ms'],
  [1_500, '1.5 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
  [3_600_000, '1 h'],
])('the span %s is shown as %s', (value, expected) => {
  expect(span(value)).toBe(expected);
});

it('aligns numbers to the right, text to the left, and rules off the foot', () => {
  const lines = alignTable(
    [
      { title: 'src_addr', align: 'left' },
      { title: 'bytes', align: 'right' },
    ],
    [
      ['10.0.0.1', '1.20 MB'],
      ['10.0.0.200', '3 B'],
    ],
    [['total', '1.20 MB']],
  );
  expect(lines).toEqual([
    'src_addr      bytes',
    '----------  -------',
    '10.0.0.1    1.20 MB',
    '10.0.0.200      3 B',
    '----------  -------',
    'total       1.20 MB',
  ]);
});

it('shows control characters of foreign text instead of sending them', () => {
  expect(printable('a\u001b[31mb\n')).toBe('a\\u001b[31mb\\u000a');
});

it('quotes CSV where it must', () => {
  expect(csvLine(['a', 1, null, 'x,y', 'say "hi"'])).toBe('a,1,,"x,y","say ""hi"""\n');
});
