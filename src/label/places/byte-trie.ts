import type { Ranges } from './ranges.ts';

/**
 * Ranges as a trie over the bytes of an address: the first two bytes index `halves`, each further byte one node. Plain typed arrays over shared memory.
 *
 * `halves`, `blocks` and `leaves` hold a value, or ~n where there is more than one range: for IPv4 the block or node n; for IPv6 the node n / 2 where n is
 * even, else the first of at most `FEW` ranges that lie there, (n - 1) / 2. A node has 256 bits, one for each next byte that begins another leaf, in eight
 * pairs: 32 of these bits, and the index of the leaf before the first of them. So a look-up counts bits in place of a search, and a node takes one cache line
 * (the idea of Poptrie: Asai, Ohara: SIGCOMM 2015).
 *
 * The third byte of IPv4, at which nearly all prefixes end, has blocks of 256 words in place of nodes: a table of all routes is larger than the caches, and then
 * the number of reads is what a look-up takes. Two in place of three or more give five times the look-ups of a full table, for 1 KiB for each /16 that is
 * divided (the idea of DIR-24-8: Gupta, Lin, McKeown: INFOCOM 1998).
 */
export interface ByteTrie {
  readonly halves: Int32Array;
  /** Of IPv4 alone: 256 words each, by the third byte. */
  readonly blocks: Int32Array;
  readonly nodes: Int32Array;
  readonly leaves: Int32Array;
}

const HALVES = 65_536;
export const NODE_WORDS = 16;
const BLOCK_WORDS = 256;
/** IPv6: so few ranges are compared one by one, which is quicker than a node for each of up to 14 bytes, and smaller. */
const FEW = 8;

/** The number of bits that are 1. */
export function bitCount(word: number): number {
  let x = word - ((word >>> 1) & 0x5555_5555);
  x = (x & 0x3333_3333) + ((x >>> 2) & 0x3333_3333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

export function byteTrie(ranges: Ranges): ByteTrie {
  return new TrieBuilder(ranges).build();
}

/** Typed arrays that all threads see. */
export function sharedCopy(from: Int32Array): Int32Array;
export function sharedCopy(from: Uint32Array): Uint32Array;
export function sharedCopy(from: Int32Array | Uint32Array): Int32Array | Uint32Array {
  const buffer = new SharedArrayBuffer(from.byteLength);
  const to = from instanceof Int32Array ? new Int32Array(buffer) : new Uint32Array(buffer);
  to.set(from);
  return to;
}

class TrieBuilder {
  private readonly ranges: Ranges;
  private nodes = new Int32Array(1024 * NODE_WORDS);
  private nodeCount = 0;
  private blocks = new Int32Array(BLOCK_WORDS);
  private blockCount = 0;
  private leaves = new Int32Array(4096);
  private leafCount = 0;

  constructor(ranges: Ranges) {
    this.ranges = ranges;
  }

  build(): ByteTrie {
    const halves = new Int32Array(HALVES);
    let first = 0;
    for (let half = 0; half < HALVES; half++) {
      let next = first + 1;
      while (next < this.ranges.length && this.half(next) === half) next += 1;
      halves[half] = this.part(2, first, next);
      first = next - 1;
    }
    return {
      halves: sharedCopy(halves),
      blocks: sharedCopy(this.blocks.subarray(0, BLOCK_WORDS * this.blockCount)),
      nodes: sharedCopy(this.nodes.subarray(0, NODE_WORDS * this.nodeCount)),
      leaves: sharedCopy(this.leaves.subarray(0, this.leafCount)),
    };
  }

  /** What stands for a part of the addresses, whose bytes from `byte` on are free: `first` holds before it, the ranges up to `next` begin in it. */
  private part(byte: number, first: number, next: number): number {
    const { values, width } = this.ranges;
    const at = first + 1 < next && this.endsBefore(first + 1, byte) ? first + 1 : first;
    if (next === at + 1) return values[at]!;
    if (width === 4 && next - at <= FEW) return ~(2 * at + 1);
    if (width === 1 && byte === 2) return ~this.block(at, next);
    const node = this.node(byte, at, next);
    return width === 4 ? ~(2 * node) : ~node;
  }

  /** By the third byte of IPv4. */
  private block(first: number, next: number): number {
    const block = this.blockCount++;
    while (this.blocks.length < BLOCK_WORDS * this.blockCount) this.blocks = twice(this.blocks);
    let at = first;
    for (let value = 0; value < BLOCK_WORDS; value++) {
      let end = at + 1;
      while (end < next && this.byte(end, 2) === value) end += 1;
      this.blocks[BLOCK_WORDS * block + value] = this.part(3, at, end);
      at = end - 1;
    }
    return block;
  }

  private node(byte: number, first: number, next: number): number {
    const node = this.nodeCount++;
    if (this.nodes.length < NODE_WORDS * this.nodeCount) this.nodes = twice(this.nodes);
    const found: number[] = [];
    const bits = new Int32Array(8);
    let at = first;
    for (let value = 0; value < 256; value++) {
      let end = at + 1;
      while (end < next && this.byte(end, byte) === value) end += 1;
      const leaf = this.part(byte + 1, at, end);
      at = end - 1;
      if (value === 0 || leaf !== found.at(-1)) {
        bits[value >>> 5]! |= 1 << (value & 31);
        found.push(leaf);
      }
    }
    let before = this.leafCount - 1;
    for (let word = 0; word < 8; word++) {
      this.nodes[NODE_WORDS * node + 2 * word] = bits[word]!;
      this.nodes[NODE_WORDS * node + 2 * word + 1] = before;
      before += bitCount(bits[word]!);
    }
    while (this.leaves.length < this.leafCount + found.length) this.leaves = twice(this.leaves);
    this.leaves.set(found, this.leafCount);
    this.leafCount += found.length;
    return node;
  }

  private half(range: number): number {
    return this.ranges.starts[this.ranges.width * range]! >>> 16;
  }

  private byte(range: number, byte: number): number {
    return (this.ranges.starts[this.ranges.width * range + (byte >>> 2)]! >>> (24 - 8 * (byte & 3))) & 255;
  }

  /** Whether all bytes of the range's start from this one on are 0. */
  private endsBefore(range: number, byte: number): boolean {
    const { starts, width } = this.ranges;
    for (let b = byte; b < 4 * width; b++)
      if (((starts[width * range + (b >>> 2)]! >>> (24 - 8 * (b & 3))) & 255) !== 0) return false;
    return true;
  }
}

function twice(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(2 * from.length);
  to.set(from);
  return to;
}
