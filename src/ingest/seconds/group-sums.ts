import { Largest } from '../largest.ts';

/** Words of a key: an address takes all. */
export const KEY_WORDS = 4;
/** Of a group: bytes, packets, flows, records. */
export const FIGURES = 4;

const FIRST_CAPACITY = 1_024;
/** Groups of one second: more are added up together, and said so. */
const MOST = 16_384;

/**
 * Sums by key: open addressing over flat arrays, so that a row costs no allocation. Beyond a bound new keys share one group that has no name.
 */
export class GroupSums {
  size = 0;
  /** By group: KEY_WORDS words. */
  keys = new Uint32Array(FIRST_CAPACITY * KEY_WORDS);
  /** By group: FIGURES numbers. */
  figures = new Float64Array(FIRST_CAPACITY * FIGURES);
  /** What found no room. */
  readonly beyond = new Float64Array(FIGURES);
  private readonly most: number;
  /** Group + 1; 0 is free. Twice as many as groups. */
  private slots = new Int32Array(2 * FIRST_CAPACITY);

  constructor(most = MOST) {
    this.most = most;
  }

  add(key: Uint32Array, bytes: number, packets: number, flows: number): void {
    const group = this.find(key);
    const figures = group < 0 ? this.beyond : this.figures;
    const at = group < 0 ? 0 : group * FIGURES;
    figures[at]! += bytes;
    figures[at + 1]! += packets;
    figures[at + 2]! += flows;
    figures[at + 3]! += 1;
  }

  clear(): void {
    this.figures.fill(0, 0, this.size * FIGURES);
    this.beyond.fill(0);
    this.slots.fill(0);
    this.size = 0;
  }

  /** The groups with most bytes, at most `top`; of the same bytes, those with more packets first among them. */
  largest(top: number): number[] {
    const { figures } = this;
    const found = new Largest<number>(top);
    for (let group = 0; group < this.size; group++) found.add(figures[group * FIGURES]!, group);
    const more = (a: number, b: number, figure: number) =>
      figures[b * FIGURES + figure]! - figures[a * FIGURES + figure]!;
    return found.sorted().sort((a, b) => more(a, b, 0) || more(a, b, 1));
  }

  /** The group of a key; -1 where there is no room for it. */
  private find(key: Uint32Array): number {
    if (this.size * 2 >= this.slots.length) this.grow();
    const mask = this.slots.length - 1;
    let slot = hash(key, 0) & mask;
    for (;;) {
      const group = this.slots[slot]! - 1;
      if (group < 0) break;
      if (this.is(group, key)) return group;
      slot = (slot + 1) & mask;
    }
    if (this.size >= this.most) return -1;
    const group = this.size++;
    this.keys.set(key, group * KEY_WORDS);
    this.slots[slot] = group + 1;
    return group;
  }

  private is(group: number, key: Uint32Array): boolean {
    const { keys } = this;
    const at = group * KEY_WORDS;
    return keys[at] === key[0] && keys[at + 1] === key[1] && keys[at + 2] === key[2] && keys[at + 3] === key[3];
  }

  private grow(): void {
    if (this.slots.length >= 2 * this.most) return;
    const keys = new Uint32Array(2 * this.keys.length);
    keys.set(this.keys);
    const figures = new Float64Array(2 * this.figures.length);
    figures.set(this.figures);
    this.keys = keys;
    this.figures = figures;
    this.slots = new Int32Array(2 * this.slots.length);
    const mask = this.slots.length - 1;
    for (let group = 0; group < this.size; group++) {
      let slot = hash(keys, group * KEY_WORDS) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = group + 1;
    }
  }
}

/** Finaliser of MurmurHash3 (Appleby, public domain) over each word in turn. */
function hash(words: Uint32Array, at: number): number {
  let h = 0;
  for (let i = at; i < at + KEY_WORDS; i++) {
    h ^= words[i]!;
    h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
    h ^= h >>> 16;
  }
  return h;
}
