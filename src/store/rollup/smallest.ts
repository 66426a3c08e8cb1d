/** Scores are told apart by their exponent and five bits more: 3 %. */
const SHIFT = 18;
const STEPS = 2 ** (31 - SHIFT);

/**
 * Marks, in each group, as many of the smallest scores as `excess` says (scores are not negative; `groups` has the group of each). Scores within 3 % of each other count as equal, and
 * of equal ones those that came first stay. Three passes, whatever the number of groups.
 */
export function smallest(scores: Float32Array, groups: Uint16Array, excess: Uint32Array): Uint8Array {
  const count = scores.length;
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, count);
  const slots = slotsOf(excess);
  const steps = new Uint32Array(slots.size * STEPS);
  for (let item = 0; item < count; item++) {
    const slot = slots.of[groups[item]!]!;
    if (slot > 0) steps[(slot - 1) * STEPS + (bits[item]! >>> SHIFT)]! += 1;
  }
  // Below `limit` all go; of those at the limit, the first `staying` stay.
  const limit = new Uint32Array(slots.size);
  const staying = new Uint32Array(slots.size);
  for (let slot = 0; slot < slots.size; slot++) {
    let left = slots.excess[slot]!;
    let step = 0;
    while (left >= steps[slot * STEPS + step]!) left -= steps[slot * STEPS + step++]!;
    limit[slot] = step;
    staying[slot] = steps[slot * STEPS + step]! - left;
  }
  const gone = new Uint8Array(count);
  for (let item = 0; item < count; item++) {
    const slot = slots.of[groups[item]!]! - 1;
    if (slot < 0) continue;
    const step = bits[item]! >>> SHIFT;
    if (step < limit[slot]!) gone[item] = 1;
    else if (step === limit[slot]) {
      if (staying[slot] === 0) gone[item] = 1;
      else staying[slot]! -= 1;
    }
  }
  return gone;
}

/** Groups that have too many, numbered from 1; 0 for the others. */
function slotsOf(excess: Uint32Array): { of: Uint16Array; size: number; excess: number[] } {
  const of = new Uint16Array(excess.length);
  const list: number[] = [];
  excess.forEach((n, group) => {
    if (n > 0) of[group] = list.push(n);
  });
  return { of, size: list.length, excess: list };
}
