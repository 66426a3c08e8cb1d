import type { Meter } from '../meter/index.ts';

/** Flows that are looked at before the clock is asked again. */
const CHECKS_AT_ONCE = 128;
/** Packets wait in the ring no longer than this for flows that are over. */
const STEP_MS = 5;

/**
 * Ends flows that are over by the clock, a step at a time: those of a scan end together, hundreds of thousands of them, and neither the ring nor the
 * collectors have room for that long. Flows that are idle wait meanwhile; those that packets end do not come by here.
 */
export class PacedExpiry {
  private readonly meter: Meter;
  private readonly perStep: number;
  private readonly clock: () => number;
  private over = false;
  private dueMs = Number.NEGATIVE_INFINITY;

  /** `rate`: records a second; `clock` in ms, never set back. */
  constructor(meter: Meter, rate: number, clock: () => number = () => performance.now()) {
    this.meter = meter;
    this.perStep = (rate * STEP_MS) / 1_000;
    this.clock = clock;
  }

  /** There may be flows that are over. */
  begin(): void {
    this.over = true;
  }

  /** How long packets may be waited for: no longer than until the next step. */
  waitMs(most: number): number {
    return this.over ? Math.min(most, Math.max(1, Math.ceil(this.dueMs - this.clock()))) : most;
  }

  /** Ends flows that are over at `nowMs`, where a step is due; it is done after a few milliseconds. */
  step(nowMs: number): void {
    const beganMs = this.clock();
    if (!this.over || beganMs < this.dueMs) return;
    const { counts } = this.meter;
    const before = counts.records;
    let ended = 0;
    do {
      const checks = Math.max(1, Math.min(CHECKS_AT_ONCE, Math.ceil(this.perStep - ended)));
      this.over = !this.meter.tick(nowMs, checks);
      ended = counts.records - before;
    } while (this.over && ended < this.perStep && this.clock() - beganMs < STEP_MS);
    // A rate of less than a flow a step waits for longer.
    this.dueMs = beganMs + Math.max(STEP_MS, (STEP_MS * ended) / this.perStep);
  }
}
