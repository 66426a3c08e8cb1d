import { expect, it } from 'vitest';
import { placeFindings } from '../server/places/place-findings.ts';
import { renderFindings } from './render-findings.ts';

it('a long name of a file does not move the columns of the table', () => {
  const width = (name: string) => {
    const source = {
      name,
      kind: 'mrt',
      used: true,
      madeMs: 0,
      systems: 3,
      countries: 0,
      skipped: {},
      problem: null,
      partial: false,
    } as const;
    const table = renderFindings(placeFindings({ sources: [source], problems: [], failure: null }, 0));
    return table.split('\n')[0]!.indexOf('finding');
  };
  expect(width(`/var/lib/${'very-long-'.repeat(12)}.mrt`)).toBe(width('/a'));
});
