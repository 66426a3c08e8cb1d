import { BASE, BYTES, CONTINUING, ENTRY, Figures, PACKETS, RECORDS, SAMPLED, SURE } from './figures.ts';
import { MINUTES } from './minute-index.ts';
import { smallest } from './smallest.ts';

/** Metrics that have a floor: bytes, packets, flows. */
const METRICS = 3;
const FIRST_ROOM = 2_048;

/**
 * The keys of one cube and their figures, by minute. Bounded: when it is full, the keys of a minute that have the least bytes and flows go into the `rest` of
 * that minute, and its `floor` rises to what the largest of them may have had. A key that is not here may have had up to the floor; a key that enters remembers
 * the floor of then, and misses at most that. (The bound is the one of J. Misra and D. Gries, "Finding repeated elements", 1982, and of space-saving, A. Metwally
 * et al., 2005: certain, not probable.)
 *
 * A key is the code of its minute and words: two in tables of numbers, four after the minute's in tables of addresses, where a small number may stand in the
 * upper half of the minute's word.
 */
export class CubeTable {
  count = 0;
  keys: Uint32Array;
  readonly stride: number;
  readonly figures = new Figures(FIRST_ROOM);
  /** What is in no key of a minute; null while there is nothing. */
  rest: Figures | null = null;
  /** By minute and metric: the most that a key without a place may have had while the table was kept. */
  private readonly floors = new Float64Array(MINUTES * METRICS);
  /** By minute and metric: what was put into the rest without a look at its keys. */
  private readonly unseen = new Float64Array(MINUTES * METRICS);
  private readonly capacity: number;
  private readonly seed: number;
  /** Open addressing: the upper half is of the hash, the lower the key's place + 1; 0 is free. */
  private index: Uint32Array;
  private sampled = false;

  /** `capacity`: keys of all minutes, at most 65,535. `seed` keeps those who choose keys from choosing collisions. */
  constructor(stride: 3 | 5, capacity: number, seed: number) {
    this.stride = stride;
    this.capacity = capacity;
    this.seed = seed;
    this.keys = new Uint32Array(FIRST_ROOM * stride);
    this.index = new Uint32Array(FIRST_ROOM * 2);
  }

  beginSampled(): void {
    this.sampled = true;
    this.figures.beginSampled();
    this.rest?.beginSampled();
  }

  minuteOf(key: number): number {
    return this.keys[key * this.stride]! & 0xffff;
  }

  /** The floor of a minute: bytes (0), packets (1), flows (2). */
  floor(minute: number, metric: number): number {
    return this.floors[minute * METRICS + metric]! + this.unseen[minute * METRICS + metric]!;
  }

  /** How much of the floor of its minute does not apply to a key. */
  known(key: number, metric: number): number {
    return this.floors[this.minuteOf(key) * METRICS + metric]! - this.figures.entry(key, metric);
  }

  /**
   * Makes room for `more` new keys. False when that would leave a minute with fewer than `most` keys: too many minutes are here, and the delta must be
   * taken. `totals` are the sums of each minute.
   */
  makeRoom(more: number, most: number, totals: Figures): boolean {
    if (this.count + more > this.capacity) {
      const kept = this.affordable(Math.floor(this.capacity / 2), most);
      if (kept === 0) return false;
      this.prune(kept, totals);
    }
    const room = this.figures.room;
    if (this.count + more > room) this.grow(Math.min(this.capacity, Math.max(2 * room, this.count + more)));
    return true;
  }

  /** Leaves each minute its `most` largest keys by their share of its bytes and flows. */
  prune(most: number, totals: Figures): void {
    const counts = this.countByMinute();
    const excess = counts.map((n) => Math.max(0, n - most));
    if (excess.every((n) => n === 0)) return;
    const gone = smallest(this.count, this.scores(totals), (key) => this.minuteOf(key), excess);
    for (let key = 0; key < this.count; key++) if (gone[key] === 1) this.drop(key);
    this.compact(gone);
  }

  /** Puts the figures of a block's minute into the rest: any of its keys may have had all of them. */
  addUnseen(minute: number, sums: Figures): void {
    this.restFigures().add(minute, sums, minute);
    this.unseen[minute * METRICS]! += sums.bytes(minute);
    this.unseen[minute * METRICS + 1]! += sums.packets(minute);
    this.unseen[minute * METRICS + 2]! += sums.flows(minute);
  }

  /** The places of keys (minute, a, b), entered where they are new: there must be room. */
  place(count: number, minute: Uint16Array, a: Uint32Array, b: Uint32Array, out: Uint16Array): void {
    const { keys, index, seed, count: before } = this;
    const mask = index.length - 1;
    let size = this.count;
    for (let i = 0; i < count; i++) {
      const m = minute[i]!;
      const x = a[i]!;
      const y = b[i]!;
      const hash = mix(mix(mix(seed, x), y), m);
      const tag = hash >>> 16;
      let at = (hash ^ (hash >>> 15)) & mask;
      for (;;) {
        const held = index[at]!;
        if (held === 0) {
          index[at] = ((tag << 16) | (size + 1)) >>> 0;
          keys[size * 3] = m;
          keys[size * 3 + 1] = x;
          keys[size * 3 + 2] = y;
          out[i] = size++;
          break;
        }
        if (held >>> 16 === tag) {
          const key = (held & 0xffff) - 1;
          if (keys[key * 3 + 1] === x && keys[key * 3] === m && keys[key * 3 + 2] === y) {
            out[i] = key;
            break;
          }
        }
        at = (at + 1) & mask;
      }
    }
    this.count = size;
    this.enter(before);
  }

  /** As `place`, of addresses: `hi` and `lo` are 64-bit columns as a batch has them, read from row `from` on; `small` goes with the minute. */
  placeAddresses(
    count: number,
    minute: Uint16Array,
    small: Uint32Array,
    hi: Uint32Array,
    lo: Uint32Array,
    from: number,
    out: Uint16Array,
  ): void {
    const { keys, index, seed, count: before } = this;
    const mask = index.length - 1;
    let size = this.count;
    for (let i = 0; i < count; i++) {
      const m = (minute[i]! | (small[i]! << 16)) >>> 0;
      const row = 2 * (from + i);
      const w0 = hi[row + 1]!;
      const w1 = hi[row]!;
      const w2 = lo[row + 1]!;
      const w3 = lo[row]!;
      let hash = mix(mix(seed, w3), w2 ^ m);
      if ((w0 | w1) !== 0) hash = mix(mix(hash, w0), w1);
      const tag = hash >>> 16;
      let at = (hash ^ (hash >>> 15)) & mask;
      for (;;) {
        const held = index[at]!;
        if (held === 0) {
          const to = size * 5;
          index[at] = ((tag << 16) | (size + 1)) >>> 0;
          keys[to] = m;
          keys[to + 1] = w0;
          keys[to + 2] = w1;
          keys[to + 3] = w2;
          keys[to + 4] = w3;
          out[i] = size++;
          break;
        }
        if (held >>> 16 === tag) {
          const to = ((held & 0xffff) - 1) * 5;
          if (
            keys[to + 4] === w3 &&
            keys[to] === m &&
            keys[to + 3] === w2 &&
            keys[to + 2] === w1 &&
            keys[to + 1] === w0
          ) {
            out[i] = (held & 0xffff) - 1;
            break;
          }
        }
        at = (at + 1) & mask;
      }
    }
    this.count = size;
    this.enter(before);
  }

  /** Empty, with the memory that it has. */
  clear(): void {
    this.count = 0;
    this.sampled = false;
    this.figures.sampled = null;
    this.index.fill(0);
    this.rest = null;
    this.floors.fill(0);
    this.unseen.fill(0);
  }

  /** New keys begin with nothing, and remember the floor. */
  private enter(before: number): void {
    const { floors, keys, stride } = this;
    const { base, sampled } = this.figures;
    for (let key = before, at = before * BASE; key < this.count; key++, at += BASE) {
      const minute = (keys[key * stride]! & 0xffff) * METRICS;
      base[at + RECORDS] = 0;
      base[at + SURE] = 0;
      base[at + CONTINUING] = 0;
      base[at + BYTES] = 0;
      base[at + PACKETS] = 0;
      base[at + ENTRY] = floors[minute]!;
      base[at + ENTRY + 1] = floors[minute + 1]!;
      base[at + ENTRY + 2] = floors[minute + 2]!;
    }
    sampled?.fill(0, before * SAMPLED, this.count * SAMPLED);
  }

  private countByMinute(): Uint32Array {
    const counts = new Uint32Array(MINUTES);
    for (let key = 0; key < this.count; key++) counts[this.minuteOf(key)]! += 1;
    return counts;
  }

  /** The largest number of keys that each minute may keep so that `target` keys are left; 0 when it is below `most`. */
  private affordable(target: number, most: number): number {
    const counts = this.countByMinute();
    const left = (kept: number) => counts.reduce((sum, n) => sum + Math.min(n, kept), 0);
    if (left(most) > target) return 0;
    let low = most;
    let high = target;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (left(middle) <= target) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Of each key, its share of the bytes of its minute and that of its flows. */
  private scores(totals: Figures): Float32Array {
    const perByte = new Float64Array(MINUTES);
    const perFlow = new Float64Array(MINUTES);
    for (let minute = 0; minute < MINUTES; minute++) {
      perByte[minute] = 1 / Math.max(1, totals.bytes(minute));
      perFlow[minute] = 1 / Math.max(1, totals.flows(minute));
    }
    const { base } = this.figures;
    const scores = new Float32Array(this.count);
    for (let key = 0, at = 0; key < this.count; key++, at += BASE) {
      const minute = this.minuteOf(key);
      scores[key] =
        base[at + BYTES]! * perByte[minute]! + (base[at + RECORDS]! - base[at + CONTINUING]!) * perFlow[minute]!;
    }
    return scores;
  }

  private drop(key: number): void {
    const { figures, floors } = this;
    const minute = this.minuteOf(key);
    this.restFigures().add(minute, figures, key);
    const at = minute * METRICS;
    floors[at] = Math.max(floors[at]!, figures.bytes(key) + figures.entry(key, 0));
    floors[at + 1] = Math.max(floors[at + 1]!, figures.packets(key) + figures.entry(key, 1));
    floors[at + 2] = Math.max(floors[at + 2]!, figures.flows(key) + figures.entry(key, 2));
  }

  private restFigures(): Figures {
    if (!this.rest) {
      this.rest = new Figures(MINUTES);
      if (this.sampled) this.rest.beginSampled();
    }
    return this.rest;
  }

  private compact(gone: Uint8Array): void {
    const { keys, stride, figures } = this;
    let kept = 0;
    for (let key = 0; key < this.count; key++) {
      if (gone[key] === 1) continue;
      if (kept !== key) {
        // Loops: a call to copy some words costs more than they do.
        for (let word = 0; word < stride; word++) keys[kept * stride + word] = keys[key * stride + word]!;
        figures.move(key, kept);
      }
      kept += 1;
    }
    this.count = kept;
    this.reindex();
  }

  private grow(room: number): void {
    const keys = new Uint32Array(room * this.stride);
    keys.set(this.keys);
    this.keys = keys;
    this.figures.grow(room);
    const slots = 2 ** Math.ceil(Math.log2(2 * room));
    if (slots === this.index.length) return;
    this.index = new Uint32Array(slots);
    this.reindex();
  }

  private reindex(): void {
    const { index, keys, stride, seed } = this;
    const mask = index.length - 1;
    index.fill(0);
    for (let key = 0; key < this.count; key++) {
      const hash = stride === 3 ? numbersHash(keys, key * 3, seed) : addressHash(keys, key * 5, seed);
      let at = (hash ^ (hash >>> 15)) & mask;
      while (index[at] !== 0) at = (at + 1) & mask;
      index[at] = (((hash >>> 16) << 16) | (key + 1)) >>> 0;
    }
  }
}

/** One step of a multiplying hash; the last one's upper half is well mixed. */
function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e3779b1);
  return h ^ (h >>> 15);
}

/** The same as in `place`. */
function numbersHash(keys: Uint32Array, at: number, seed: number): number {
  return mix(mix(mix(seed, keys[at + 1]!), keys[at + 2]!), keys[at]!);
}

/** The same as in `placeAddresses`. */
function addressHash(keys: Uint32Array, at: number, seed: number): number {
  const w0 = keys[at + 1]!;
  const w1 = keys[at + 2]!;
  const hash = mix(mix(seed, keys[at + 4]!), keys[at + 3]! ^ keys[at]!);
  return (w0 | w1) !== 0 ? mix(mix(hash, w0), w1) : hash;
}
