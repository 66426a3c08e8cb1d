import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../server/index.ts';
import { doctorLevels, renderLevels } from './doctor-levels.ts';

const DAY = 86_400_000;

test('each part of a store on disk, with its limits from the configuration', () => {
  const data = mkdtempSync(join(tmpdir(), 'weir-levels-'));
  try {
    const state = new URL('../../test/states/netflow9-ipfix.tar.gz', import.meta.url).pathname;
    execFileSync('tar', ['-C', data, '-xzf', state]);
    const config = loadConfig({ flags: { retention_bytes: '2G', retention_5m_age: '30d', retention_1h_age: 'none' } });
    const levels = doctorLevels(undefined, data, config);
    expect(levels.map((l) => [l.level, l.age_ms, l.byte_limit])).toEqual([
      ['raw', 730 * DAY, 2e9],
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
  const level = { oldest: null, newest: null, rows: null, age_ms: null, byte_limit: null };
  const text = renderLevels([
    { ...level, level: 'raw', bytes: 1_000, bytes_a_day: 500, at_full_age: 2_000_000 },
    { ...level, level: 'journal', bytes: 24, bytes_a_day: null, at_full_age: null },
  ]);
  expect(text).toMatch(/total +1.02 kB +500 B +2.00 MB/);
  expect(renderLevels([])).toBe('');
});
