import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../server/index.ts';
import { doctorLevels, renderLevels, retentionFindings } from './doctor-levels.ts';

const DAY = 86_400_000;
const LEVEL = {
  oldest: null,
  newest: null,
  rows: null,
  bytes_a_day: null,
  age_ms: null,
  byte_limit: null,
  cut_bytes: 0,
};

test('each part of a store on disk, with its limits from the configuration', () => {
  const data = mkdtempSync(join(tmpdir(), 'weir-levels-'));
  try {
    const state = new URL('../../test/states/netflow9-ipfix.tar.gz', import.meta.url).pathname;
    execFileSync('tar', ['-C', data, '-xzf', state]);
    const config = loadConfig({ flags: { retention_bytes: '2G', retention_5m_age: '30d', retention_1h_age: 'none' } });
    const levels = doctorLevels(undefined, data, config);
    expect(levels.map((l) => [l.level, l.age_ms, l.byte_limit])).toEqual([
      ['raw', 730 * DAY, null],
      ['1m', 14 * DAY, 4e9],
      ['5m', 30 * DAY, 8e9],
      ['1h', null, 10e9],
      ['1d', null, 3e9],
      ['ledger', 730 * DAY, null],
      ['journal', null, null],
    ]);
    expect(levels[0]).toMatchObject({ rows: 1962, bytes: expect.any(Number) });
    expect(levels.at(-1)!.bytes).toBeGreaterThan(1_000);
    expect(doctorLevels(undefined, join(data, 'none'), config)).toEqual([]);
  } finally {
    rmSync(data, { recursive: true });
  }
});

test('the table has the sum of what is known', () => {
  const raw = { ...LEVEL, level: 'raw', bytes: 1_000, bytes_a_day: 500, at_full_age: 2_000_000 };
  const journal = { ...LEVEL, level: 'journal', bytes: 24, at_full_age: 24 };
  const text = renderLevels([raw, journal], 1e9);
  expect(text).toMatch(/total +1.02 kB +500 B +1.00 GB +2.00 MB$/m);
  expect(text).not.toContain('cut');
  expect(renderLevels([{ ...raw, at_full_age: null }, journal], 1e9)).toMatch(/ at least 1.02 kB$/m);
  expect(renderLevels([], 1e9)).toBe('');
});

test('what retention_bytes takes at full age stands in the table, and is a finding where it is history', () => {
  const raw = { ...LEVEL, level: 'raw', bytes: 5e6, bytes_a_day: 5e6, at_full_age: 1e7, cut_bytes: 4e7 };
  const minute = { ...LEVEL, level: '1m', bytes: 1e6, bytes_a_day: 1e6, at_full_age: 2e7, cut_bytes: 3e7 };
  expect(renderLevels([raw, minute], 3e7)).toMatch(/total .*30.0 MB +30.0 MB +70.0 MB$/m);
  expect(retentionFindings([raw, minute], 3e7)).toMatchObject([
    {
      level: 'warn',
      text: expect.stringContaining('1m keeps 20.0 MB of 50.0 MB'),
      advice: expect.stringContaining('by 30.0 MB'),
    },
  ]);
  expect(retentionFindings([raw, { ...minute, cut_bytes: 0 }], 3e7)).toMatchObject([
    { level: 'ok', text: expect.stringContaining('for about 2 d') },
  ]);
  expect(retentionFindings([{ ...raw, cut_bytes: 0 }], 3e9)).toEqual([]);
});
