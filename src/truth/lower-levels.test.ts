import { expect, it } from 'vitest';
import { lowerLevels } from './lower-levels.ts';

const entry = (minute: number, exporter: string, counts: object) => ({ minute, exporter, domain: 1, counts });

it('hosts at a lower level are those that said so in these minutes, each once for a level', () => {
  const ledger = [
    entry(0, '100::2', { records: 9, payload_only_ms: 10_000 }),
    entry(60_000, '100::2', { payload_only_ms: 20_000 }),
    entry(60_000, '192.0.2.1', { uncounted_ms: 5 }),
    entry(60_000, '192.0.2.2', { records: 3 }),
  ];
  expect(lowerLevels(ledger)).toEqual([
    { exporter: '192.0.2.1', level: 'proc', ms: 5 },
    { exporter: '100::2', level: 'sock_diag', ms: 30_000 },
  ]);
  expect(lowerLevels(ledger.slice(3))).toEqual([]);
});
