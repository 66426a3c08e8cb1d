import { hourOf } from '../store/index.ts';

/** Times of packets are believed from 1970 to here: file names of the ledger are made of them. */
const LATEST_MS = Date.UTC(2200, 0);
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
    if (!(timeMs >= 0 && timeMs < LATEST_MS)) return this.current;
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
