export const MINUTE_MS = 60_000;

/** Whether `intervalMs` have passed; a time that is still to come tells that the clock was set back, and nothing of how long it is ago. */
export function isDue(sinceMs: number, intervalMs: number, nowMs: number): boolean {
  return nowMs - sinceMs >= intervalMs || nowMs < sinceMs;
}

export function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}
