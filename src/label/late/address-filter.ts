const BITS = 21;
/** Of the small part that is asked first: it stays in the nearest cache. */
const FIRST_BITS = 15;
const SPREAD = 0x85ebca6b;

/**
 * A set of secret hashes (AddressHashes), of which it forgets all but one bit in two million: it says no for sure, and yes perhaps. While it has few thousand,
 * most are told no by its first part.
 */
export class AddressFilter {
  empty = true;
  private readonly first = new Uint32Array(2 ** (FIRST_BITS - 5));
  private readonly words = new Uint32Array(2 ** (BITS - 5));

  add(hash: number): void {
    const bit = Math.imul(hash, SPREAD) >>> (32 - BITS);
    this.words[bit >>> 5]! |= 1 << (bit & 31);
    const near = hash >>> (32 - FIRST_BITS);
    this.first[near >>> 5]! |= 1 << (near & 31);
    this.empty = false;
  }

  has(hash: number): boolean {
    const near = hash >>> (32 - FIRST_BITS);
    if (((this.first[near >>> 5]! >>> (near & 31)) & 1) === 0) return false;
    const bit = Math.imul(hash, SPREAD) >>> (32 - BITS);
    return ((this.words[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
  }

  clear(): void {
    if (!this.empty) {
      this.words.fill(0);
      this.first.fill(0);
    }
    this.empty = true;
  }
}
