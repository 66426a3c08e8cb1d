import { expect, it } from 'vitest';
import { blocklistFindings } from './blocklist-findings.ts';
import type { BlocklistStatus } from './blocklists.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 12);
const report = {
  ...{ format: 'plain' as const, entries: 7_000, refused: [], own: 0, ownNamed: [] },
  rejected: { name: 0, not_address: 0, bad_range: 0, too_wide: 0, covers_home: 0 },
};
const list: BlocklistStatus = {
  ...{ name: 'drop', source: 'https://example.org/drop', refreshMs: HOUR, failure: null },
  kept: { fetchedMs: NOW - 5 * HOUR, checkedMs: NOW - HOUR, report },
};
const failure = { reason: 'timeout' as const, message: 'no answer within 120 s', sinceMs: NOW - HOUR };
const of = (more: Partial<BlocklistStatus>) => blocklistFindings([{ ...list, ...more }], NOW)[0]!;

it('a list that was refreshed tells its age, and what was left out of it', () => {
  expect(of({})).toEqual({ level: 'ok', subject: 'block list drop', text: '7000 entries, 1h old' });
  const odd = {
    ...report,
    rejected: { ...report.rejected, name: 2 },
    refused: ['10.0.0.0/8'],
    own: 1,
    ownNamed: ['192.0.2.9/32'],
  };
  expect(of({ kept: { ...list.kept!, report: odd } }).text).toBe(
    '7000 entries, 1h old; left out name 2; refused 10.0.0.0/8; it lists 1 private or home prefix such as 192.0.2.9/32',
  );
});

it('a list that could not be refreshed is told, and is trouble when it is old', () => {
  expect(of({ failure })).toMatchObject({ level: 'ok', text: expect.stringContaining('no answer within 120 s') });
  const old = { ...list.kept!, checkedMs: NOW - 4 * HOUR };
  expect(of({ failure, kept: old })).toMatchObject({ level: 'warn', text: expect.stringContaining('4h old') });
});

it('a list that was never had is trouble once it has failed', () => {
  expect(of({ kept: null }).level).toBe('ok');
  expect(of({ kept: null, failure })).toMatchObject({ level: 'warn', text: expect.stringContaining('there is none') });
});

it('a file that is gone for more than ten minutes is trouble', () => {
  const file = { source: '/etc/weir/bad.txt', failure: { ...failure, reason: 'unreadable' as const } };
  expect(of(file).level).toBe('warn');
  expect(of({ ...file, failure: { ...file.failure, sinceMs: NOW - 60_000 } }).level).toBe('ok');
});
