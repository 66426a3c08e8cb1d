import { expect, it } from 'vitest';
import { labelOf } from './live-labels.ts';

it('processes whose names have line breaks are groups of their own', () => {
  const keys = [
    { pid: 7, process: 'a', user: 'b', app: 'c' },
    { pid: 7, process: 'a\nb', user: 'c', app: '' },
    { pid: 7, process: 'a', user: 'b\nc' },
    { process: '7 a', user: 'b', app: 'c' },
  ].map((record) => labelOf('process', record).key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(labelOf('process', { pid: 7, process: 'a', user: 'b', app: 'c' }).key).toBe(keys[0]);
});
