const BITS = 21;
const C1 = 0x85ebca6b;
const C2 = 0xc2b2ae35;
const C3 = 0x27d4eb2f;
const C4 = 0x9e3779b1;

/** A hash of an address, given as pairs of words of its two halves, the low word first. That of two ends, in whichever order, is the sum of both. */
export function addressHash(lo: Uint32Array, loAt: number, hi: Uint32Array, hiAt: number): number {
  let h = lo[loAt]! ^ Math.imul(lo[loAt + 1]!, C1) ^ Math.imul(hi[hiAt]!, C2) ^ Math.imul(hi[hiAt + 1]!, C3);
  h = Math.imul(h ^ (h >>> 16), C4);
  return h ^ (h >>> 13);
}

/** A set of hashes, of which it forgets all but one bit in two million: it says no for sure, and yes perhaps. */
export class AddressFilter {
  empty = true;
  private readonly words = new Uint32Array(2 ** (BITS - 5));

  add(hash: number): void {
    const bit = Math.imul(hash, C1) >>> (32 - BITS);
    this.words[bit >>> 5]! |= 1 << (bit & 31);
    this.empty = false;
  }

  has(hash: number): boolean {
    const bit = Math.imul(hash, C1) >>> (32 - BITS);
    return ((this.words[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
  }

  clear(): void {
    if (!this.empty) this.words.fill(0);
    this.empty = true;
  }
}
