import { BASE, BYTES, CONTINUING, type Figures, RECORDS } from './figures.ts';
import { MINUTES } from './minute-index.ts';

/** How many keys each minute has; `minutes` is the minute of each key. */
export function countsOf(minutes: Uint16Array): Uint32Array {
  const counts = new Uint32Array(MINUTES);
  for (let key = 0; key < minutes.length; key++) counts[minutes[key]!]! += 1;
  return counts;
}

/** The largest number of keys that each minute may keep so that `target` keys are left; 0 when it is below `most`. */
export function affordable(minutes: Uint16Array, target: number, most: number): number {
  const counts = countsOf(minutes).filter((n) => n > 0);
  const left = (kept: number) => counts.reduce((sum, n) => sum + Math.min(n, kept), 0);
  if (left(most) > target) return 0;
  let low = most;
  let high = target;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (left(middle) <= target) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Of each key, its share of the bytes of its minute plus that of its flows. */
export function sharesOf(figures: Figures, minutes: Uint16Array, totals: Figures): Float32Array {
  const perByte = new Float64Array(MINUTES);
  const perFlow = new Float64Array(MINUTES);
  for (let minute = 0; minute < MINUTES; minute++) {
    perByte[minute] = 1 / Math.max(1, totals.bytes(minute));
    perFlow[minute] = 1 / Math.max(1, totals.flows(minute));
  }
  const { base } = figures;
  const shares = new Float32Array(minutes.length);
  for (let key = 0, at = 0; key < minutes.length; key++, at += BASE) {
    const minute = minutes[key]!;
    const flows = base[at + RECORDS]! - base[at + CONTINUING]!;
    shares[key] = base[at + BYTES]! * perByte[minute]! + flows * perFlow[minute]!;
  }
  return shares;
}

/** By minute, the least share of its keys that are not `gone`. */
export function leastKept(shares: Float32Array, minutes: Uint16Array, gone: Uint8Array): Float64Array {
  const least = new Float64Array(MINUTES).fill(Number.POSITIVE_INFINITY);
  for (let key = 0; key < minutes.length; key++) {
    const minute = minutes[key]!;
    if (gone[key] === 0 && shares[key]! < least[minute]!) least[minute] = shares[key]!;
  }
  return least;
}
