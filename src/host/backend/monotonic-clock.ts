/** Slewing by NTP and the grain of both clocks stay below this; a step of the clock, or a sleep of the machine, does not. */
const TOLERANCE_MS = 20;

/** The kernel's programs have the monotonic clock, records have the time since 1970. */
export class MonotonicClock {
  private readonly now: () => number;
  private readonly monotonicMs: () => number;
  private offset: number;

  constructor(now: () => number = Date.now, monotonicMs: () => number = () => Number(process.hrtime.bigint()) / 1e6) {
    this.now = now;
    this.monotonicMs = monotonicMs;
    this.offset = now() - monotonicMs();
  }

  /** Ms since 1970 where the monotonic clock was 0. The same from call to call, so that times of a flow do not tremble, until the clock was set. */
  offsetMs(): number {
    const offset = this.now() - this.monotonicMs();
    if (Math.abs(offset - this.offset) > TOLERANCE_MS) this.offset = offset;
    return this.offset;
  }
}
