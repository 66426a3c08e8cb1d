import { believedMs } from '../meter/index.ts';
import { hourOf } from '../store/index.ts';

/** A file of the ledger is made, and synced, for each hour of a capture: a year of them, no more. */
const MOST_HOURS = 9_000;

/** The time of each packet of a capture, made safe: what no clock can have shown takes the time of the packet before it. */
export class ImportClock {
  firstMs: number | null = null;
  lastMs: number | null = null;
  private current: number;
  private readonly hours = new Set<number>();

  /** `startMs`: the time where a capture tells none. */
  constructor(startMs: number) {
    this.current = startMs;
  }

  of(timeMs: number): number {
    // File names of the ledger are made of it.
    if (Number.isNaN(believedMs(timeMs))) return this.current;
    const ms = Math.floor(timeMs);
    if (this.firstMs === null || ms < this.firstMs) this.firstMs = ms;
    if (this.lastMs === null || ms > this.lastMs) this.lastMs = ms;
    const hour = hourOf(ms);
    if (this.hours.has(hour) || this.hours.size < MOST_HOURS) {
      this.hours.add(hour);
      this.current = ms;
    }
    return this.current;
  }
}
