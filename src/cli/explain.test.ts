import { expect, it } from 'vitest';
import { WeirError } from '../base/index.ts';
import { explain } from './explain.ts';

it('puts a caret under the place in a filter', () => {
  const error = new WeirError('usage', 'filter, column 14: unknown word "andd"', {
    details: { position: 13, length: 4, filter: 'dst port 443 andd proto tcp' },
  });
  expect(explain(error)).toBe(
    ['weir: filter, column 14: unknown word "andd"', '  dst port 443 andd proto tcp', '               ^^^^'].join('\n'),
  );
});

it('shows the line of the place, and a piece of a long line', () => {
  const filter = `proto tcp and # first\n${'src port 1 or '.repeat(20)}dst prt 5`;
  const position = filter.indexOf('dst prt');
  const [, line, caret] = explain(
    new WeirError('usage', 'filter, line 2', { details: { position, length: 7, filter } }),
  ).split('\n');
  expect(line!.slice(caret!.indexOf('^'), caret!.lastIndexOf('^') + 1)).toBe('dst prt');
  expect(line!.length).toBeLessThan(110);
});

it('marks the end of a filter that stops too early', () => {
  const error = new WeirError('usage', 'filter', { details: { position: 8, length: 0, filter: 'dst port' } });
  expect(explain(error).split('\n')[2]).toBe(`${' '.repeat(10)}^`);
});

it('says nothing of a place where there is none, and shows control characters', () => {
  expect(explain(new WeirError('usage', 'bad \u001b[31m flag'))).toBe('weir: bad \\u001b[31m flag');
});
