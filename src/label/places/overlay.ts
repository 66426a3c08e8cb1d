import { compareWords, type Ranges, RangeWriter } from './ranges.ts';

/** Two layers over the same addresses as one: `combine` says the value where `below` has its first argument and `above` the second. */
export function overlay(below: Ranges, above: Ranges, combine: (below: number, above: number) => number): Ranges {
  const { width } = below;
  const ranges = new RangeWriter(width, below.length + above.length);
  let b = 0;
  let a = 0;
  ranges.begin(below.starts, 0, combine(below.values[0]!, above.values[0]!));
  while (b + 1 < below.length || a + 1 < above.length) {
    const order =
      b + 1 === below.length
        ? 1
        : a + 1 === above.length
          ? -1
          : compareWords(below.starts, width * (b + 1), above.starts, width * (a + 1), width);
    if (order <= 0) b += 1;
    if (order >= 0) a += 1;
    const [from, at] = order <= 0 ? [below.starts, width * b] : [above.starts, width * a];
    ranges.begin(from, at, combine(below.values[b]!, above.values[a]!));
  }
  return ranges.finish();
}
