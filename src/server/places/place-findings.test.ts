import { expect, it } from 'vitest';
import { placeFindings } from './place-findings.ts';
import type { PlaceSourceStatus } from './place-messages.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;

function findings(source: Partial<PlaceSourceStatus>) {
  const whole = {
    name: '/d/rib.gz',
    kind: 'mrt',
    used: true,
    partial: false,
    madeMs: NOW - DAY,
    systems: 3,
    countries: 0,
  } as const;
  const sources = [{ ...whole, skipped: {}, problem: null, ...source }];
  return placeFindings({ sources, problems: [], failure: null }, NOW);
}

it('a dump of routes that is older than 90 days by its own time is a warning, with its day', () => {
  expect(findings({})).toEqual([
    { level: 'ok', subject: 'as_data', text: '/d/rib.gz: autonomous systems of 3 ranges, of 2026-11-21, 1 day old' },
  ]);
  expect(findings({ madeMs: NOW - 90 * DAY })).toMatchObject([{ level: 'ok' }]);
  expect(findings({ madeMs: NOW - 91 * DAY })).toEqual([
    {
      level: 'warn',
      subject: 'as_data',
      text: expect.stringContaining('of 2026-08-23, 91 days old'),
      advice: expect.stringContaining('newer dump'),
    },
  ]);
  // Of a file that does not tell its time nobody knows it.
  expect(findings({ madeMs: 0 })).toMatchObject([{ level: 'ok' }]);
});

it('a file that is empty is named, and its problem said', () => {
  expect(findings({ used: false, madeMs: 0, systems: 0, problem: 'it is empty' })).toMatchObject([
    { level: 'warn', text: '/d/rib.gz: it is empty: nothing of it is used' },
  ]);
});

it('a file that is refused or cut short says which state of it is used, and how old that is', () => {
  expect(findings({ problem: 'it ends within record 7', partial: true })[0]!.text).toBe(
    '/d/rib.gz: it ends within record 7: the part of it that could be read is used (autonomous systems of 3 ranges, of 2026-11-21, 1 day old)',
  );
  expect(findings({ problem: 'it ends within record 7' })[0]!.text).toContain(
    ': its state before this one is used (autonomous systems of 3 ranges, of 2026-11-21, 1 day old)',
  );
});
