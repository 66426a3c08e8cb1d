import { bitsOf } from '../flow/index.ts';
import { OUTSIDE, type PlacedPrefix } from './home-networks.ts';

/** Where a range of addresses begins, and what holds from there on. */
interface Range {
  readonly from: bigint;
  readonly place: number;
}

const ADDRESSES = 1n << 128n;
/** ::ffff:0:0, where IPv4 lies. */
const IPV4_FROM = 0xffff_0000_0000n;
const IPV4_TO = 0x1_0000_0000_0000n;

/**
 * The place of an address by its longest prefix, over typed arrays. Prefixes that lie within each other are cut into ranges that do not, when they are
 * entered. An IPv4 address is looked up by its upper half, then by its third byte where a /16 holds more than one range; only where a /24 does is there
 * a search. IPv6 is a binary search.
 */
export class PrefixRanges {
  /** By the upper half of an IPv4 address: a place, or ~i where the /16 is divided: the i-th in `thirds`. */
  private readonly halves = new Int32Array(65_536);
  /** 256 for each divided /16, by the third byte: a place, or ~i where the /24 is divided: the i-th in `dividedFrom` and `dividedTo`. */
  private readonly thirds: Int32Array;
  /** Of each divided /24: its first range, and the range behind its last. */
  private readonly dividedFrom: Int32Array;
  private readonly dividedTo: Int32Array;
  private readonly starts: Uint32Array;
  private readonly places: Int32Array;
  /** Four words of each range of all addresses, most significant first. */
  private readonly wideStarts: Uint32Array;
  private readonly widePlaces: Int32Array;

  constructor(prefixes: readonly PlacedPrefix[]) {
    const ranges = disjoint(prefixes);
    this.wideStarts = Uint32Array.from(ranges.flatMap(({ from }) => words(from)));
    this.widePlaces = Int32Array.from(ranges, (r) => r.place);
    const narrow = ipv4Ranges(ranges);
    this.starts = Uint32Array.from(narrow, (r) => Number(r.from));
    this.places = Int32Array.from(narrow, (r) => r.place);
    const thirds: number[] = [];
    const divided: { from: number; to: number }[] = [];
    const cursor = new RangeCursor(this.starts);
    for (let half = 0; half < 65_536; half++) {
      cursor.go(half * 65_536, 65_536);
      if (cursor.isOne) this.halves[half] = this.places[cursor.from]!;
      else {
        this.halves[half] = ~(thirds.length / 256);
        for (let third = 0; third < 256; third++) {
          cursor.go(half * 65_536 + third * 256, 256);
          const { from, to } = cursor;
          thirds.push(cursor.isOne ? this.places[from]! : ~(divided.push({ from, to }) - 1));
        }
      }
    }
    this.thirds = Int32Array.from(thirds);
    this.dividedFrom = Int32Array.from(divided, (d) => d.from);
    this.dividedTo = Int32Array.from(divided, (d) => d.to);
  }

  /** Of an IPv4 address as a 32-bit number. */
  ofIpv4(address: number): number {
    const half = this.halves[address >>> 16]!;
    if (half >= 0) return half;
    const third = this.thirds[(~half << 8) | ((address >>> 8) & 255)]!;
    if (third >= 0) return third;
    let low = this.dividedFrom[~third]!;
    let high = this.dividedTo[~third]!;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle]! <= address) low = middle;
      else high = middle;
    }
    return this.places[low]!;
  }

  /** Of any address as four words, most significant first. */
  ofWords(w0: number, w1: number, w2: number, w3: number): number {
    const starts = this.wideStarts;
    let low = 0;
    let high = this.widePlaces.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      const at = 4 * middle;
      const a = starts[at]!;
      const b = starts[at + 1]!;
      const c = starts[at + 2]!;
      const before = a !== w0 ? a < w0 : b !== w1 ? b < w1 : c !== w2 ? c < w2 : starts[at + 3]! <= w3;
      if (before) low = middle;
      else high = middle;
    }
    return this.widePlaces[low]!;
  }
}

/** The ranges that a block of addresses lies in, for blocks that come in order. */
class RangeCursor {
  from = 0;
  /** Behind the last. */
  to = 1;
  private readonly starts: Uint32Array;

  constructor(starts: Uint32Array) {
    this.starts = starts;
  }

  get isOne(): boolean {
    return this.to === this.from + 1;
  }

  go(address: number, count: number): void {
    const { starts } = this;
    while (this.from + 1 < starts.length && starts[this.from + 1]! <= address) this.from += 1;
    this.to = this.from + 1;
    while (this.to < starts.length && starts[this.to]! < address + count) this.to += 1;
  }
}

/** Ranges in order that cover all addresses once; neighbours differ. */
function disjoint(prefixes: readonly PlacedPrefix[]): Range[] {
  const nested = prefixes
    .map(({ address, bits, place }) => {
      const { hi, lo } = bitsOf(address);
      const from = (hi << 64n) | lo;
      return { from, to: from + (1n << BigInt(128 - bits)), place, bits };
    })
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.bits - b.bits));
  const ranges: Range[] = [{ from: 0n, place: OUTSIDE }];
  const around: { to: bigint; place: number }[] = [];
  const leaveUntil = (address: bigint) => {
    while (around.length > 0 && around.at(-1)!.to <= address) {
      const { to } = around.pop()!;
      begin(ranges, to, around.at(-1)?.place ?? OUTSIDE);
    }
  };
  for (const { from, to, place } of nested) {
    leaveUntil(from);
    begin(ranges, from, place);
    around.push({ to, place });
  }
  leaveUntil(ADDRESSES);
  return ranges;
}

function begin(ranges: Range[], from: bigint, place: number): void {
  if (ranges.at(-1)!.from === from) ranges.pop();
  if (from < ADDRESSES && ranges.at(-1)?.place !== place) ranges.push({ from, place });
}

/** The ranges of IPv4, beginning with one at 0.0.0.0. */
function ipv4Ranges(ranges: readonly Range[]): Range[] {
  const before = ranges.findLast((r) => r.from <= IPV4_FROM)!;
  const within = ranges.filter((r) => r.from > IPV4_FROM && r.from < IPV4_TO);
  return [{ from: 0n, place: before.place }, ...within.map((r) => ({ from: r.from - IPV4_FROM, place: r.place }))];
}

function words(address: bigint): number[] {
  return [96n, 64n, 32n, 0n].map((shift) => Number((address >> shift) & 0xffff_ffffn));
}
