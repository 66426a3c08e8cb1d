import { addCounts, assessLoss, type LedgerCounter, type LedgerCounts, type LedgerEntry } from '../../truth/index.ts';
import type { SecondQuality } from './second-messages.ts';

/**
 * What producers tell of losses, from one look to the next. What a producer holds is told anew each time until a batch carries it, and may then come once more
 * with that batch: so it is the sum of both that is compared.
 */
export class SecondLosses {
  private readonly told: LedgerCounts = {};
  private readonly held = new Map<number, readonly LedgerEntry[]>();
  private before: LedgerCounts = {};

  see(entries: readonly LedgerEntry[]): void {
    for (const { counts } of entries) addCounts(this.told, counts);
  }

  /** In place of what this producer said before. */
  hold(producer: number, entries: readonly LedgerEntry[]): void {
    if (entries.length > 0) this.held.set(producer, entries);
    else this.held.delete(producer);
  }

  /** What was told since it was last taken. */
  take(): SecondQuality['lost'] {
    const now: LedgerCounts = { ...this.told };
    for (const entries of this.held.values()) for (const { counts } of entries) addCounts(now, counts);
    const counts: LedgerCounts = {};
    for (const name of Object.keys(now) as LedgerCounter[])
      counts[name] = Math.max(0, (now[name] ?? 0) - (this.before[name] ?? 0));
    this.before = now;
    const { records, by, unmetered_packets } = assessLoss([{ minute: 0, exporter: '', domain: 0, counts }]);
    return { records, by, unmetered_packets };
  }
}
