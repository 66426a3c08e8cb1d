/** Positions of a table in a row, each there once at most: any can be taken out of it, and the first is the one that came first. Position 0 is none. */
export class PositionQueue {
  size = 0;
  /** 0 where it is empty. */
  first = 0;
  private last = 0;
  private before: Uint32Array<ArrayBuffer>;
  private after: Uint32Array<ArrayBuffer>;

  constructor(positions: number) {
    this.before = new Uint32Array(positions);
    this.after = new Uint32Array(positions);
  }

  add(position: number): void {
    this.before[position] = this.last;
    this.after[position] = 0;
    if (this.last === 0) this.first = position;
    else this.after[this.last] = position;
    this.last = position;
    this.size += 1;
  }

  /** The position must be there. */
  remove(position: number): void {
    const before = this.before[position]!;
    const after = this.after[position]!;
    if (before === 0) this.first = after;
    else this.after[before] = after;
    if (after === 0) this.last = before;
    else this.before[after] = before;
    this.size -= 1;
  }

  /** From now on for positions below this one; those that are there must be. */
  resize(positions: number): void {
    this.before = resized(this.before, positions);
    this.after = resized(this.after, positions);
  }
}

/** The same words at the beginning of an array that is longer or shorter. */
export function resized(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const other = new Uint32Array(length);
  other.set(array.length > length ? array.subarray(0, length) : array);
  return other;
}
