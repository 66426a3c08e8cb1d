import type { LedgerEntry } from './ledger.ts';
import type { LowerLevel } from './quality.ts';

const COUNTERS = { proc: 'uncounted_ms', sock_diag: 'payload_only_ms' } as const;

/** What exporters said, in the minutes of these entries, of levels at which they do not see all of their host. Each level once for each exporter, those that saw least first. */
export function lowerLevels(entries: readonly LedgerEntry[]): (Omit<LowerLevel, 'host'> & { exporter: string })[] {
  return (['proc', 'sock_diag'] as const).flatMap((level) => {
    const times = new Map<string, number>();
    for (const { exporter, counts } of entries) {
      const ms = counts[COUNTERS[level]] ?? 0;
      if (ms > 0) times.set(exporter, (times.get(exporter) ?? 0) + ms);
    }
    return [...times].map(([exporter, ms]) => ({ exporter, level, ms })).sort((a, b) => b.ms - a.ms);
  });
}
