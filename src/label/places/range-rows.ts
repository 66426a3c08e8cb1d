import type { AddressWidth } from './prefix-list.ts';
import { compareWords, type Ranges, RangeWriter } from './ranges.ts';

/** Ranges from rows with their first and last address, which come in order. */
export class RangeRows {
  private readonly width: AddressWidth;
  private readonly written: RangeWriter;
  /** The address behind the last range. */
  private readonly next: Uint32Array;
  private endless = false;
  rows = 0;

  constructor(width: AddressWidth) {
    this.width = width;
    this.written = new RangeWriter(width, 4_096);
    this.next = new Uint32Array(width);
  }

  /** Ranges that they made so far. */
  get ranges(): number {
    return this.written.length;
  }

  /** Both addresses are of `width` words. False where the row is not behind the one before, and passed over. */
  add(first: Uint32Array, last: Uint32Array, value: number): boolean {
    const { width, next } = this;
    if (this.endless || compareWords(first, 0, next, 0, width) < 0 || compareWords(first, 0, last, 0, width) > 0)
      return false;
    this.written.begin(first, 0, value);
    next.set(last);
    let word = width - 1;
    while (word >= 0) {
      next[word] = next[word]! + 1;
      if (next[word] !== 0) break;
      word -= 1;
    }
    this.endless = word < 0;
    if (!this.endless) this.written.begin(next, 0, 0);
    this.rows += 1;
    return true;
  }

  finish(): Ranges {
    return this.written.finish();
  }
}
