import { type ByteTrie, bitCount, NODE_WORDS } from './byte-trie.ts';

/** A table as plain data over shared memory: it is posted to threads, which see the same bytes. */
export interface PlaceTableHandle {
  readonly ipv4: ByteTrie;
  readonly ipv6: ByteTrie;
  /** Of the ranges of IPv6: four words of the start of each, and its entry. */
  readonly starts6: Uint32Array;
  readonly entries6: Uint32Array;
  /** By entry; entry 0 knows nothing. */
  readonly asn: Uint32Array;
  /** Stored values of `src_as_source`. */
  readonly asSource: Uint8Array;
  /** Two ASCII letters, the first in the upper byte; 0 unknown. */
  readonly country: Uint16Array;
  /** Index into `blocklists`; 0 none. */
  readonly blocklist: Uint16Array;
  /** OUTSIDE, HOME or SITE_0 + number of the site. */
  readonly place: Uint16Array;
  /** Names of the block lists that an entry is on, joined by +. */
  readonly blocklists: readonly string[];
}

const MAPPED = 0xffff;

/** What is known of an address: one look-up gives the number of an entry, whose parts stand in typed arrays. No allocation. */
export class PlaceTable {
  readonly asn: Uint32Array;
  readonly asSource: Uint8Array;
  readonly country: Uint16Array;
  readonly blocklist: Uint16Array;
  readonly place: Uint16Array;
  readonly blocklists: readonly string[];
  private readonly halves4: Int32Array;
  private readonly blocks4: Int32Array;
  private readonly nodes4: Int32Array;
  private readonly leaves4: Int32Array;
  private readonly halves6: Int32Array;
  private readonly nodes6: Int32Array;
  private readonly leaves6: Int32Array;
  private readonly starts6: Uint32Array;
  private readonly entries6: Uint32Array;

  constructor(handle: PlaceTableHandle) {
    const { ipv4, ipv6 } = handle;
    this.asn = handle.asn;
    this.asSource = handle.asSource;
    this.country = handle.country;
    this.blocklist = handle.blocklist;
    this.place = handle.place;
    this.blocklists = handle.blocklists;
    this.halves4 = ipv4.halves;
    this.blocks4 = ipv4.blocks;
    this.nodes4 = ipv4.nodes;
    this.leaves4 = ipv4.leaves;
    this.halves6 = ipv6.halves;
    this.nodes6 = ipv6.nodes;
    this.leaves6 = ipv6.leaves;
    this.starts6 = handle.starts6;
    this.entries6 = handle.entries6;
  }

  /** The entry of an IPv4 address. */
  find4(word: number): number {
    const half = this.halves4[word >>> 16]!;
    if (half >= 0) return half;
    const third = this.blocks4[(~half << 8) | ((word >>> 8) & 255)]!;
    if (third >= 0) return third;
    return leafOf(this.nodes4, this.leaves4, ~third, word & 255);
  }

  /** The entry of any address as four words, most significant first. */
  find(w0: number, w1: number, w2: number, w3: number): number {
    if ((w0 | w1) === 0 && w2 === MAPPED) return this.find4(w3);
    let found = this.halves6[w0 >>> 16]!;
    let byte = 2;
    while (found < 0) {
      const inside = ~found;
      if ((inside & 1) === 1) return this.among(inside >>> 1, w0, w1, w2, w3);
      const word = byte < 8 ? (byte < 4 ? w0 : w1) : byte < 12 ? w2 : w3;
      found = leafOf(this.nodes6, this.leaves6, inside >>> 1, (word >>> (24 - 8 * (byte & 3))) & 255);
      byte += 1;
    }
    return found;
  }

  /** The entry of the last range that begins at or before the address, from range `first` on. */
  private among(first: number, w0: number, w1: number, w2: number, w3: number): number {
    const { starts6: starts, entries6 } = this;
    let range = first;
    while (range + 1 < entries6.length) {
      const at = 4 * range + 4;
      const a = starts[at]!;
      const b = starts[at + 1]!;
      const c = starts[at + 2]!;
      if (a !== w0 ? a > w0 : b !== w1 ? b > w1 : c !== w2 ? c > w2 : starts[at + 3]! > w3) break;
      range += 1;
    }
    return entries6[range]!;
  }
}

function leafOf(nodes: Int32Array, leaves: Int32Array, node: number, byte: number): number {
  const at = NODE_WORDS * node + ((byte >>> 5) << 1);
  return leaves[nodes[at + 1]! + bitCount(nodes[at]! & ((2 << (byte & 31)) - 1))]!;
}
