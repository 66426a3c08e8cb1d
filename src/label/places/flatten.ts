import type { PrefixList } from './prefix-list.ts';
import { compareWords, type Ranges, RangeWriter } from './ranges.ts';

/** No family has more bits: so many prefixes can lie within each other. */
const DEEPEST = 129;

/** Cuts prefixes that lie within each other into ranges that do not: the longest prefix counts; of two that are the same, the first that was entered. */
export function flatten(list: PrefixList): Ranges {
  const { width, addresses, bits, values } = list;
  const order = inOrder(list);
  const ranges = new RangeWriter(width, 2 * list.length + 2);
  // The prefixes around the present address, outermost first: where each ends, whether that is behind the last address, and its value.
  const ends = new Uint32Array(width * DEEPEST);
  const endless = new Uint8Array(DEEPEST);
  const around = new Uint32Array(DEEPEST);
  let depth = 0;
  const leave = () => {
    depth -= 1;
    if (endless[depth] === 0) ranges.begin(ends, width * depth, depth > 0 ? around[depth - 1]! : 0);
  };
  let previous = -1;
  for (let n = 0; n < list.length; n++) {
    const i = order === null ? n : order[n]!;
    const at = width * i;
    if (
      previous >= 0 &&
      bits[i] === bits[previous] &&
      compareWords(addresses, at, addresses, width * previous, width) === 0
    )
      continue;
    previous = i;
    while (depth > 0 && endless[depth - 1] === 0 && compareWords(ends, width * (depth - 1), addresses, at, width) <= 0)
      leave();
    ranges.begin(addresses, at, values[i]!);
    around[depth] = values[i]!;
    endless[depth] = writeEnd(ends, width * depth, list, i) ? 0 : 1;
    depth += 1;
  }
  while (depth > 0) leave();
  return ranges.finish();
}

/** The address behind the prefix; false where there is none. */
function writeEnd(ends: Uint32Array, to: number, { width, addresses, bits }: PrefixList, i: number): boolean {
  let add = bits[i]!;
  for (let w = 0; w < width; w++) ends[to + w] = addresses[width * i + w]!;
  if (add === 0) return false;
  let word = (add - 1) >>> 5;
  add = 2 ** (32 * (word + 1) - add);
  for (; word >= 0; word--) {
    const sum = ends[to + word]! + add;
    ends[to + word] = sum >>> 0;
    if (sum < 2 ** 32) return true;
    add = 1;
  }
  return false;
}

/** Indexes by address, the shorter prefix first; null where the list is in this order already, as dumps of routes are. */
function inOrder(list: PrefixList): Uint32Array | null {
  const { width, addresses, bits } = list;
  const compare = (a: number, b: number) =>
    compareWords(addresses, width * a, addresses, width * b, width) || bits[a]! - bits[b]! || a - b;
  let sorted = true;
  for (let i = 1; i < list.length && sorted; i++) sorted = compare(i - 1, i) <= 0;
  return sorted ? null : Uint32Array.from({ length: list.length }, (_, i) => i).sort(compare);
}
