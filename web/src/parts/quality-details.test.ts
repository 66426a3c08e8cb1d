import { expect, it } from 'vitest';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { qualityParts } from './quality-details.ts';

const T = Date.UTC(2026, 10, 22, 14, 12);
const QUALITY = {
  lost: {
    ...{ records: 219, received: 781, share: 0.219, unmetered_packets: 0, recovered: 3, duplicated: 0, restarts: 2 },
    by: { network: 219, kernel: 0, queue: 0, decode: 0, store: 0, exporter: 0 },
    errors: { truncated: 4 },
    exporters: [{ exporter: '192.0.2.1', domain: 7, lost: 219, received: 781, share: 0.219 }],
    estimated: '',
  },
  sampling: {
    ...{ sampled_share: 0.5, known_share: 1, min_rate: 1, max_rate: 512, origins: ['options'] },
    error95: { bytes: { total: 2_000_000, half_width: 10_000 } },
    ...{ formula: '', source: '', by_origin: [] },
  },
  duplicates: { status: 'not_assessed', reason: 'nobody looked' },
  scans: { status: 'not_assessed', reason: '' },
  gaps: {
    ...{ status: 'assessed', measured: 0.98, more: 0, by: {} },
    gaps: [
      { from: 0, to: T, cause: 'before', exporter: null, domain: null },
      { from: T, to: T + 1_800_000, cause: 'silent', exporter: '192.0.2.1', domain: 7 },
    ],
  },
  completeness: { hosts: { asked: 1, answered: 1 } },
  clocks: { corrected_records: 0 },
  complete_until: T,
  damaged: [],
} as QueryAnswer['quality'];

it('says what an answer is worth in words, with units, and times in the zone of who reads it', () => {
  const parts = new Map(qualityParts(QUALITY, 'Europe/Berlin').map(({ title, lines }) => [title, lines]));
  expect([...parts.keys()]).toEqual(['Lost', 'Sampling', 'Duplicates', 'Not measured', 'Kept']);
  expect(parts.get('Lost')).toEqual([
    ['lost', '219 of 1,000 records, 21.9 %'],
    ['on the way here', '219 records'],
    ['came late, and were counted', '3 records'],
    ['restarts of exporters', '2'],
    ['not readable: truncated', '4 datagrams'],
    ['of 192.0.2.1, domain 7', '219 records, 21.9 %'],
  ]);
  expect(parts.get('Sampling')).toContainEqual(['rate', '1 in 1 to 1 in 512']);
  expect(parts.get('Sampling')).toContainEqual(['bytes, 95 times of 100', '2.00 MB ± 10.0 kB']);
  expect(parts.get('Duplicates')).toEqual([['not looked at', 'nobody looked']]);
  expect(parts.get('Not measured')).toContainEqual(['not yet started', 'until 2026-11-22 15:12:00']);
  expect(parts.get('Not measured')).toContainEqual([
    'an exporter was silent (192.0.2.1)',
    '2026-11-22 15:12:00 to 2026-11-22 15:42:00',
  ]);
  expect(parts.get('Kept')).toContainEqual(['complete until', '2026-11-22 15:12:00']);
});
