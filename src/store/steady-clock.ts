/** How much faster than time itself the clock may catch up: a stop of a week in less than two days. */
const CATCH_UP = 4;

/**
 * The time by which retention goes: the wall clock, but it never runs ahead of the newest row by more than has passed since, times
 * CATCH_UP. A clock that steps far forward would else make everything too old at once; so it takes days, and health tells of it before.
 */
export class SteadyClock {
  private readonly wallMs: () => number;
  private readonly monotonicMs: () => number;
  private at: number | null;
  private seenMs: number;

  /** `newest`: receipt of the newest row there is; null without one. */
  constructor(wallMs: () => number, monotonicMs: () => number, newest: number | null) {
    this.wallMs = wallMs;
    this.monotonicMs = monotonicMs;
    this.at = newest;
    this.seenMs = monotonicMs();
  }

  now(): number {
    const wall = this.wallMs();
    const seen = this.monotonicMs();
    const passed = Math.max(0, seen - this.seenMs) * CATCH_UP;
    this.seenMs = seen;
    // Without rows there is nothing to protect: the wall clock of that time is where it begins.
    this.at = this.at === null ? wall : Math.max(this.at, Math.min(wall, this.at + passed));
    return Math.min(wall, this.at);
  }
}
