import { addCounts, type LedgerEntry, ledgerKey } from '../truth/index.ts';

/** An hour's entries by minute, and their sums per stream. */
export class HourLedger {
  private readonly byMinute = new Map<string, LedgerEntry>();
  private readonly byStream = new Map<string, LedgerEntry>();

  add(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      addTo(this.byMinute, `${entry.minute} ${ledgerKey(entry)}`, entry);
      addTo(this.byStream, ledgerKey(entry), entry);
    }
  }

  minutes(): LedgerEntry[] {
    return [...this.byMinute.values()];
  }
  sums(): LedgerEntry[] {
    return [...this.byStream.values()];
  }
}

/** One entry per stream, dated to the earliest of its minutes. */
export function sumsOf(entries: Iterable<LedgerEntry>): LedgerEntry[] {
  const sums = new Map<string, LedgerEntry>();
  for (const entry of entries) addTo(sums, ledgerKey(entry), entry);
  return [...sums.values()];
}

function addTo(sums: Map<string, LedgerEntry>, key: string, entry: LedgerEntry): void {
  const known = sums.get(key);
  if (known && known.minute <= entry.minute) {
    addCounts(known.counts, entry.counts);
    return;
  }
  const counts = { ...entry.counts };
  if (known) addCounts(counts, known.counts);
  sums.set(key, { ...entry, counts });
}
