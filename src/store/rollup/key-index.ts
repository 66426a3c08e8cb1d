import type { RareKeys } from './rare-keys.ts';

/** Words of a key: the code of its minute (a small number may stand in the upper half), then four. */
export const KEY_WORDS = 5;
const FIRST_ROOM = 2_048;
/** Between what factors are made of: each must tell nothing of the next, or sums could be chosen that are equal whatever the seed. */
const STEP = 0x9e3779b1;

/** Numbers that name the keys of rows: `small` goes into the upper half of the minute's word, the others are words of their own. */
export interface NumberKeys {
  small: Uint32Array;
  a: Uint32Array;
  b: Uint32Array;
  c: Uint32Array;
  d: Uint32Array;
}

/** Addresses of rows: 64-bit columns as a batch has them, read from row `from` on. */
export interface AddressKeys {
  hi: Uint32Array;
  lo: Uint32Array;
  from: number;
}

/**
 * Keys by number, in the order in which they came. Open addressing over one array of words: a row that has a known key costs a hash of a few multiplications (a
 * sum of products with odd factors that nobody outside knows, so that keys cannot be chosen to collide), a look at the index and one at the key.
 */
export class KeyIndex {
  count = 0;
  keys = new Uint32Array(FIRST_ROOM * KEY_WORDS);
  /** The upper half is of the hash, the lower the key's number + 1; 0 is free. */
  private index = new Uint32Array(FIRST_ROOM * 2);
  private readonly factors: Int32Array;

  constructor(seed: number) {
    this.factors = Int32Array.from({ length: KEY_WORDS }, (_, i) => finish(finish(seed) + i * STEP) | 1);
  }

  get room(): number {
    return this.keys.length / KEY_WORDS;
  }

  minuteOf(key: number): number {
    return this.keys[key * KEY_WORDS]! & 0xffff;
  }

  /** Numbers of the keys of rows [0, count), entered where they are new: there must be room. */
  place(count: number, minute: Uint16Array, { small, a, b, c, d }: NumberKeys, out: Uint16Array): void {
    const { keys, index, factors } = this;
    const [f0, f1, f2, f3, f4] = [factors[0]!, factors[1]!, factors[2]!, factors[3]!, factors[4]!];
    const mask = index.length - 1;
    let size = this.count;
    for (let i = 0; i < count; i++) {
      const m = (minute[i]! | (small[i]! << 16)) >>> 0;
      const x = a[i]!;
      const y = b[i]!;
      const z = c[i]!;
      const w = d[i]!;
      const words = Math.imul(x, f1) + Math.imul(y, f2) + Math.imul(z, f3);
      const hash = finish((Math.imul(m, f0) + words + Math.imul(w, f4)) | 0);
      const tag = hash >>> 16;
      let at = (hash ^ (hash >>> 15)) & mask;
      for (;;) {
        const held = index[at]!;
        if (held === 0) {
          index[at] = ((tag << 16) | (size + 1)) >>> 0;
          const to = size * KEY_WORDS;
          keys[to] = m;
          keys[to + 1] = x;
          keys[to + 2] = y;
          keys[to + 3] = z;
          keys[to + 4] = w;
          out[i] = size++;
          break;
        }
        if (held >>> 16 === tag) {
          const key = (held & 0xffff) - 1;
          const to = key * KEY_WORDS;
          if (keys[to + 1] === x && keys[to] === m && keys[to + 2] === y && keys[to + 3] === z && keys[to + 4] === w) {
            out[i] = key;
            break;
          }
        }
        at = (at + 1) & mask;
      }
    }
    this.count = size;
  }

  /** As `place`, of addresses. Those that `rare`, if any, keeps out get the number `outside` + minute. */
  placeAddresses(
    count: number,
    minute: Uint16Array,
    small: Uint32Array,
    { hi, lo, from }: AddressKeys,
    out: Uint16Array,
    rare: RareKeys | null,
    outside: number,
  ): void {
    const { keys, index, factors } = this;
    const [f0, f1, f2, f3, f4] = [factors[0]!, factors[1]!, factors[2]!, factors[3]!, factors[4]!];
    const mask = index.length - 1;
    let size = this.count;
    for (let i = 0; i < count; i++) {
      const m = (minute[i]! | (small[i]! << 16)) >>> 0;
      const row = 2 * (from + i);
      const w0 = hi[row + 1]!;
      const w1 = hi[row]!;
      const w2 = lo[row + 1]!;
      const w3 = lo[row]!;
      const upper = Math.imul(w0, f1) + Math.imul(w1, f2) + Math.imul(w2, f3);
      const hash = finish((Math.imul(m, f0) + upper + Math.imul(w3, f4)) | 0);
      const tag = hash >>> 16;
      let at = (hash ^ (hash >>> 15)) & mask;
      for (;;) {
        const held = index[at]!;
        if (held === 0) {
          if (rare?.passes(minute[i]!, hash, i)) {
            out[i] = outside + minute[i]!;
            break;
          }
          index[at] = ((tag << 16) | (size + 1)) >>> 0;
          const to = size * KEY_WORDS;
          keys[to] = m;
          keys[to + 1] = w0;
          keys[to + 2] = w1;
          keys[to + 3] = w2;
          keys[to + 4] = w3;
          out[i] = size++;
          break;
        }
        if (held >>> 16 === tag) {
          const key = (held & 0xffff) - 1;
          const to = key * KEY_WORDS;
          if (
            keys[to + 4] === w3 &&
            keys[to] === m &&
            keys[to + 3] === w2 &&
            keys[to + 2] === w1 &&
            keys[to + 1] === w0
          ) {
            out[i] = key;
            break;
          }
        }
        at = (at + 1) & mask;
      }
    }
    this.count = size;
  }

  hashOf(key: number): number {
    const { keys, factors } = this;
    const from = key * KEY_WORDS;
    let sum = 0;
    for (let word = 0; word < KEY_WORDS; word++) sum = (sum + Math.imul(keys[from + word]!, factors[word]!)) | 0;
    return finish(sum);
  }

  /** Room for so many keys; they keep their numbers. */
  grow(room: number): void {
    const keys = new Uint32Array(room * KEY_WORDS);
    keys.set(this.keys.subarray(0, this.count * KEY_WORDS));
    this.keys = keys;
    const slots = 2 ** Math.ceil(Math.log2(2 * room));
    if (slots === this.index.length) return;
    this.index = new Uint32Array(slots);
    this.enterAll();
  }

  /** Moves the words of a key to another number. Afterwards, `keep` the first so many. */
  move(from: number, to: number): void {
    // A loop: a call to copy some words costs more than they do.
    for (let word = 0; word < KEY_WORDS; word++) this.keys[to * KEY_WORDS + word] = this.keys[from * KEY_WORDS + word]!;
  }

  keep(count: number): void {
    this.count = count;
    this.index.fill(0);
    this.enterAll();
  }

  /** Empty, with the memory that it has. */
  clear(): void {
    this.count = 0;
    this.index.fill(0);
  }

  private enterAll(): void {
    const { index, count } = this;
    const mask = index.length - 1;
    for (let key = 0; key < count; key++) {
      const hash = this.hashOf(key);
      let at = (hash ^ (hash >>> 15)) & mask;
      while (index[at] !== 0) at = (at + 1) & mask;
      index[at] = (((hash >>> 16) << 16) | (key + 1)) >>> 0;
    }
  }
}

/** Spreads the upper bits of a sum of products, which are its better ones, over all. */
function finish(sum: number): number {
  const h = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  return h ^ (h >>> 15);
}
