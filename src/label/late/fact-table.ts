import { type HashSecrets, hashSecrets } from '../../base/index.ts';
import { hashKey } from './key-hash.ts';

/** Words of a key: what it is about, ports, and two addresses of four words each, least significant first. */
export const KEY_WORDS = 10;
/** Windows of one key at most: who fills more of them is no conversation. */
export const MOST_OF_KEY = 64;
/** Of those, windows with the same value. */
const MOST_OF_VALUE = 32;
/** Slots that a look at most takes. A table that is half full and has keys that nobody chose hardly ever has so many in a row. */
export const MOST_PROBES = 256;

/** What a key stands for in a table: codes whose meaning is the caller's. */
export interface FactValue {
  application: number;
  evidence: number;
  service: number;
  serviceEvidence: number;
}

/**
 * Facts about end points, each true within a window of time: open addressing over typed arrays, of a fixed size. What holds at a time is the union of the
 * windows that were entered, so that it does not depend on their order; those that overlap are kept as one.
 */
export class FactTable {
  /** Facts that found no room. */
  refused = 0;
  size = 0;
  private readonly capacity: number;
  private readonly mask: number;
  private readonly secrets: HashSecrets;
  /** Entry + 1 by slot; 0 is free. */
  private readonly slots: Uint32Array;
  private readonly keys: Uint32Array;
  private readonly values: Uint32Array;
  /** From and to (ms) of each entry. */
  private readonly windows: Float64Array;

  constructor(capacity: number, secrets = hashSecrets()) {
    this.capacity = capacity;
    this.secrets = secrets;
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.mask = slots - 1;
    this.slots = new Uint32Array(slots);
    this.keys = new Uint32Array(capacity * KEY_WORDS);
    this.values = new Uint32Array(capacity);
    this.windows = new Float64Array(capacity * 2);
  }

  get full(): boolean {
    return this.size === this.capacity;
  }

  clear(): void {
    this.slots.fill(0);
    this.size = 0;
  }

  /** Enters that `packed` holds for `key` from `fromMs` to `toMs`; true when that was not known. */
  add(key: Uint32Array, packed: number, fromMs: number, toMs: number): boolean {
    const { windows } = this;
    let ofKey = 0;
    let ofValue = 0;
    let probes = 0;
    let slot = this.slotOf(key);
    for (; this.slots[slot] !== 0 && probes < MOST_PROBES; slot = (slot + 1) & this.mask) {
      probes += 1;
      const entry = this.slots[slot]! - 1;
      if (!this.holds(entry, key)) continue;
      ofKey += 1;
      if (this.values[entry] !== packed) continue;
      ofValue += 1;
      const from = windows[2 * entry]!;
      const to = windows[2 * entry + 1]!;
      if (fromMs > to || toMs < from) continue;
      if (fromMs >= from && toMs <= to) return false;
      windows[2 * entry] = Math.min(fromMs, from);
      windows[2 * entry + 1] = Math.max(toMs, to);
      return true;
    }
    if (this.full || ofKey >= MOST_OF_KEY || ofValue >= MOST_OF_VALUE || probes >= MOST_PROBES) {
      this.refused += 1;
      return false;
    }
    const entry = this.size++;
    this.keys.set(key, entry * KEY_WORDS);
    this.values[entry] = packed;
    windows[2 * entry] = fromMs;
    windows[2 * entry + 1] = toMs;
    this.slots[slot] = entry + 1;
    return true;
  }

  /** Calls `visit` with each value that holds for `key` at some time of the window. */
  find(key: Uint32Array, fromMs: number, toMs: number, visit: (packed: number) => void): void {
    let slot = this.slotOf(key);
    for (let probes = 0; this.slots[slot] !== 0 && probes < MOST_PROBES; probes++, slot = (slot + 1) & this.mask) {
      const entry = this.slots[slot]! - 1;
      if (fromMs > this.windows[2 * entry + 1]! || toMs < this.windows[2 * entry]!) continue;
      if (this.holds(entry, key)) visit(this.values[entry]!);
    }
  }

  /** Calls `visit` with the key of each entry. */
  each(visit: (keys: Uint32Array, at: number) => void): void {
    for (let entry = 0; entry < this.size; entry++) visit(this.keys, entry * KEY_WORDS);
  }

  private holds(entry: number, key: Uint32Array): boolean {
    const at = entry * KEY_WORDS;
    for (let i = 0; i < KEY_WORDS; i++) if (this.keys[at + i] !== key[i]) return false;
    return true;
  }

  private slotOf(key: Uint32Array): number {
    return hashKey(this.secrets, key) & this.mask;
  }
}

/** 13 bits each for the two names, 3 for each evidence. */
export const MOST_NAMES = 8_192;

export function pack({ application, evidence, service, serviceEvidence }: FactValue): number {
  return (application | (service << 13) | (evidence << 26) | (serviceEvidence << 29)) >>> 0;
}

export function unpack(packed: number, out: FactValue): void {
  out.application = packed & 0x1fff;
  out.service = (packed >>> 13) & 0x1fff;
  out.evidence = (packed >>> 26) & 7;
  out.serviceEvidence = packed >>> 29;
}
