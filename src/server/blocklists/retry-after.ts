/** A date by a clock that is wrong is not to hold a list for ever. */
const MOST_MS = 86_400_000;

/** How long a server wants not to be asked, ms, at most a day: seconds or a date (RFC 9110 section 10.2.3); 0 where it does not say. */
export function retryAfterMs(header: string, nowMs: number): number {
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MOST_MS) : 0;
}
