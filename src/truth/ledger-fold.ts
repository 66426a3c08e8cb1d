import { addCounts, LEDGER_COUNTERS, type LedgerCounts, type LedgerEntry } from './ledger.ts';

/** What is told apart in a summary. */
const KEPT = 100;

/**
 * A short account of many entries, one for each stream and interface: those that lost most, then those that sent most, stay as they are, and the rest is
 * one entry of no exporter. The sums that `assessLoss` makes are the same of both: of the rest, what each stream lost and did not get back stays
 * lost, whatever others got back.
 */
export function foldLedger(entries: readonly LedgerEntry[], kept = KEPT): LedgerEntry[] {
  if (entries.length <= kept) return [...entries];
  const own = entries.filter((e) => e.exporter === '');
  const ranked = entries
    .filter((e) => e.exporter !== '')
    .sort((a, b) => missingOf(b.counts) - missingOf(a.counts) || sentOf(b.counts) - sentOf(a.counts));
  const rest: LedgerCounts = {};
  let minute = Number.POSITIVE_INFINITY;
  let gaps = 0;
  for (const entry of [...own, ...ranked.slice(kept)]) {
    minute = Math.min(minute, entry.minute);
    gaps += gapsOf(entry.counts);
    addCounts(rest, entry.counts);
  }
  // Of several interfaces together they say nothing.
  for (const counter of LEDGER_COUNTERS) if (counter.startsWith('if_')) delete rest[counter];
  const lost = gaps + (rest.recovered ?? 0);
  if (lost > 0) rest.lost = lost;
  return [...ranked.slice(0, kept), { minute, exporter: '', domain: 0, counts: rest }];
}

function gapsOf(counts: LedgerCounts): number {
  return Math.max(0, (counts.lost ?? 0) - (counts.recovered ?? 0));
}

function missingOf(counts: LedgerCounts): number {
  return gapsOf(counts) + (counts.unreadable ?? 0) + (counts.store_drops ?? 0) + (counts.exporter_drops ?? 0);
}

function sentOf(counts: LedgerCounts): number {
  return (counts.records ?? 0) + (counts.datagrams ?? 0) + (counts.counter_samples ?? 0);
}
