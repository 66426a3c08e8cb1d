import type { AddressWidth } from './prefix-list.ts';

/** Every address of a family once: range i goes from `starts[i]` to the next. Neighbours differ; the first begins at 0; value 0 says nothing. */
export interface Ranges {
  readonly width: AddressWidth;
  readonly length: number;
  /** `width` words of each. */
  readonly starts: Uint32Array;
  readonly values: Uint32Array;
}

/** Writes ranges in order of their beginning. */
export class RangeWriter {
  readonly width: AddressWidth;
  length = 1;
  private starts: Uint32Array;
  private values: Uint32Array;

  constructor(width: AddressWidth, capacity = 256) {
    this.width = width;
    this.starts = new Uint32Array(width * capacity);
    this.values = new Uint32Array(capacity);
  }

  /** From the address at `at` of `words` on this value holds. Of two that begin at one address the second counts. */
  begin(words: Uint32Array, at: number, value: number): void {
    const { width } = this;
    if (compareWords(this.starts, width * (this.length - 1), words, at, width) === 0) this.length -= 1;
    if (this.length > 0 && this.values[this.length - 1] === value) return;
    if (this.length === this.values.length) this.grow();
    for (let w = 0; w < width; w++) this.starts[width * this.length + w] = words[at + w]!;
    this.values[this.length] = value;
    this.length += 1;
  }

  finish(): Ranges {
    const { width, length } = this;
    return { width, length, starts: this.starts.slice(0, width * length), values: this.values.slice(0, length) };
  }

  private grow(): void {
    const starts = new Uint32Array(2 * this.starts.length);
    starts.set(this.starts);
    this.starts = starts;
    const values = new Uint32Array(2 * this.values.length);
    values.set(this.values);
    this.values = values;
  }
}

/** Which of two addresses is first: below 0, 0 where they are the same, above 0. */
export function compareWords(a: Uint32Array, atA: number, b: Uint32Array, atB: number, width: number): number {
  for (let w = 0; w < width; w++) {
    const difference = a[atA + w]! - b[atB + w]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
