const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
export const DEFAULT_LAST = '24h';
/** Groups that a chart has at most. */
export const MOST_GROUPS = 100;

/** `24h` in ms; null where it is none. */
export function lastMs(text: string): number | null {
  const [, number = '', unit = ''] = /^(\d{1,4})([mhdw])$/.exec(text) ?? [];
  return number === '' ? null : Number(number) * UNITS[unit]!;
}

/** Widths of time buckets: those of history, and whole parts of an hour or a day. */
const STEPS = [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000];
const MOST_STEPS = 300;

/** The finest width that gives no more than a chart can show. Times in ms since 1970. */
export function stepOf({ from, to }: { readonly from: number; readonly to: number }): number {
  return STEPS.find((step) => (to - from) / step <= MOST_STEPS) ?? STEPS.at(-1)!;
}
