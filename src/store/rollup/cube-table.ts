import { BASE, BYTES, CONTINUING, ENTRY, Figures, PACKETS, RECORDS, SAMPLED, SURE } from './figures.ts';
import { type AddressKeys, KEY_WORDS, KeyIndex, type NumberKeys } from './key-index.ts';
import { MINUTES } from './minute-index.ts';
import { RareKeys } from './rare-keys.ts';
import type { RowBlock } from './row-block.ts';
import { affordable, countsOf, leastKept, sharesOf } from './shares.ts';
import { smallest } from './smallest.ts';

/** Metrics that have a floor: bytes, packets, flows. */
const METRICS = 3;
const FIRST_ROOM = 2_048;
/** Keys of all minutes that a crowded table has, unless there are many minutes: these stay in the second cache. */
const CROWD = 6_144;

/**
 * The keys of one cube and their figures, by minute. Bounded: when it is full, the keys of a minute that have the least bytes and flows go into the `rest` of
 * that minute, and its `floor` rises to what the largest of them may have had. A key that is not here may have had up to the floor; a key that enters remembers
 * the floor of then, and misses at most that. (The bound is the one of J. Misra and D. Gries, "Finding repeated elements", 1982, and of space-saving, A. Metwally
 * et al., 2005: certain, not probable.)
 */
export class CubeTable {
  readonly index: KeyIndex;
  readonly figures = new Figures(FIRST_ROOM);
  /** What is in no key of a minute; null while there is nothing. */
  rest: Figures | null = null;
  /** By minute and metric: the most that a key without a place may have had while the table was kept. */
  private readonly floors = new Float64Array(MINUTES * METRICS);
  /** By minute and metric: what was put into the rest without a look at its keys. */
  private readonly unseen = new Float64Array(MINUTES * METRICS);
  private readonly capacity: number;
  private readonly crowded: boolean;
  /** Keys after which a minute gives some up. */
  private comfort = 0;
  /** What keys without a place had, once a crowded table gave some up. */
  private rare: RareKeys | null = null;
  private sampled = false;

  /**
   * `capacity`: keys of all minutes; with what `forceRoom` adds, at most 65,535. `seed` keeps those who choose keys from choosing collisions. `crowded`: most
   * keys are rare, and do not enter once others had to give way; not for `forceRoom`.
   */
  constructor(capacity: number, seed: number, crowded = false) {
    this.capacity = capacity;
    this.crowded = crowded;
    this.relax();
    this.index = new KeyIndex(seed);
  }

  get count(): number {
    return this.index.count;
  }

  beginSampled(): void {
    this.sampled = true;
    this.figures.beginSampled();
    this.rest?.beginSampled();
  }

  /** The floor of a minute: bytes (0), packets (1), flows (2). */
  floor(minute: number, metric: number): number {
    return this.floors[minute * METRICS + metric]! + this.unseen[minute * METRICS + metric]!;
  }

  /** How much of the floor of its minute does not apply to a key. */
  known(key: number, metric: number): number {
    return this.floors[this.index.minuteOf(key) * METRICS + metric]! - this.figures.entry(key, metric);
  }

  /**
   * Makes room for `more` new keys. False when that would leave a minute with fewer than `most` keys: too many minutes are here, and the delta must be
   * taken. `totals` are the sums of each minute.
   */
  makeRoom(more: number, most: number, totals: Figures): boolean {
    while (this.count + more > this.comfort) {
      const last = this.comfort === this.capacity;
      const kept = affordable(this.minutesOfKeys(), Math.floor(this.comfort / 2), last ? most : 2 * most);
      if (kept > 0) this.prune(kept, totals, this.crowded);
      else if (last) return false;
      else this.comfort = Math.min(this.capacity, 2 * this.comfort);
    }
    this.growFor(more, this.comfort);
    return true;
  }

  /** Makes room for `more` new keys beyond the capacity if need be: then false, and the delta must be taken soon. */
  forceRoom(more: number, most: number, totals: Figures): boolean {
    if (this.makeRoom(more, most, totals)) return true;
    this.growFor(more, this.count + more);
    return false;
  }

  /** Memory for `more` new keys, at most for `capacity` in all. */
  growFor(more: number, capacity: number): void {
    const { count } = this;
    const { room } = this.index;
    if (count + more <= room) return;
    const wanted = Math.min(capacity, Math.max(2 * room, count + more));
    this.index.grow(wanted);
    if (this.figures.room < wanted) this.figures.grow(wanted);
  }

  /** Leaves each minute its `most` largest keys by their share of its bytes and flows: no more are added before `clear`. */
  finish(most: number, totals: Figures): void {
    this.rare?.close(this.floors);
    this.prune(most, totals, false);
  }

  /** Puts the figures of a block's minute into the rest: any of its keys may have had all of them. */
  addUnseen(minute: number, sums: Figures): void {
    this.restFigures().add(minute, sums, minute);
    this.unseen[minute * METRICS]! += sums.bytes(minute);
    this.unseen[minute * METRICS + 1]! += sums.packets(minute);
    this.unseen[minute * METRICS + 2]! += sums.flows(minute);
  }

  /** The places of keys of numbers, entered where they are new: there must be room. */
  place(count: number, minute: Uint16Array, keys: NumberKeys, out: Uint16Array): void {
    const before = this.count;
    this.index.place(count, minute, keys, out);
    this.enter(before);
  }

  /** As `place`, of addresses. Rows of a block, if given, may be of keys too rare to enter: `addPassed` must follow when the rows were added. */
  placeAddresses(
    count: number,
    minute: Uint16Array,
    small: Uint32Array,
    keys: AddressKeys,
    out: Uint16Array,
    block: RowBlock | null,
  ): void {
    const before = this.count;
    const rare = block && this.rare && !this.rare.empty ? this.rare : null;
    if (rare) rare.block = block;
    this.index.placeAddresses(count, minute, small, keys, out, rare, this.capacity);
    this.enter(before);
  }

  /** Puts rows of a block that did not enter, which were added at `capacity` + minute, into the rest. */
  addPassed(block: RowBlock): void {
    if (!this.rare || this.rare.empty) return;
    const { figures } = this;
    const rest = this.restFigures();
    for (let i = 0; i < block.minutes; i++) {
      const minute = block.touched[i]!;
      const key = this.capacity + minute;
      if (figures.records(key) === 0) continue;
      rest.add(minute, figures, key);
      figures.clear(key);
    }
  }

  /** Empty, with the memory that it has. */
  clear(): void {
    this.empty();
    this.relax();
    this.sampled = false;
    this.figures.sampled = null;
    this.rest = null;
    this.floors.fill(0);
    this.unseen.fill(0);
  }

  /** Without keys, but of the same delta. */
  empty(): void {
    this.index.clear();
  }

  private relax(): void {
    this.comfort = this.crowded ? Math.min(CROWD, this.capacity) : this.capacity;
  }

  private prune(most: number, totals: Figures, keepRareOut: boolean): void {
    const minutes = this.minutesOfKeys();
    const excess = countsOf(minutes).map((n) => Math.max(0, n - most));
    if (excess.every((n) => n === 0)) return;
    const shares = sharesOf(this.figures, minutes, totals);
    const gone = smallest(shares, minutes, excess);
    if (keepRareOut) this.keepRareOut(excess, totals, leastKept(shares, minutes, gone));
    this.drop(gone, minutes);
  }

  /** From now on rare keys of minutes that have too many do not enter; `least` is the share of the smallest key that each keeps. */
  private keepRareOut(excess: Uint32Array, totals: Figures, least: Float64Array): void {
    this.rare ??= new RareKeys();
    const { rare } = this;
    if (this.figures.room < this.capacity + MINUTES) this.figures.grow(this.capacity + MINUTES);
    for (const [minute, n] of excess.entries()) {
      if (n === 0) continue;
      rare.open(minute, this.floors, minute * METRICS);
      rare.setLimit(minute, least[minute]!, totals.bytes(minute), totals.flows(minute));
    }
  }

  /** New keys begin with nothing, and remember what they may have missed. */
  private enter(before: number): void {
    const { floors, count, rare } = this;
    const { keys } = this.index;
    const { base, sampled } = this.figures;
    for (let key = before, at = before * BASE; key < count; key++, at += BASE) {
      const code = keys[key * KEY_WORDS]! & 0xffff;
      const minute = code * METRICS;
      base[at + RECORDS] = 0;
      base[at + SURE] = 0;
      base[at + CONTINUING] = 0;
      base[at + BYTES] = 0;
      base[at + PACKETS] = 0;
      base[at + ENTRY] = floors[minute]!;
      base[at + ENTRY + 1] = floors[minute + 1]!;
      base[at + ENTRY + 2] = floors[minute + 2]!;
      if (rare?.covers(code)) rare.read(code, this.index.hashOf(key), base, at + ENTRY);
    }
    sampled?.fill(0, before * SAMPLED, count * SAMPLED);
  }

  private minutesOfKeys(): Uint16Array {
    const { count } = this;
    const { keys } = this.index;
    const minutes = new Uint16Array(count);
    for (let key = 0; key < count; key++) minutes[key] = keys[key * KEY_WORDS]! & 0xffff;
    return minutes;
  }

  /** Puts keys that are `gone` into the rest, and closes the gaps. */
  private drop(gone: Uint8Array, minutes: Uint16Array): void {
    const { figures, floors, index, rare, count } = this;
    const { base } = figures;
    const rest = this.restFigures();
    let kept = 0;
    for (let key = 0, from = 0; key < count; key++, from += BASE) {
      if (gone[key] === 0) {
        if (kept !== key) {
          index.move(key, kept);
          figures.move(key, kept);
        }
        kept += 1;
        continue;
      }
      const minute = minutes[key]!;
      rest.add(minute, figures, key);
      const at = minute * METRICS;
      const bytes = base[from + BYTES]! + base[from + ENTRY]!;
      const packets = base[from + PACKETS]! + base[from + ENTRY + 1]!;
      const flows = base[from + RECORDS]! - base[from + CONTINUING]! + base[from + ENTRY + 2]!;
      if (rare?.covers(minute)) rare.raise(minute, index.hashOf(key), bytes, packets, flows);
      else {
        if (bytes > floors[at]!) floors[at] = bytes;
        if (packets > floors[at + 1]!) floors[at + 1] = packets;
        if (flows > floors[at + 2]!) floors[at + 2] = flows;
      }
    }
    index.keep(kept);
  }

  private restFigures(): Figures {
    if (!this.rest) {
      this.rest = new Figures(MINUTES);
      if (this.sampled) this.rest.beginSampled();
    }
    return this.rest;
  }
}
