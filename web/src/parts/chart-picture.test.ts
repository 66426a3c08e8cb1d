import { expect, it } from 'vitest';
import { wrapped } from './chart-picture.ts';

it('lines are broken between words, and a word that is too long has a line of its own', () => {
  const widthOf = (text: string) => text.length;
  expect(wrapped('lost 0.3 % · complete until 14:00', 12, widthOf)).toEqual([
    'lost 0.3 % ·',
    'complete',
    'until 14:00',
  ]);
  expect(wrapped('incomprehensibilities yes', 5, widthOf)).toEqual(['incomprehensibilities', 'yes']);
  expect(wrapped('', 5, widthOf)).toEqual(['']);
});
