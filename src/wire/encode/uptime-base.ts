const DAY_MS = 86_400_000;
/** Times since boot are 32 bits that receivers compare signed: 24.8 days on either side. */
const REACH_MS = 24 * DAY_MS;

/** The clock of one datagram: what its header says, and what its records' times count from. */
export interface HeaderClock {
  readonly exportMs: number;
  readonly bootMs: number;
}

/**
 * Chooses what the times of a datagram count from. Recent flows go out under the present time. Older ones cannot: 32 bits of milliseconds
 * reach back 49 days. Their datagrams are dated by their own latest flow, as if they had been sent then.
 */
export class UptimeBase {
  private boot = 0;
  private latest = 0;
  private recent = true;
  private empty = true;

  /** False where the flow's times do not fit beside those that are there: the datagram must be sent first. */
  add(startMs: number, endMs: number, nowMs: number): boolean {
    const recent = startMs > nowMs - REACH_MS && endMs < nowMs + DAY_MS;
    if (this.empty) {
      // On a whole second, because the header of v9 has no finer time.
      const base = recent ? nowMs - REACH_MS : Math.max(startMs, endMs - REACH_MS) - DAY_MS;
      this.boot = Math.max(0, Math.floor(base / 1000) * 1000);
      this.recent = recent;
      this.latest = 0;
    } else if (recent !== this.recent || startMs < this.boot || endMs - this.boot > REACH_MS + 2 * DAY_MS) return false;
    this.empty = false;
    this.latest = Math.max(this.latest, endMs);
    return true;
  }

  get bootMs(): number {
    return this.boot;
  }

  /** Ends the datagram. */
  take(nowMs: number): HeaderClock {
    const at = this.recent || this.empty ? nowMs : this.latest;
    const bootMs = this.empty ? Math.floor((nowMs - REACH_MS) / 1000) * 1000 : this.boot;
    this.empty = true;
    return { exportMs: Math.max(at, bootMs), bootMs };
  }

  /** The first time that can be said of a flow that ends then. */
  static earliest(endMs: number): number {
    return endMs - REACH_MS;
  }
}
