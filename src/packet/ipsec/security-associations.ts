import { LAYOUT_COUNT } from './null-layouts.ts';

/** Slots that one hash leads to. */
const WAYS = 8;

/** An association that was seen into is kept so many times longer than one that was not: SPIs made up by a sender do not drive it out. */
const PROVEN_WEIGHT = 16;

/**
 * Security associations by destination and SPI (RFC 4301 section 4.1), in a table that never grows. Where a new one finds its
 * eight slots taken, the one that was silent longest gives way, and is counted.
 */
export class SecurityAssociations {
  /** The layout that was proven, from 1; 0 none. */
  readonly proven: Uint8Array;
  /** Bits of evidence for each layout, at LAYOUT_COUNT * slot. */
  readonly score: Uint8Array;
  /** What whole packets of it carried: bits of CARRIED. */
  readonly carried: Uint8Array;
  /** Position of its key; -1 none. */
  readonly key: Int32Array;
  evicted = 0;

  readonly #sets: number;
  readonly #dst: Uint32Array;
  /** 0 is no SPI of ESP (RFC 4303 section 2.1): an empty slot. */
  readonly #spi: Uint32Array;
  /** The value of `#packets` when it was last seen. */
  readonly #seen: Uint32Array;
  #packets = 0;
  /** Nobody can choose SPIs that push one another out of one set. */
  readonly #seed = (Math.random() * 0x1_0000_0000) | 0;

  /** `atMost` is rounded down to a power of 2, and up to 8. */
  constructor(atMost: number) {
    const slots = Math.max(WAYS, 2 ** Math.floor(Math.log2(atMost)));
    this.#sets = slots / WAYS;
    this.#dst = new Uint32Array(4 * slots);
    this.#spi = new Uint32Array(slots);
    this.#seen = new Uint32Array(slots);
    this.proven = new Uint8Array(slots);
    this.score = new Uint8Array(LAYOUT_COUNT * slots);
    this.carried = new Uint8Array(slots);
    this.key = new Int32Array(slots).fill(-1);
  }

  /** The slot of the association, or -1. */
  find(dst: Uint32Array, spi: number): number {
    this.#packets = (this.#packets + 1) >>> 0;
    const first = WAYS * this.#setOf(dst, spi);
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#spi[slot] === spi && this.#isOf(slot, dst)) {
        this.#seen[slot] = this.#packets;
        return slot;
      }
    }
    return -1;
  }

  /** A slot for an association that `find` did not find. */
  add(dst: Uint32Array, spi: number, key: number): number {
    const first = WAYS * this.#setOf(dst, spi);
    let slot = first;
    let oldest = -1;
    for (let candidate = first; candidate < first + WAYS; candidate++) {
      const silence = (this.#packets - this.#seen[candidate]!) >>> 0;
      const age = this.#spi[candidate] === 0 ? Infinity : this.proven[candidate] ? silence / PROVEN_WEIGHT : silence;
      if (age > oldest) {
        oldest = age;
        slot = candidate;
      }
    }
    if (this.#spi[slot] !== 0) this.evicted++;
    this.#spi[slot] = spi;
    this.#dst.set(dst, 4 * slot);
    this.#seen[slot] = this.#packets;
    this.key[slot] = key;
    this.forget(slot);
    return slot;
  }

  /** What was thought of its packets is open again. */
  forget(slot: number): void {
    this.proven[slot] = 0;
    this.carried[slot] = 0;
    for (let layout = 0; layout < LAYOUT_COUNT; layout++) this.score[LAYOUT_COUNT * slot + layout] = 0;
  }

  #isOf(slot: number, dst: Uint32Array): boolean {
    const at = 4 * slot;
    return (
      this.#dst[at + 3] === dst[3] &&
      this.#dst[at + 2] === dst[2] &&
      this.#dst[at + 1] === dst[1] &&
      this.#dst[at] === dst[0]
    );
  }

  #setOf(dst: Uint32Array, spi: number): number {
    let hash = Math.imul(spi ^ this.#seed, 0x85ebca6b);
    for (let word = 0; word < 4; word++) hash = Math.imul(hash ^ (hash >>> 15) ^ dst[word]!, 0xc2b2ae35);
    hash ^= hash >>> 16;
    return (hash >>> 0) & (this.#sets - 1);
  }
}
