import type { View } from './view.ts';

/** What a range of time may be written as, for those who wrote something else. */
export const TIME_EXAMPLES =
  'such as: last 3 days, yesterday 9 to 11, monday, 2026-11-21 09:30 to 14:00, 2026-11-21T09:30Z/now';

export type TimePart = Pick<View, 'last' | 'from' | 'to'>;

/** Of an address bar, a paste: longer is no time. */
const LONGEST = 100;

/** A range as people write it, in local time; null where it is none, or begins in the future. Times are ms since 1970. */
export function readTime(text: string, nowMs: number): TimePart | null {
  if (text.length > LONGEST) return null;
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  return readLast(words) ?? readRange(words.replace(/^from /, ''), nowMs);
}

const UNITS: Readonly<Record<string, string>> = { minute: 'm', min: 'm', hour: 'h', day: 'd', week: 'w' };

/** `last 3 days`, `90m`, `last hour`: until now, and moving on. */
function readLast(words: string): TimePart | null {
  const [, number = '1', unit = ''] =
    /^(?:last |past )?(\d{1,4}) ?(minute|min|hour|day|week|[mhdw])s?$/.exec(words) ??
    /^(?:last|past)( ?)(minute|hour|day|week)$/.exec(words) ??
    [];
  if (unit === '') return null;
  const count = Number(number.trim() || 1);
  return count === 0 ? null : { last: `${count}${UNITS[unit] ?? unit}` };
}

/** `BEGIN to END`, or a whole day. A time without a day is of the day that the beginning names, or of today. */
function readRange(words: string, nowMs: number): TimePart | null {
  const [first = '', second, ...more] = words.split(
    / ?(?: to | until |–|—|\/| - |\.\.) ?|(?<=^(?:.* )?\d{1,2}(?::\d{2})?)-(?=\d{1,2}(?::\d{2})?$)/,
  );
  if (more.length > 0) return null;
  const begin = readPoint(first, startOfDay(nowMs, 0), nowMs);
  if (begin === null) return null;
  const end = second === undefined ? endOf(begin) : readPoint(second, startOfDay(begin.ms, 0), nowMs);
  if (end === null) return null;
  const from = begin.ms;
  const to = Math.min(second !== undefined && end.isDay ? startOfDay(end.ms, 1) : end.ms, nowMs);
  return from < to ? { from, to } : null;
}

interface Point {
  readonly ms: number;
  /** Written without a time of the day. */
  readonly isDay: boolean;
}

/** Of a point that is written alone: of a day its end, of a time now. */
function endOf({ ms, isDay }: Point): Point {
  return { ms: isDay ? startOfDay(ms, 1) : Number.POSITIVE_INFINITY, isDay: false };
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function readPoint(words: string, day: number, nowMs: number): Point | null {
  if (words === 'now') return { ms: nowMs, isDay: false };
  if (/z$|[+-]\d{2}:\d{2}$/.test(words)) return readInstant(words);
  const [, dayWords = '', hour, minute = '0', second = '0'] =
    /^(.*?)(?:(?:^| |t)(?:at )?(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?(?: ?h)?)?$/.exec(words) ?? [];
  const midnight = dayWords === '' ? day : readDay(dayWords, nowMs);
  if (midnight === null || (dayWords === '' && hour === undefined)) return null;
  if (hour === undefined) return { ms: midnight, isDay: true };
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 59) return null;
  const at = new Date(midnight);
  at.setHours(Number(hour), Number(minute), Number(second));
  return { ms: at.getTime(), isDay: false };
}

/** With its zone: ISO 8601. */
function readInstant(words: string): Point | null {
  if (!/^\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}/.test(words)) return null;
  const ms = Date.parse(words.toUpperCase().replace(' ', 'T'));
  return Number.isNaN(ms) ? null : { ms, isDay: false };
}

/** Midnight, local time. A day of the week is the latest that has begun. */
function readDay(words: string, nowMs: number): number | null {
  if (words === 'today') return startOfDay(nowMs, 0);
  if (words === 'yesterday') return startOfDay(nowMs, -1);
  const weekday = words.length < 3 ? -1 : DAYS.findIndex((name) => name.startsWith(words));
  if (weekday >= 0) return startOfDay(nowMs, -((new Date(nowMs).getDay() - weekday + 7) % 7));
  const [, year, month, day] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(words) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = new Date(year, month - 1, day);
  // 31 February is no day, and Date would make one of March of it.
  return date.getMonth() === month - 1 && date.getDate() === day ? date.getTime() : null;
}

function startOfDay(ms: number, days: number): number {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}
