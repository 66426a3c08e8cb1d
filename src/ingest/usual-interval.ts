/** No exporter is expected more often than this: between two looks at it, and between two datagrams of a quiet network, this may pass. */
const LEAST_USUAL_MS = 20_000;
/** Silent for longer than so many usual intervals is a gap. */
export const SILENT_INTERVALS = 3;
/** What it once took is half forgotten after this time. */
const HALF_LIFE_MS = 86_400_000;
/** Over which the usual number of records is a mean. */
const RATE_MS = 3_600_000;

/** When an exporter sends, and how much: what tells a silence from its usual rests. */
export interface Habit {
  readonly firstMs: number;
  readonly lastMs: number;
  /** Longest time between two datagrams, half forgotten after a day. */
  readonly usualMs: number;
  /** Records a minute. */
  readonly perMinute: number;
  /** Bytes a minute, scaled by sampling; absent where they were never learned, as by a node of before. */
  readonly bytesPerMinute?: number;
}

export function newHabit(nowMs: number): Habit {
  return { firstMs: nowMs, lastMs: nowMs, usualMs: LEAST_USUAL_MS, perMinute: 0, bytesPerMinute: 0 };
}

/** It has been seen for long enough that its silence says something: an address that sent once is no exporter that is missed. */
export function isKnown({ firstMs, lastMs, usualMs }: Habit): boolean {
  return lastMs - firstMs >= SILENT_INTERVALS * usualMs;
}

/** Whether a habit that was last heard at `sinceMs` is silent now. */
export function isSilent(habit: Habit, sinceMs: number, nowMs: number): boolean {
  return isKnown(habit) && nowMs - sinceMs > SILENT_INTERVALS * habit.usualMs;
}

/** The habit after `records` of `bytes` that came up to `nowMs`. A silence makes the usual interval at most twice as long, so that one failure is not usual from then on. */
export function heard(habit: Habit, nowMs: number, records: number, bytes: number): Habit {
  const passed = nowMs - habit.lastMs;
  if (passed <= 0) {
    const { bytesPerMinute = 0 } = habit;
    return {
      ...habit,
      perMinute: habit.perMinute + perMinute(records, RATE_MS),
      bytesPerMinute: bytesPerMinute + perMinute(bytes, RATE_MS),
    };
  }
  const silent = isSilent(habit, habit.lastMs, nowMs);
  const longest = silent ? Math.min(passed, 2 * habit.usualMs) : passed;
  const faded = habit.usualMs * 2 ** (-passed / HALF_LIFE_MS);
  const seen = Math.min(nowMs - habit.firstMs, RATE_MS);
  // What it usually sends is what it sends while it is not silent.
  const weight = silent ? 0 : Math.min(1, passed / seen);
  const { bytesPerMinute = perMinute(bytes, passed) } = habit;
  return {
    ...habit,
    lastMs: nowMs,
    usualMs: Math.max(LEAST_USUAL_MS, longest, faded),
    perMinute: habit.perMinute + (perMinute(records, passed) - habit.perMinute) * weight,
    bytesPerMinute: bytesPerMinute + (perMinute(bytes, passed) - bytesPerMinute) * weight,
  };
}

function perMinute(count: number, ms: number): number {
  return (count * 60_000) / ms;
}
