/**
 * The value of rank `most` (1 is the largest) among the first `count` values, which are moved about. Hoare's selection: linear in `count` on average.
 */
export function rankedValue(values: Float64Array, count: number, most: number): number {
  let from = 0;
  let to = count - 1;
  const at = most - 1;
  while (from < to) {
    const pivot = values[(from + to) >>> 1]!;
    let left = from;
    let right = to;
    while (left <= right) {
      while (values[left]! > pivot) left += 1;
      while (values[right]! < pivot) right -= 1;
      if (left > right) break;
      const kept = values[left]!;
      values[left] = values[right]!;
      values[right] = kept;
      left += 1;
      right -= 1;
    }
    if (at <= right) to = right;
    else if (at >= left) from = left;
    else break;
  }
  return values[at]!;
}
