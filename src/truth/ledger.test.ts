import { describe, expect, it } from 'vitest';
import { DECODE_ERRORS } from '../wire/index.ts';
import { addCounts, LEDGER_COUNTERS, type LedgerCounts, type LedgerEntry, mergeLedger } from './index.ts';

describe('the ledger', () => {
  it('has one counter for each decode error, and none twice', () => {
    for (const cause of DECODE_ERRORS) expect(LEDGER_COUNTERS).toContain(`error_${cause}`);
    expect(new Set(LEDGER_COUNTERS).size).toBe(LEDGER_COUNTERS.length);
  });

  it('adds counts and leaves absent what is zero', () => {
    const sum: LedgerCounts = { lost: 1 };
    addCounts(sum, { lost: 2, records: 3, restarts: 0 });
    expect(sum).toEqual({ lost: 3, records: 3 });
  });

  it('merges by minute, exporter and domain, and changes nothing that it was given', () => {
    const entry = (minute: number, exporter: string, domain: number, records: number): LedgerEntry => ({
      minute,
      exporter,
      domain,
      counts: { records },
    });
    const given = [
      entry(60_000, 'b', 0, 1),
      entry(0, 'b', 1, 2),
      entry(60_000, 'b', 0, 4),
      entry(60_000, 'a', 0, 8),
      entry(0, 'b', 0, 16),
    ];
    const before = structuredClone(given);
    expect(mergeLedger(given)).toEqual([
      entry(0, 'b', 0, 16),
      entry(0, 'b', 1, 2),
      entry(60_000, 'a', 0, 8),
      entry(60_000, 'b', 0, 5),
    ]);
    expect(given).toEqual(before);
    expect(mergeLedger([])).toEqual([]);
  });
});
