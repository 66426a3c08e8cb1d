import { expect, it } from 'vitest';
import { fittingColumns, foldTable, terminalWidth, wrapText } from './render-width.ts';
import type { TableColumn } from './table.ts';

const column = (title: string): TableColumn => ({ title, align: 'left' });
const columns = ['exporter', 'domain', 'records', 'bytes', 'lost'].map(column);
const rows = [
  ['192.0.2.1', '0', '1,000', '12.3 MB', '0'],
  ['192.0.2.2', '7', '2', '1 kB', '10'],
];

it('folds a table that is too wide into tables that all name their rows', () => {
  expect(foldTable(columns, rows, 2, 35)).toEqual([
    'exporter   domain  records  bytes',
    '---------  ------  -------  -------',
    '192.0.2.1  0       1,000    12.3 MB',
    '192.0.2.2  7       2        1 kB',
    '',
    'exporter   domain  lost',
    '---------  ------  ----',
    '192.0.2.1  0       0',
    '192.0.2.2  7       10',
  ]);
});

it('leaves a table that fits as it is, and folds to one column where nothing fits', () => {
  expect(foldTable(columns, rows, 2, 100)).toHaveLength(4);
  expect(foldTable(columns, rows, 1, 1).filter((l) => l.startsWith('exporter'))).toHaveLength(4);
  expect(foldTable(columns.slice(0, 1), rows, 1, 1)).toHaveLength(4);
});

it('leaves columns out in the order given, and no more than needed', () => {
  expect(fittingColumns(columns, rows, ['lost', 'bytes'], 41)).toEqual({ shown: [0, 1, 2, 3, 4], left: [] });
  expect(fittingColumns(columns, rows, ['lost', 'bytes'], 40)).toEqual({ shown: [0, 1, 2, 3], left: ['lost'] });
  expect(fittingColumns(columns, rows, ['none', 'lost', 'bytes'], 5)).toEqual({
    shown: [0, 1, 2],
    left: ['lost', 'bytes'],
  });
});

it('takes the width that COLUMNS says', () => {
  expect(terminalWidth({ COLUMNS: '72' })).toBe(72);
  expect(terminalWidth({ COLUMNS: 'wide' })).toBe(process.stdout.isTTY ? process.stdout.columns : null);
});

it('wraps text between words, and never cuts one', () => {
  expect(wrapText('one two three', 9, 1, 2)).toEqual([' one two', '  three']);
  expect(wrapText('a https://example.net/long b', 6)).toEqual(['a', 'https://example.net/long', 'b']);
});
