const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const MINUTE_MS = 60_000;

/** How busy an activity is at a time, against other times of the same activity. Hours are UTC. */
export type Rhythm = (ms: number) => number;

const bump = (hour: number, middle: number, width: number): number => Math.exp(-(((hour - middle) / width) ** 2));
const hourOf = (ms: number): number => (ms % DAY_MS) / HOUR_MS;
/** 1970-01-01 was a Thursday. */
const isWeekend = (ms: number): boolean => [2, 3].includes(Math.floor(ms / DAY_MS) % 7);

/** Offices: two humps with lunch between them, little at the weekend. */
export const atWork: Rhythm = (ms) => {
  const hour = hourOf(ms);
  const day = bump(hour, 10.5, 1.8) + 0.95 * bump(hour, 14.8, 2.2);
  return 0.06 + day * (isWeekend(ms) ? 0.15 : 1);
};

/** Where people live: most in the evening, and all day at the weekend. */
export const atHome: Rhythm = (ms) => {
  const hour = hourOf(ms);
  const late = bump(hour, 21, 2.6) + bump(hour + 24, 21, 2.6) * 0.6 + bump(hour, 0, 1.5) * 0.4;
  return 0.08 + late + 0.35 * bump(hour, 13, 3.5) * (isWeekend(ms) ? 2 : 1);
};

/** Machines that do it when nobody works. */
export const atNight: Rhythm = (ms) => 0.01 + bump(hourOf(ms), 2.7, 0.9);

export const always: Rhythm = () => 1;

/** The rest of the world visits at all hours, and most in the evening. */
export const worldwide: Rhythm = (ms) => 0.4 + 0.6 * bump(hourOf(ms), 18, 5);

/** What is to be expected in each minute from `fromMs` on, so that all together are `total`. */
export function perMinute(rhythm: Rhythm, fromMs: number, minutes: number, total: number): Float64Array {
  const weights = Float64Array.from({ length: minutes }, (_, i) => rhythm(fromMs + i * MINUTE_MS));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => (w * total) / sum);
}
