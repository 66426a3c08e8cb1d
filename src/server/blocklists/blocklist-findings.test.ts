import { expect, it } from 'vitest';
import { blocklistFindings } from './blocklist-findings.ts';
import type { BlocklistStatus } from './blocklists.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 12);
const report = {
  ...{ format: 'plain' as const, entries: 7_000, faults: [], refused: [], own: 0, ownNamed: [] },
  rejected: { name: 0, not_address: 0, bad_range: 0, too_wide: 0, covers_home: 0 },
};
const list: BlocklistStatus = {
  ...{ name: 'drop', source: 'https://example.org/drop', isFile: false, refreshMs: HOUR, failure: null },
  kept: { fetchedMs: NOW - 5 * HOUR, checkedMs: NOW - HOUR, report },
};
const failure = {
  ...{ reason: 'timeout' as const, message: 'no answer within 30 s', status: null },
  ...{ sinceMs: NOW - HOUR, triedMs: NOW - 60_000, inRow: 3, dueMs: NOW + 600_000 },
};
const of = (more: Partial<BlocklistStatus>) => blocklistFindings([{ ...list, ...more }], NOW)[0]!;

it('a list that was refreshed tells its age, and what was left out of it', () => {
  expect(of({})).toEqual({ level: 'ok', subject: 'block list drop', text: '7000 entries, 5h old, the same 1h ago' });
  const odd = {
    ...report,
    rejected: { ...report.rejected, name: 2, too_wide: 1 },
    faults: [{ line: 9, cause: 'name' as const, text: 'x.example.com' }],
    refused: ['0.0.0.0/0'],
  };
  expect(of({ kept: { ...list.kept!, report: odd } })).toMatchObject({
    level: 'ok',
    text: '7000 entries, 5h old, the same 1h ago; left out 2 names of hosts and 1 entry that holds too much (line 9 is the name of a host: "x.example.com", 0.0.0.0/0)',
  });
});

it('a list that has private or home addresses is trouble', () => {
  const kept = { ...list.kept!, report: { ...report, own: 1, ownNamed: ['192.0.2.9/32'] } };
  expect(of({ kept })).toMatchObject({
    level: 'warn',
    text: expect.stringContaining('it lists 1 private or home prefix such as 192.0.2.9/32'),
  });
});

it('a list that could not be refreshed says which copy is in use, how old it is and why, and is trouble when it is old', () => {
  expect(of({ failure })).toMatchObject({
    level: 'ok',
    text: 'an older copy is in use (7000 entries, 5h old, the same 1h ago): https://example.org/drop: no answer within 30 s (for 1h, 3 times; next try in 10m)',
  });
  const old = { ...list.kept!, checkedMs: NOW - 4 * HOUR };
  expect(of({ failure, kept: old })).toMatchObject({ level: 'warn', text: expect.stringContaining('the same 4h ago') });
});

it('a list that was never had is trouble once it has failed', () => {
  expect(of({ kept: null }).level).toBe('ok');
  expect(of({ kept: null, failure })).toMatchObject({ level: 'warn', text: expect.stringContaining('there is none') });
});

it('a file that is gone for more than ten minutes is trouble', () => {
  const file = { source: '/etc/weir/bad.txt', isFile: true, failure: { ...failure, reason: 'unreadable' as const } };
  expect(of(file).level).toBe('warn');
  expect(of({ ...file, failure: { ...file.failure, sinceMs: NOW - 60_000 } }).level).toBe('ok');
});

it('what is to be done fits what failed: of a proxy it speaks only where there was no connection', () => {
  const advice = (reason: typeof failure.reason | string, status: number | null = null, isFile = false) =>
    of({ isFile, kept: null, failure: { ...failure, reason: reason as typeof failure.reason, status } }).advice;
  expect(advice('unreachable')).toMatch(/firewall.*proxy/);
  expect(advice('dns')).toContain('name servers');
  expect(advice('tls')).toContain('certificate');
  expect(advice('status', 404)).toContain('where its publisher has it now');
  expect(advice('status', 429)).toContain('raise `refresh`');
  expect(advice('status', 403)).toContain('key');
  expect(advice('status', 502)).toContain('asks again by itself');
  expect(advice('broken')).toContain('what the URL answers');
  expect(advice('broken', null, true)).toMatch(/^mend the file/);
  for (const reason of ['dns', 'tls', 'timeout', 'cut', 'redirect', 'too_large', 'unreadable', 'unwritable', 'broken'])
    expect(advice(reason)).not.toContain('proxy');
});
