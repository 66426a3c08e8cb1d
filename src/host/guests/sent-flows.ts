import type { SocketKeys } from '../table/socket-key.ts';

/** Two words of hash, and the MAC address of the sender. */
const WORDS = 4;
const FIRST = 0;
const SECOND = 1;
const MAC_HIGH = 2;
const MAC_LOW = 3;
/** A second word of hash is never 0: that is a place without a flow. */
const THERE = 1;

/** The ends of a flow as two words, by keys that nobody outside knows: who sends packets chooses their addresses and ports. */
export class FlowEndsHash {
  first = 0;
  second = 0;
  private readonly one: SocketKeys;
  private readonly other: SocketKeys;

  constructor(one: SocketKeys, other: SocketKeys) {
    this.one = one;
    this.other = other;
  }

  /** The addresses begin at the words `srcAt` and `dstAt`. */
  take(
    src: Uint32Array,
    srcAt: number,
    dst: Uint32Array,
    dstAt: number,
    srcPort: number,
    dstPort: number,
    protocol: number,
  ): void {
    const ports = (srcPort << 16) | dstPort;
    this.first = this.one.tuple(src, srcAt, dst, dstAt, ports, protocol);
    this.second = this.other.tuple(src, srcAt, dst, dstAt, ports, protocol) | THERE;
  }
}

/**
 * Flows that one interface's guest was seen to send. Of two halves one is written; when it is full the older one is forgotten: of `most` flows that had a packet last, half are
 * here in any case. Each guest has its own, so none makes those of another one be forgotten.
 */
export class SentFlows {
  private readonly mostOfHalf: number;
  private readonly mask: number;
  private fresh: Int32Array;
  private older: Int32Array;
  private used = 0;

  constructor(most: number) {
    this.mostOfHalf = Math.max(1, Math.ceil(most / 2));
    const places = 2 ** Math.ceil(Math.log2(this.mostOfHalf * 2));
    this.mask = places - 1;
    this.fresh = new Int32Array(places * WORDS);
    this.older = new Int32Array(places * WORDS);
  }

  add({ first, second }: FlowEndsHash, macHigh: number, macLow: number): void {
    let at = this.place(this.fresh, first, second);
    if (this.fresh[at + SECOND] === 0) {
      if (this.used >= this.mostOfHalf) {
        const { older } = this;
        this.older = this.fresh;
        this.fresh = older.fill(0);
        this.used = 0;
        at = this.place(this.fresh, first, second);
      }
      this.used += 1;
      this.fresh[at + FIRST] = first;
      this.fresh[at + SECOND] = second;
    }
    this.fresh[at + MAC_HIGH] = macHigh;
    this.fresh[at + MAC_LOW] = macLow;
  }

  /** Whether it was sent from this MAC address. */
  hasFrom(ends: FlowEndsHash, macHigh: number, macLow: number): boolean {
    return this.isFrom(this.fresh, ends, macHigh, macLow) || this.isFrom(this.older, ends, macHigh, macLow);
  }

  /** Whether it was sent from any. */
  has(ends: FlowEndsHash): boolean {
    const { first, second } = ends;
    return [this.fresh, this.older].some((half) => half[this.place(half, first, second) + SECOND] !== 0);
  }

  private isFrom(half: Int32Array, { first, second }: FlowEndsHash, macHigh: number, macLow: number): boolean {
    const at = this.place(half, first, second);
    return half[at + SECOND] !== 0 && half[at + MAC_HIGH] === macHigh && half[at + MAC_LOW] === (macLow | 0);
  }

  /** Where it is, or where it would be. */
  private place(half: Int32Array, first: number, second: number): number {
    for (let i = first & this.mask; ; i = (i + 1) & this.mask) {
      const at = i * WORDS;
      if (half[at + SECOND] === 0) return at;
      if (half[at + SECOND] === second && half[at + FIRST] === first) return at;
    }
  }
}
