import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerCounts, LedgerEntry } from './ledger.ts';
import { foldLedger } from './ledger-fold.ts';
import { assessLoss } from './loss.ts';

const count = fc.nat(1_000);
const counts: fc.Arbitrary<LedgerCounts> = fc.record({
  datagrams: count,
  records: count,
  lost: count,
  recovered: count,
  restarts: count,
  unreadable: count,
  store_drops: count,
  kernel_drops: count,
  exporter_drops: count,
  error_truncated: count,
});

test('an account that was folded says the same of loss, and names those that lost most', () => {
  const entries = fc
    .array(counts, { maxLength: 60 })
    .map((list): LedgerEntry[] =>
      list.map((c, i) => ({ minute: i * 60_000, exporter: i === 0 ? '' : `10.0.0.${i}`, domain: 0, counts: c })),
    );
  fc.assert(
    fc.property(entries, (list) => {
      const folded = foldLedger(list, 10);
      expect(folded.length).toBeLessThanOrEqual(11);
      expect(assessLoss(folded)).toEqual(assessLoss(list));
      // Folding what is folded changes nothing more.
      expect(assessLoss(foldLedger(folded, 10))).toEqual(assessLoss(list));
    }),
  );
});

test('counters of interfaces stay with their interface, or go', () => {
  const list = Array.from({ length: 30 }, (_, i): LedgerEntry => {
    return {
      minute: 0,
      exporter: '10.0.0.1',
      domain: 0,
      interface: i,
      counts: { counter_samples: i, if_in_octets: 10 },
    };
  });
  const folded = foldLedger(list, 10);
  expect(folded.slice(0, 10).map((e) => e.interface)).toEqual([29, 28, 27, 26, 25, 24, 23, 22, 21, 20]);
  expect(folded.at(-1)).toEqual({ minute: 0, exporter: '', domain: 0, counts: { counter_samples: 190 } });
});
