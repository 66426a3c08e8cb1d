import type { CounterSample } from '../base/index.ts';

/**
 * Remembers when counters of trouble last rose: what went wrong an hour ago and is over must not make a node look ill until it is
 * restarted, and must not be forgotten either.
 */
export class RecentRises {
  private readonly last = new Map<string, { value: number; roseMs: number | null }>();

  /** Call it every few seconds; a rise is dated with the call that sees it. */
  observe(counters: readonly CounterSample[], nowMs: number): void {
    const sums = new Map<string, number>();
    for (const { name, value } of counters) sums.set(name, (sums.get(name) ?? 0) + value);
    for (const [name, value] of sums) {
      const known = this.last.get(name);
      const rose = value > (known?.value ?? 0);
      this.last.set(name, { value, roseMs: rose ? nowMs : (known?.roseMs ?? null) });
    }
  }

  /** Milliseconds since the counter rose; null when it never did. */
  sinceRise(name: string, nowMs: number): number | null {
    const roseMs = this.last.get(name)?.roseMs ?? null;
    return roseMs === null ? null : nowMs - roseMs;
  }
}
