/**
 * Bursts at the scale where they hurt: a socket buffer is filled within milliseconds, which rates over minutes do not show. Time is that of
 * the read which brought the datagrams, on a monotonic clock in ms with fractions.
 */
const SHORT_MS = 10;
const LONG_MS = 100;

/**
 * The most datagrams within 10 and 100 ms. A window begins with the first datagram after the last one ended, so that a burst after a silence
 * is counted whole; one that falls on the border of two windows under steady load is counted by halves at worst.
 */
export class BurstMeter {
  most10 = 0;
  most100 = 0;
  private now10 = 0;
  private now100 = 0;
  private end10 = Number.NEGATIVE_INFINITY;
  private end100 = Number.NEGATIVE_INFINITY;

  /** Called for each datagram, or for those of one read together: two comparisons and two sums. */
  count(n: number, monotonicMs: number): void {
    if (monotonicMs < this.end10) this.now10 += n;
    else {
      this.now10 = n;
      this.end10 = monotonicMs + SHORT_MS;
    }
    if (this.now10 > this.most10) this.most10 = this.now10;
    if (monotonicMs < this.end100) this.now100 += n;
    else {
      this.now100 = n;
      this.end100 = monotonicMs + LONG_MS;
    }
    if (this.now100 > this.most100) this.most100 = this.now100;
  }
}

/** What is dropped for longer than this is no burst: no buffer would hold it. */
const OVERFLOW_MS = 2_000;

/** The most datagrams that one burst made a socket drop: those of two seconds from the first one on. */
export class OverflowMeter {
  most = 0;
  private now = 0;
  private end = Number.NEGATIVE_INFINITY;

  count(n: number, monotonicMs: number): void {
    if (monotonicMs < this.end) this.now += n;
    else {
      this.now = n;
      this.end = monotonicMs + OVERFLOW_MS;
    }
    if (this.now > this.most) this.most = this.now;
  }
}

const MINUTE_MS = 60_000;
const MINUTES = 60;

/** The largest value of the last hour, by the minute. */
export class HourMax {
  private readonly minutes = new Float64Array(MINUTES);
  private minute = Number.NEGATIVE_INFINITY;

  see(value: number, monotonicMs: number): void {
    this.turn(monotonicMs);
    const i = this.minute % MINUTES;
    if (value > this.minutes[i]!) this.minutes[i] = value;
  }

  most(monotonicMs: number): number {
    this.turn(monotonicMs);
    return this.minutes.reduce((most, value) => Math.max(most, value), 0);
  }

  /** Minutes that began since then are empty. */
  private turn(monotonicMs: number): void {
    const minute = Math.floor(monotonicMs / MINUTE_MS);
    if (minute <= this.minute) return;
    const passed = Math.min(MINUTES, minute - this.minute);
    for (let i = 0; i < passed; i++) this.minutes[(minute - i) % MINUTES] = 0;
    this.minute = minute;
  }
}
