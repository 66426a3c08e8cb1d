import type { ColumnArray } from '../flow/index.ts';

const WORD = 4_294_967_296;
/** Values that are looked at before it is asked whether that is enough. */
const STRIDE = 4_096;

/** Least and largest of times in ms; infinite, and the wrong way round, of none. */
export interface Span {
  readonly min: number;
  readonly max: number;
}

/** Whether the first `length` values are all `value`; values that are not there are. Without a branch for each: most columns that are asked for are so. */
export function allAre(values: ColumnArray, length: number, value: number): boolean {
  const end = Math.min(length, values.length);
  for (let from = 0; from < end; from += STRIDE) {
    const to = Math.min(end, from + STRIDE);
    let differences = 0;
    for (let i = from; i < to; i++) differences |= values[i]! ^ value;
    if (differences !== 0) return false;
  }
  return true;
}

/** The least and the largest of the first `rows` times, signed as SQL sees them. */
export function timesOf(words: Uint32Array, rows: number): Span {
  const high = rows > 0 ? words[1]! : 0;
  let differences = 0;
  let least = WORD;
  let largest = -1;
  for (let i = 0; i < rows; i++) {
    const low = words[2 * i]!;
    differences |= words[2 * i + 1]! ^ high;
    if (low < least) least = low;
    if (low > largest) largest = low;
  }
  // The upper words of times that are less than 49 days apart are mostly the same.
  if (rows > 0 && differences === 0) return { min: (high | 0) * WORD + least, max: (high | 0) * WORD + largest };
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows; i++) {
    const ms = signedAt(words, i);
    if (ms < min) min = ms;
    if (ms > max) max = ms;
  }
  return { min, max };
}

/** A time as SQL sees it. */
export function signedAt(words: Uint32Array, row: number): number {
  return (words[2 * row + 1]! | 0) * WORD + words[2 * row]!;
}

/** All bits of the upper words of the first `rows` 64-bit values together. */
export function upperBits(words: ColumnArray, rows: number): number {
  let bits = 0;
  for (let i = 0; i < rows; i++) bits |= words[2 * i + 1]!;
  return bits >>> 0;
}
