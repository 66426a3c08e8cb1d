const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three digits and a prefix of 1,000, as in `1.23 G`. */
export function short(value: number): string {
  const sign = value < 0 ? '−' : '';
  let rest = Math.abs(value);
  let prefix = 0;
  while (rest >= 999.5 && prefix < PREFIXES.length - 1) {
    rest /= 1_000;
    prefix += 1;
  }
  const digits = prefix === 0 && Number.isInteger(rest) ? 0 : rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  return `${sign}${rest.toFixed(digits)} ${PREFIXES[prefix]}`;
}

export const bytes = (value: number): string => `${short(value)}B`;
export const bitRate = (value: number): string => `${short(value)}b/s`;

/** Cells of answers are numbers, or decimal text above 2^53. */
export function numberOf(cell: string | number | null | undefined): number {
  return cell === null || cell === undefined ? 0 : Number(cell);
}

export function percentOf(part: number, whole: number): string {
  if (whole <= 0) return '';
  const share = (part / whole) * 100;
  if (share > 0 && share < 0.01) return '<0.01 %';
  return `${share.toFixed(share < 9.995 ? 2 : 1)} %`;
}
