import { NONE } from './host-slots.ts';

/** Slots by hash: lists behind heads. Who looks for one compares keys itself. */
export class SlotIndex {
  private readonly heads: Int32Array;
  private readonly nexts: Int32Array;
  private readonly mask: number;

  constructor(capacity: number) {
    const heads = 2 ** Math.ceil(Math.log2(capacity));
    this.heads = new Int32Array(heads).fill(NONE);
    this.nexts = new Int32Array(capacity);
    this.mask = heads - 1;
  }

  first(hash: number): number {
    return this.heads[hash & this.mask]!;
  }

  next(slot: number): number {
    return this.nexts[slot]!;
  }

  add(hash: number, slot: number): void {
    const at = hash & this.mask;
    this.nexts[slot] = this.heads[at]!;
    this.heads[at] = slot;
  }

  remove(hash: number, slot: number): void {
    const at = hash & this.mask;
    let before = this.heads[at]!;
    if (before === slot) {
      this.heads[at] = this.nexts[slot]!;
      return;
    }
    while (before !== NONE && this.nexts[before] !== slot) before = this.nexts[before]!;
    if (before !== NONE) this.nexts[before] = this.nexts[slot]!;
  }
}
