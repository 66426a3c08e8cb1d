/**
 * Text values as codes, for one producing thread. Code 0 is the empty string, which means "not known". Bounded in values and in
 * bytes: beyond the bound a new value gets the code of `OVERFLOW_TEXT` and is counted, so that a flood of names costs neither memory nor
 * truth. The values lie in shared memory that only grows: any thread that has the handle can read those of rows that were published.
 */
export const OVERFLOW_TEXT = '(too many values)';

/** Longer values are cut, at a character: they are names, not contents. */
const MAX_TEXT_BYTES = 255;
const LIMIT = 65_536;
const TEXT_BYTES = 4 << 20;
/** Words before the ends of the texts: number of texts. */
const HEAD_WORDS = 1;
/** A dictionary this full is left for a new one when a batch begins. */
const FULL = 0.75;

/** How another thread reads a dictionary; `id` is the same wherever the handle goes. */
export interface DictionaryHandle {
  readonly id: string;
  readonly memory: SharedArrayBuffer;
  readonly limit: number;
}

/**
 * Names come from the network. DuckDB's ENUM ends a value at a zero: two names that are alike up to there break every query, or the process; and
 * the others are orders to a terminal.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
let nextId = 1;
/** Handles travel between threads: an id must not be made twice in a process. */
const origin = `${process.pid}-${Math.random().toString(36).slice(2)}`;

export class Dictionary {
  readonly handle: DictionaryHandle;
  /** Values that got the overflow code. */
  overflowed = 0;
  private readonly limit: number;
  private readonly head: Int32Array;
  /** Where text i ends. */
  private readonly ends: Uint32Array;
  private readonly bytes: Uint8Array;
  /** Open addressing by the hash of the bytes; 0 is free, else code + 1. */
  private readonly slots: Uint32Array;
  private readonly mask: number;
  private readonly scratch = new Uint8Array(MAX_TEXT_BYTES + 4);
  private overflowCode = -1;

  constructor(limit = LIMIT, textBytes = TEXT_BYTES) {
    this.limit = limit;
    // Room for the overflow text, which comes on top of the limits.
    const memory = new SharedArrayBuffer(4 * (HEAD_WORDS + limit + 1) + textBytes + 32);
    this.handle = { id: `${origin}-${nextId++}`, memory, limit };
    this.head = new Int32Array(memory, 0, 1);
    this.ends = new Uint32Array(memory, 4 * HEAD_WORDS, limit + 1);
    this.bytes = new Uint8Array(memory, 4 * (HEAD_WORDS + limit + 1));
    const slots = 2 ** Math.ceil(Math.log2(limit * 2 + 2));
    this.slots = new Uint32Array(slots);
    this.mask = slots - 1;
    this.enter(this.scratch, 0, 0, this.find(this.scratch, 0, 0));
  }

  get size(): number {
    return this.head[0]!;
  }

  /** Whether it is time for a new one. */
  get full(): boolean {
    return this.size > this.limit * FULL || this.ends[this.size - 1]! > (this.bytes.length - 32) * FULL;
  }

  /** The code of `text`, which is entered when it is new. */
  code(text: string): number {
    const { written } = encoder.encodeInto(text, this.scratch.subarray(0, MAX_TEXT_BYTES));
    return this.codeOf(this.scratch, 0, written);
  }

  /** The code of the UTF-8 text in `bytes` at [at, at + length); trailing zeros are padding. No allocation for a known text. */
  codeOf(bytes: Uint8Array, at: number, length: number): number {
    let n = Math.min(length, MAX_TEXT_BYTES);
    if (length > MAX_TEXT_BYTES) while (n > 0 && (bytes[at + n]! & 0xc0) === 0x80) n--;
    while (n > 0 && bytes[at + n - 1] === 0) n--;
    const slot = this.find(bytes, at, n);
    const known = this.slots[slot]!;
    if (known !== 0) return known - 1;
    if (this.size >= this.limit || this.ends[this.size - 1]! + n > this.bytes.length - 32) return this.overflow();
    return this.enter(bytes, at, n, slot);
  }

  text(code: number): string {
    return code < this.size ? textAt(this.ends, this.bytes, code) : '';
  }

  private overflow(): number {
    this.overflowed += 1;
    if (this.overflowCode < 0) {
      const text = encoder.encode(OVERFLOW_TEXT);
      this.overflowCode = this.enter(text, 0, text.length, this.find(text, 0, text.length));
    }
    return this.overflowCode;
  }

  private find(bytes: Uint8Array, at: number, length: number): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[at + i]!, 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    for (;;) {
      const code = this.slots[slot]! - 1;
      if (code < 0 || this.holds(code, bytes, at, length)) return slot;
      slot = (slot + 1) & this.mask;
    }
  }

  private holds(code: number, bytes: Uint8Array, at: number, length: number): boolean {
    const from = code === 0 ? 0 : this.ends[code - 1]!;
    if (this.ends[code]! - from !== length) return false;
    for (let i = 0; i < length; i++) if (this.bytes[from + i] !== bytes[at + i]) return false;
    return true;
  }

  private enter(bytes: Uint8Array, at: number, length: number, slot: number): number {
    const code = this.size;
    const from = code === 0 ? 0 : this.ends[code - 1]!;
    for (let i = 0; i < length; i++) this.bytes[from + i] = bytes[at + i]!;
    this.ends[code] = from + length;
    this.slots[slot] = code + 1;
    // After the text: a reader that sees the count finds the texts below it.
    Atomics.store(this.head, 0, code + 1);
    return code;
  }
}

function textAt(ends: Uint32Array, bytes: Uint8Array, code: number): string {
  const from = code === 0 ? 0 : ends[code - 1]!;
  // TextDecoder refuses shared memory.
  return decoder.decode(bytes.slice(from, ends[code]!)).replace(CONTROL, '\ufffd');
}

/** Dictionaries that this thread has read, the latest last: a text is decoded once. */
const known = new Map<string, string[]>();
/** Texts of all of them, at most: each takes some 50 bytes. */
const KNOWN_TEXTS = 600_000;
let knownTexts = 0;

/** All texts that the dictionary has now, by code. */
export function readTexts({ id, memory, limit }: DictionaryHandle): readonly string[] {
  const texts = known.get(id) ?? [];
  known.delete(id);
  known.set(id, texts);
  const size = Atomics.load(new Int32Array(memory, 0, 1), 0);
  if (texts.length === size) return texts;
  const ends = new Uint32Array(memory, 4 * HEAD_WORDS, limit + 1);
  const bytes = new Uint8Array(memory, 4 * (HEAD_WORDS + limit + 1));
  knownTexts += size - texts.length;
  for (let code = texts.length; code < size; code++) texts.push(textAt(ends, bytes, code));
  for (const [other, list] of known) {
    if (knownTexts <= KNOWN_TEXTS || other === id) break;
    known.delete(other);
    knownTexts -= list.length;
  }
  return texts;
}
