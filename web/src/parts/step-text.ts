const UNITS = [
  [86_400_000, 'day', 'days'],
  [3_600_000, 'hour', 'hours'],
  [60_000, 'minute', 'minutes'],
  [1_000, 'second', 'seconds'],
] as const;

/** `5 minutes`: a width of time in the largest unit of which it is a whole number. */
export function stepText(ms: number): string {
  const [width, one, many] = UNITS.find(([unit]) => ms % unit === 0) ?? UNITS[3];
  return ms === width ? `one ${one}` : `${ms / width} ${many}`;
}
