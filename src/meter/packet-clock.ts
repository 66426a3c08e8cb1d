/** A packet whose time is further from the latest one is not believed until the next one agrees with it. */
const FAR_MS = 60_000;
/** How far packets are out of order, at most, where several queues or interfaces were captured together. */
export const REORDER_MS = 1_000;

/** Times of packets are believed from 1970 to here. */
const LATEST_MS = Date.UTC(2200, 0);

/** The time that a capture gives for a packet, or NaN where it cannot be one. */
export function believedMs(timeMs: number): number {
  return timeMs >= 0 && timeMs < LATEST_MS ? timeMs : Number.NaN;
}

/**
 * The time of the capture: the latest that a packet had. One bad time must not end all flows, so that one which is far from the others is followed only when
 * the packet after it is there as well, or later. A capture that was quiet for hours goes on with its second packet.
 */
export class PacketClock {
  nowMs = 0;
  /** Packets without a time. */
  timeless = 0;
  /** Times that the packets after them did not agree with, and returns to an earlier time. */
  jumps = 0;
  private known = false;
  private far = Number.NaN;

  /** The time of a packet that came at `timeMs`; NaN where nobody knows. */
  of(timeMs: number): number {
    const ahead = timeMs - this.nowMs;
    if (ahead <= FAR_MS && ahead >= -FAR_MS) {
      if (ahead > 0) this.nowMs = timeMs;
      if (!Number.isNaN(this.far)) this.contradict();
      return timeMs;
    }
    return this.leap(timeMs);
  }

  /** Somebody who knows says what time it is. */
  set(nowMs: number): void {
    this.nowMs = nowMs;
    this.known = true;
    this.far = Number.NaN;
  }

  /** No packet comes any more that could contradict the last one. */
  finish(): void {
    if (this.far > this.nowMs) this.set(this.far);
  }

  private contradict(): void {
    this.far = Number.NaN;
    this.jumps += 1;
  }

  private leap(timeMs: number): number {
    // Also of who did not ask `believedMs`: behind 2^53 a clock that goes on by one stands still, and the wheel would turn for ever.
    if (Number.isNaN(believedMs(timeMs))) {
      this.timeless += 1;
      return this.nowMs;
    }
    const { far, nowMs } = this;
    if (!this.known) this.set(timeMs);
    else if (timeMs >= far - REORDER_MS && (far > nowMs || timeMs <= far + FAR_MS)) {
      if (timeMs < nowMs) this.jumps += 1;
      this.set(Math.max(far, timeMs));
    } else {
      if (!Number.isNaN(far)) this.jumps += 1;
      this.far = timeMs;
    }
    return timeMs;
  }
}
