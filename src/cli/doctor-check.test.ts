import { expect, test } from 'vitest';
import { renderCheck } from './doctor-check.ts';

const checked = { segments: 312, rollups: 1_204, journals: 3, ledger: 17, lists: 1 };
const of = { what: 'segments/a.parquet', problem: 'the file is missing' };

test('a check is one line for each thing that was found, and one of all', () => {
  expect(renderCheck({ results: [], checked, known: 0 }, 4_200)).toBe(
    'checked 312 segments, 1,204 roll-ups, 3 journals, 17 ledger files, 1 list in 4.2 s: whole\n',
  );
  const report = {
    results: [
      { ...of, outcome: 'repaired', done: 'it was made again', lost: null },
      { ...of, outcome: 'lost', done: 'it was noted in damaged/', lost: '7 records' },
      { ...of, outcome: 'harmless', done: null, lost: null },
    ],
    checked,
    known: 1,
  } as const;
  expect(renderCheck(report, 61_000).split('\n')).toEqual([
    'repaired      segments/a.parquet: the file is missing; it was made again',
    'lost          segments/a.parquet: the file is missing; it was noted in damaged/; gone: 7 records',
    'as is         segments/a.parquet: the file is missing',
    'known before: 1 file with rows that are gone; answers name them, see damaged/',
    'checked 312 segments, 1,204 roll-ups, 3 journals, 17 ledger files, 1 list in 1 min 1 s: 1 repaired, 1 lost',
    '',
  ]);
});
