/**
 * The figures of keys while rows are added up: one block of doubles per key, so that a row touches one or two cache lines of a cube.
 * `flows` and `unsure` are made when the figures are read, because in most streams every record is a flow that nobody is sure of: then nothing is added for them.
 */

/** Lanes of `base`. */
export const RECORDS = 0;
/** Records of which it is known whether they continue a flow. */
export const SURE = 1;
/** Records less flows: those that continue a flow, and below 0 where records stand for more flows than themselves. */
export const CONTINUING = 2;
export const BYTES = 3;
export const PACKETS = 4;
/** What the key may have had before it entered (see `floor` in cube-table.ts): bytes, packets, flows. */
export const ENTRY = 5;
export const BASE = 8;

/** Lanes of `sampled`, which exist from the first row that was sampled, or whose origin of the rate is not the default. */
export const RAW_BYTES = 0;
export const RAW_PACKETS = 1;
export const SAMPLED_BYTES = 2;
export const UNKNOWN_BYTES = 3;
export const VAR_BYTES = 4;
export const VAR_PACKETS = 5;
export const ORIGINS = 6;
export const MIN_RATE = 7;
export const MAX_RATE = 8;
export const SAMPLED = 9;

/** Origin of rows whose source says nothing of sampling: `default`. */
const DEFAULT_ORIGINS = 2;

export class Figures {
  base: Float64Array;
  sampled: Float64Array | null = null;

  constructor(keys: number) {
    this.base = new Float64Array(keys * BASE);
  }

  get room(): number {
    return this.base.length / BASE;
  }

  /** Room for so many keys. */
  grow(keys: number): void {
    this.base = longer(this.base, keys * BASE);
    if (this.sampled) this.sampled = longer(this.sampled, keys * SAMPLED);
  }

  /** Gives all keys the lanes of sampling: until now every row had rate 1 by default. */
  beginSampled(): void {
    if (this.sampled) return;
    this.sampled = new Float64Array(this.room * SAMPLED);
    for (let key = 0; key < this.room; key++) {
      const from = key * BASE;
      const to = key * SAMPLED;
      this.sampled[to + RAW_BYTES] = this.base[from + BYTES]!;
      this.sampled[to + RAW_PACKETS] = this.base[from + PACKETS]!;
      if (this.base[from + RECORDS] === 0) continue;
      this.sampled[to + ORIGINS] = DEFAULT_ORIGINS;
      this.sampled[to + MIN_RATE] = 1;
      this.sampled[to + MAX_RATE] = 1;
    }
  }

  /** All keys have nothing, and no lanes of sampling. */
  reset(): void {
    this.base.fill(0);
    this.sampled = null;
  }

  clear(key: number): void {
    this.base.fill(0, key * BASE, (key + 1) * BASE);
    this.sampled?.fill(0, key * SAMPLED, (key + 1) * SAMPLED);
  }

  /** Adds the sums of a key of other figures, which have lanes of sampling whenever these have them. */
  add(key: number, other: Figures, from: number): void {
    const to = key * BASE;
    const at = from * BASE;
    const into = this.base;
    const sums = other.base;
    const first = into[to + RECORDS] === 0;
    into[to + RECORDS]! += sums[at + RECORDS]!;
    into[to + SURE]! += sums[at + SURE]!;
    into[to + CONTINUING]! += sums[at + CONTINUING]!;
    into[to + BYTES]! += sums[at + BYTES]!;
    into[to + PACKETS]! += sums[at + PACKETS]!;
    if (this.sampled && other.sampled) addSampled(this.sampled, key * SAMPLED, other.sampled, from * SAMPLED, first);
  }

  /** Moves a key of these figures to another place. */
  move(from: number, to: number): void {
    const { base, sampled } = this;
    for (let lane = 0; lane < BASE; lane++) base[to * BASE + lane] = base[from * BASE + lane]!;
    if (sampled)
      for (let lane = 0; lane < SAMPLED; lane++) sampled[to * SAMPLED + lane] = sampled[from * SAMPLED + lane]!;
  }

  records(key: number): number {
    return this.base[key * BASE + RECORDS]!;
  }

  bytes(key: number): number {
    return this.base[key * BASE + BYTES]!;
  }

  packets(key: number): number {
    return this.base[key * BASE + PACKETS]!;
  }

  flows(key: number): number {
    return this.base[key * BASE + RECORDS]! - this.base[key * BASE + CONTINUING]!;
  }

  unsure(key: number): number {
    return this.base[key * BASE + RECORDS]! - this.base[key * BASE + SURE]!;
  }

  entry(key: number, metric: number): number {
    return this.base[key * BASE + ENTRY + metric]!;
  }

  /** A lane of sampling; what it is without sampling where there are none. */
  ofSampling(key: number, lane: number): number {
    if (this.sampled) return this.sampled[key * SAMPLED + lane]!;
    if (lane === RAW_BYTES) return this.bytes(key);
    if (lane === RAW_PACKETS) return this.packets(key);
    if (lane === ORIGINS) return DEFAULT_ORIGINS;
    return lane === MIN_RATE || lane === MAX_RATE ? 1 : 0;
  }
}

function addSampled(into: Float64Array, to: number, from: Float64Array, at: number, first: boolean): void {
  for (let lane = 0; lane < ORIGINS; lane++) into[to + lane]! += from[at + lane]!;
  into[to + ORIGINS] = into[to + ORIGINS]! | from[at + ORIGINS]!;
  if (first || from[at + MIN_RATE]! < into[to + MIN_RATE]!) into[to + MIN_RATE] = from[at + MIN_RATE]!;
  if (from[at + MAX_RATE]! > into[to + MAX_RATE]!) into[to + MAX_RATE] = from[at + MAX_RATE]!;
}

function longer(values: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const more = new Float64Array(length);
  more.set(values);
  return more;
}
