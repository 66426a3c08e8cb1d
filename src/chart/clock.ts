/** Times as `2026-11-23 16:41:59`: the day and the month cannot be taken for each other, and it reads the same as the quality line. */
const forms = new Map<string, Intl.DateTimeFormat>();

function written(ms: number, timeStyle: 'short' | 'medium', timeZone: string | undefined): string {
  const key = `${timeStyle} ${timeZone ?? ''}`;
  const form = forms.get(key) ?? new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle, timeZone });
  forms.set(key, form);
  return form.format(ms);
}

/** To the second. `ms` since 1970; `timeZone`: an IANA name, that of who looks unless told. */
export const secondText = (ms: number, timeZone?: string): string => written(ms, 'medium', timeZone);

/** To the millisecond, as records have it. */
export const millisText = (ms: number, timeZone?: string): string =>
  `${secondText(ms, timeZone)}.${String(ms % 1_000).padStart(3, '0')}`;

/** To the minute. */
export const minuteText = (ms: number, timeZone?: string): string => written(ms, 'short', timeZone);

/** From when to when, to the minute; the day is told once where both are of it. */
export function rangeText(from: number, to: number, timeZone?: string): string {
  const [begin, end] = [minuteText(from, timeZone), minuteText(to, timeZone)];
  const [day, time] = end.split(' ');
  return `${begin} to ${begin.startsWith(day!) ? time : end}`;
}

/** How far the clock of who looks is from UTC, such as `UTC+01:00`. */
export function offsetText(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}
