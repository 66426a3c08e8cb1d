import { expect, it } from 'vitest';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { qualityDetails } from './quality-details.ts';

type Quality = QueryAnswer['quality'];
const T = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

/** As an answer about a range of four hours has it, in the first of which one of two exporters was silent. */
const QUALITY: Quality = {
  lost: {
    ...{
      records: 10,
      received: 1_000,
      share: 10 / 1_010,
      unmetered_packets: 0,
      recovered: 0,
      duplicated: 0,
      restarts: 0,
    },
    by: { network: 10, kernel: 0, queue: 0, decode: 0, store: 0, exporter: 0 },
    errors: {},
    exporters: [{ exporter: '192.0.2.1', domain: 0, lost: 10, received: 990, share: 0.01 }],
    estimated: 'from sequence numbers',
  },
  sampling: {
    ...{ sampled_share: 1, known_share: 1, min_rate: 512, max_rate: 512, origins: ['record'] },
    error95: { bytes: { total: 1e9, half_width: 2e7 } },
    ...{ formula: 'V', source: 'RFC' },
    by_origin: [{ origin: 'record', min_rate: 512, max_rate: 512, records: 12, bytes: 1e9 }],
  },
  duplicates: { status: 'not_assessed', reason: 'nothing was compared', uncompared_exporters: 2 },
  scans: { status: 'not_assessed', reason: 'not judged yet' },
  gaps: {
    ...{ status: 'assessed', measured: 0.89, measured_flows: 0.9925, more: 0 },
    gaps: [
      {
        ...{
          from: T,
          to: T + HOUR,
          cause: 'silent',
          ms: HOUR,
          exporter: '192.0.2.2',
          exporter_name: 'north',
          domain: 1,
        },
        ...{ share: 0.44, share_of: 'bytes' },
      },
      { from: T - HOUR, to: null, cause: 'closed', ms: 1 },
      { from: 0, to: T - HOUR, cause: 'before', ms: 1 },
    ],
    by: { silent: { gaps: 1, ms: HOUR } },
  },
  completeness: { hosts: { asked: 3, answered: 2 } },
  clocks: { corrected_records: 0 },
  complete_until: T + 4 * HOUR,
  damaged: [{ name: 'a.weir', rows: 5_910, reason: 'checksum' }],
};

const detailsOf = (quality: Quality) =>
  new Map(qualityDetails(quality, 'UTC').flatMap(({ details }) => details.map(({ what, is }) => [what, is])));

it('tells what an answer is worth in words, with units and with times', () => {
  const details = detailsOf(QUALITY);
  expect(details.get('records lost')).toBe('10 (0.99 %)');
  expect(details.get('of 192.0.2.1, domain 0')).toBe('10 of 1,000 (1.0 %)');
  expect(details.get('2026-11-21 12:00:00 to 2026-11-21 13:00:00')).toBe(
    'north, domain 1, was silent, usually 44 % of all bytes',
  );
  expect(details.get('2026-11-21 11:00:00 to now')).toBe('no port was open');
  expect(details.get('until 2026-11-21 11:00:00')).toBe('this node had not been started yet');
  expect(details.get('measured, of bytes and packets')).toBe('89 %');
  expect(details.get('measured, of flows')).toBe('99 %');
  expect(details.get('rates')).toBe('1 in 512');
  expect(details.get('total of bytes, in 95 of 100 cases')).toBe('1.0 G ± 20.0 M (2.0 %)');
  expect(details.get('exporters that were not compared')).toBe('2: what several saw counts several times');
  expect(details.get('hosts that answered')).toBe('2 of 3');
  expect(details.get('file a.weir')).toBe('checksum: 5,910 rows missing');
  expect([...details.values()].join()).not.toMatch(/undefined|NaN|\[object/);
});

it('says nothing of what does not matter', () => {
  const { duplicates, gaps } = QUALITY;
  const { uncompared_exporters: _, ...compared } = duplicates;
  const whole = { ...gaps, gaps: [], measured: 1, measured_flows: 1, by: {} } as Quality['gaps'];
  const details = detailsOf({ ...QUALITY, gaps: whole, duplicates: compared as Quality['duplicates'], damaged: [] });
  expect(details.get('measured')).toBe('all of the range');
  for (const what of ['exporters that were not compared', 'measured, of flows', 'file a.weir'])
    expect([...details.keys()]).not.toContain(what);
});
