import { WeirError } from '../base/index.ts';
import { parseDuration } from '../server/index.ts';

/** What people may write for a point in time, for messages. */
const EXAMPLES =
  '`2026-11-21 09:30`, `2026-11-21T09:30:00Z`, `-1h`, `15m ago`, `today`, `yesterday`, `now`, `all` or milliseconds since 1970';

/** `all`: no bound. */
export type TimePoint = number | 'all';

/** A point in time as people write it. Dates without a zone are local time, and so are `today` and `yesterday`. */
export function parseTime(text: string, nowMs: number): TimePoint {
  const t = text.trim().toLowerCase();
  if (t === 'all') return 'all';
  if (t === 'now') return nowMs;
  if (t === 'today') return localMidnight(nowMs, 0);
  if (t === 'yesterday') return localMidnight(nowMs, -1);
  if (/^\d{11,14}$/.test(t)) return Number(t);
  const back = /^(?:-\s*(.+?)|(.+?)\s+ago|(\d.*?))$/.exec(t);
  const duration = back && parseDuration((back[1] ?? back[2] ?? back[3])!);
  if (duration) return nowMs - duration;
  const date = parseDate(text.trim());
  if (date !== null) return date;
  throw new WeirError('usage', `"${text}" is not a time: expected ${EXAMPLES}`);
}

const DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3})\d*)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

function parseDate(text: string): number | null {
  const m = DATE.exec(text);
  if (!m) return null;
  const [year, month, day, hour, minute, second] = m.slice(1, 7).map((s) => Number(s ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Number((m[7] ?? '').padEnd(3, '0'));
  // Date would roll 31 February over into March: what was written must be what comes out.
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
  if (
    utc.getUTCMonth() !== month - 1 ||
    utc.getUTCDate() !== day ||
    utc.getUTCHours() !== hour ||
    minute > 59 ||
    second > 59
  )
    return null;
  const zone = m[8];
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
  if (/^z$/i.test(zone)) return utc.getTime();
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return utc.getTime() - (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

function localMidnight(nowMs: number, days: number): number {
  const d = new Date(nowMs);
  return new Date(d.getFullYear(), d.getMonth(), d.getDate() + days).getTime();
}

/** The range of a query in ms since 1970; an absent bound is open. */
export interface Range {
  readonly from?: number;
  readonly to?: number;
}

const HOUR_MS = 3_600_000;

/** `--from` and `--to` as a range; without them it is the last hour, with `--to` alone the hour before it. */
export function parseRange(from: string | undefined, to: string | undefined, nowMs: number): Range {
  const end = to === undefined ? nowMs : parseTime(to, nowMs);
  const start = from === undefined ? (end === 'all' ? 'all' : end - HOUR_MS) : parseTime(from, nowMs);
  if (start !== 'all' && end !== 'all' && start >= end) {
    throw new WeirError(
      'usage',
      `the range is empty: it begins at ${formatTime(start)} and ends at ${formatTime(end)}`,
    );
  }
  // `--from all` without `--to` has no end: clocks that run ahead of this one put flows into the future.
  const open = from !== undefined && start === 'all' && to === undefined;
  return { ...(start === 'all' ? {} : { from: start }), ...(end === 'all' || open ? {} : { to: end }) };
}

/** `--every 5m` in ms. */
export function parseEvery(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < 1_000)
    throw new WeirError('usage', `--every: expected a duration of a second or more such as 5m, not "${text}"`);
  return ms;
}

/** Local time with the offset from UTC, to the second: `2026-11-21 09:30:00+01:00`. */
export function formatTime(ms: number): string {
  const d = new Date(ms);
  const pad = (n: number, width = 2) => String(n).padStart(width, '0');
  const offset = -d.getTimezoneOffset();
  const zone =
    offset === 0
      ? 'Z'
      : `${offset < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
  const date = `${pad(d.getFullYear(), 4)}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
  return `${date} ${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}${zone}`;
}
