const DAY = 1_440;
const WEEK = 7 * DAY;
const MINUTE_MS = 60_000;
/** Offsets of zones from UTC, and their changes, are whole quarters of an hour. */
const QUARTER_MS = 15 * MINUTE_MS;
/** Quarters whose place in the week is remembered. */
const MEMORY = 256;

/** Minutes of a day, [from, to); one that ends before it begins goes on into the next day. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

export const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Times of the week on the clocks of one zone. */
export class TimeWindows {
  /** By minute of the week (Monday 00:00 is 0): minutes before it that are inside. */
  private readonly inside = new Uint16Array(WEEK + 1);
  private readonly format: Intl.DateTimeFormat;
  private readonly quarters = new Map<number, number>();

  /** `days`: places in DAYS. Raises RangeError for a zone that is not known. */
  constructor(days: readonly number[], hours: readonly Hours[], zone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    });
    const minutes = new Uint8Array(WEEK);
    for (const day of days) {
      for (const { from, to } of hours) {
        const length = to > from ? to - from : to + DAY - from;
        for (let i = 0; i < length; i++) minutes[(day * DAY + from + i) % WEEK] = 1;
      }
    }
    for (let i = 0; i < WEEK; i++) this.inside[i + 1] = this.inside[i]! + minutes[i]!;
  }

  /** Whether any minute of [startMs, endMs] is inside. */
  touches(startMs: number, endMs: number): boolean {
    return this.minutesInside(startMs, endMs, false) > 0;
  }

  /** Whether all of [startMs, endMs] is inside. */
  covers(startMs: number, endMs: number): boolean {
    return this.minutesInside(startMs, endMs, true) > 0;
  }

  /** Minutes inside; with `all` 0 where one is outside. A span of a week or more is the whole week. */
  private minutesInside(startMs: number, endMs: number, all: boolean): number {
    const whole = this.inside[WEEK]!;
    const last = Math.max(startMs, endMs);
    if (!(last - startMs < WEEK * MINUTE_MS)) return all && whole < WEEK ? 0 : whole;
    let sum = 0;
    for (let quarter = Math.floor(startMs / QUARTER_MS); quarter * QUARTER_MS <= last; quarter++) {
      const base = this.placeOf(quarter);
      const begin = quarter * QUARTER_MS;
      const from = Math.floor(Math.max(0, startMs - begin) / MINUTE_MS);
      const to = Math.floor(Math.min(QUARTER_MS - 1, last - begin) / MINUTE_MS) + 1;
      const found = this.inside[base + to]! - this.inside[base + from]!;
      if (all && found < to - from) return 0;
      sum += found;
    }
    return sum;
  }

  /** Minute of the week at which a quarter of an hour begins. */
  private placeOf(quarter: number): number {
    const known = this.quarters.get(quarter);
    if (known !== undefined) return known;
    if (this.quarters.size >= MEMORY) this.quarters.clear();
    const parts = new Map(this.format.formatToParts(quarter * QUARTER_MS).map((p) => [p.type, p.value]));
    const day = DAYS.indexOf(parts.get('weekday')!.toLowerCase());
    const minute = day * DAY + Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
    this.quarters.set(quarter, minute);
    return minute;
  }
}
