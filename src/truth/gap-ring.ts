/**
 * The last few gaps in a sequence, so that a datagram that arrives late is known to fill one. Sequence numbers are 32-bit
 * and wrap; distances are taken modulo 2^32. Bounded: the oldest gap is forgotten, and what is late for it then counts as
 * seen before.
 */
const GAPS = 16;

export class GapRing {
  private readonly from = new Uint32Array(GAPS);
  /** 0: a free place. */
  private readonly length = new Float64Array(GAPS);
  /** Records that one unit of the gap was counted as, so that filling it takes back what was counted. */
  private readonly scale = new Float64Array(GAPS);
  private next = 0;

  add(from: number, length: number, scale: number): void {
    this.from[this.next] = from;
    this.length[this.next] = length;
    this.scale[this.next] = scale;
    this.next = (this.next + 1) % GAPS;
  }

  /** The gap that `sequence` lies in, or -1. */
  find(sequence: number): number {
    for (let i = 0; i < GAPS; i++) {
      if ((sequence - this.from[i]!) >>> 0 < this.length[i]!) return i;
    }
    return -1;
  }

  /** Units of [sequence, sequence + step) that lie in gap i. */
  overlap(i: number, sequence: number, step: number): number {
    return Math.min(step, this.length[i]! - ((sequence - this.from[i]!) >>> 0));
  }

  scaleOf(i: number): number {
    return this.scale[i]!;
  }

  /** Takes [sequence, sequence + units) out of gap i, which may leave a gap on either side. */
  fill(i: number, sequence: number, units: number): void {
    const before = (sequence - this.from[i]!) >>> 0;
    const after = this.length[i]! - before - units;
    this.length[i] = before;
    if (after > 0) {
      if (before === 0) {
        this.from[i] = sequence + units;
        this.length[i] = after;
      } else {
        this.add(sequence + units, after, this.scale[i]!);
      }
    }
  }

  clear(): void {
    this.length.fill(0);
  }

  save(): number[] {
    return [this.next, ...this.from, ...this.length, ...this.scale];
  }

  load(numbers: readonly number[]): void {
    this.next = numbers[0]! % GAPS;
    this.from.set(numbers.slice(1, 1 + GAPS));
    this.length.set(numbers.slice(1 + GAPS, 1 + 2 * GAPS));
    this.scale.set(numbers.slice(1 + 2 * GAPS, GapRing.savedNumbers));
  }

  static readonly savedNumbers = 1 + 3 * GAPS;
}
