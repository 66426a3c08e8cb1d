import { expect, it } from 'vitest';
import { type QueryInput, runQuery } from '../../../src/query/index.ts';
import { testStore } from '../../../src/query/store.testing.ts';
import type { Gap } from '../../../src/truth/index.ts';
import { qualityDetails } from './quality-details.ts';

const T = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

async function detailsOf(input: QueryInput = {}) {
  const silent: Gap = {
    ...{ from: T, to: T + HOUR, cause: 'silent', exporter: '192.0.2.2', domain: 1, usual: 3 },
    ...{ share: 0.03, share_bytes: 0.44 },
  };
  const ledger = [
    { minute: T, exporter: '192.0.2.1', domain: 0, counts: { records: 990, lost: 10 } },
    { minute: T, exporter: '192.0.2.2', domain: 1, counts: { records: 10 } },
  ];
  const flow = { time: T + 2 * HOUR, exporter: '192.0.2.1', raw_bytes: 500, raw_packets: 1, sampling: 512 };
  const store = await testStore([flow], { ledger, measured: { gaps: [silent], imported: [] } });
  const { quality } = await runQuery(store, { from: T, to: T + 4 * HOUR, ...input }, { now: T + 4 * HOUR });
  store.close();
  const groups = qualityDetails(quality, 'UTC');
  return new Map(groups.flatMap(({ details }) => details.map(({ what, is }) => [what, is])));
}

it('tells what an answer is worth in words, with units and with times', async () => {
  const details = await detailsOf();
  expect(details.get('records lost')).toBe('10 (0.99 %)');
  expect(details.get('of 192.0.2.1, domain 0')).toBe('10 of 1,000 (1.0 %)');
  expect(details.get('2026-11-21 12:00:00 to 2026-11-21 13:00:00')).toBe(
    '192.0.2.2, domain 1, was silent, usually 44 % of all bytes',
  );
  expect(details.get('measured, of bytes and packets')).toBe('89 %');
  expect(details.get('measured, of flows')).toBe('99 %');
  expect(details.get('rates')).toBe('1 in 512');
  expect(details.get('exporters that were not compared')).toBe('2: what several saw counts several times');
  expect([...details.values()].join()).not.toMatch(/undefined|NaN|\[object/);
});

it('says nothing of what does not matter', async () => {
  const details = await detailsOf({ filter: 'exporter 192.0.2.1' });
  expect(details.get('measured')).toBe('all of the range');
  expect([...details.keys()]).not.toContain('exporters that were not compared');
});
