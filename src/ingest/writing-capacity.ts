import { RecentSteps } from './recent.ts';

/** Long enough for several segments. */
const STEPS_MS = 5_000;
/** Segments that were written in less time may be those that had waited: that is believed only where nothing else is known. */
const SPAN_MS = 1_500;
/** Nothing written for so many times as long as a segment took, and for so long at least: the disk stalled. More where nobody knows what one takes. */
const STALL_SEGMENTS = 4;
const STALL_LEAST_MS = 2_000;
const STALL_UNKNOWN_MS = 10_000;
/** What was measured in an earlier peak is believed for so long in a new one. */
const BELIEVED_MS = 20_000;

/**
 * How many rows a second go to segments when there are more to write, of live flows and of what is decoded later together: both want the same thread
 * and the same disk. It is measured while memory is full, since only then the one tells the other; what is written while older rows wait is believed
 * where nothing better is known. The time of a stall is left out: it says nothing of the disk before and after it.
 */
export class WritingCapacity {
  private rows = 0;
  private movedMs = Number.NEGATIVE_INFINITY;
  private pauseMs = 0;
  /** When rows began to wait, and what was written by then. */
  private began = { ms: Number.NaN, rows: 0 };
  private measured = 0;
  private measuredMs = Number.NEGATIVE_INFINITY;
  private nowMs = 0;
  private readonly pressed = new RecentSteps(STEPS_MS);
  private readonly waiting = new RecentSteps(STEPS_MS);

  /** `rows`: written since the start; `full`: memory is; `clear`: nothing waits. */
  see(rows: number, full: boolean, clear: boolean, nowMs: number): void {
    this.nowMs = nowMs;
    if (clear || Number.isNaN(this.began.ms)) this.began = { ms: nowMs, rows };
    if (rows !== this.rows) this.moved(rows);
    if (full) this.pressed.see(rows, nowMs);
    else this.pressed.forget();
    if (clear) this.waiting.forget();
    else this.waiting.see(rows, nowMs);
    if (this.pressed.perSecond === 0 || (this.measured > 0 && this.pressed.spanMs < SPAN_MS)) return;
    this.measured = this.pressed.perSecond;
    this.measuredMs = nowMs;
  }

  /** Rows a second; 0 where nobody knows. */
  get perSecond(): number {
    const isBelieved = this.measuredMs >= this.began.ms || this.nowMs - this.began.ms < BELIEVED_MS;
    return this.measured > 0 && isBelieved ? this.measured : this.waiting.perSecond;
  }

  /** What was written since rows began to wait: less than could be, by what is not a whole segment yet. */
  get leastPerSecond(): number {
    const ms = this.nowMs - this.began.ms;
    return ms > 0 ? ((this.rows - this.began.rows) * 1_000) / ms : 0;
  }

  /** Whether anything was written since then. */
  movedSince(ms: number): boolean {
    return this.movedMs > ms;
  }

  private moved(rows: number): void {
    const pauseMs = this.nowMs - Math.max(this.movedMs, this.began.ms);
    if (this.isStall(pauseMs)) {
      this.pressed.forget();
      this.waiting.forget();
    }
    this.rows = rows;
    this.movedMs = this.nowMs;
    this.pauseMs = pauseMs;
  }

  /** A second pause of the same length is no stall, but what a segment takes. */
  private isStall(pauseMs: number): boolean {
    const { stepMs } = this.waiting;
    if (stepMs > 0) return pauseMs > Math.max(STALL_LEAST_MS, STALL_SEGMENTS * stepMs);
    return pauseMs > Math.max(STALL_UNKNOWN_MS, STALL_SEGMENTS * this.pauseMs);
  }
}
