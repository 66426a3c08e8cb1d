import { WeirError } from './errors.ts';
import { murmur3 } from './murmur3.ts';

/** Bits of the hash that name a register, and registers. */
const P = 14;
const REGISTERS = 1 << P;
/** Bits of the hash that are left; a register holds 0 to Q + 1. */
const Q = 64 - P;
/** Bytes of an encoded sketch before its registers: form, P. */
const HEAD = 2;
const SPARSE = 1;
const DENSE = 2;
const DENSE_BYTES = (REGISTERS * 6) / 8;
const SPARSE_ENTRY = 3;

/** Two seeds make the two halves of the hash of an address: they must never change, because sketches at rest are made with them. */
const HIGH_SEED = 0x57656972;
const LOW_SEED = 0x466c6f77;

/**
 * How many different items were added, in 16 KiB (P. Flajolet et al., "HyperLogLog", 2007, with 64-bit hashes and 2^14 registers; the estimate after O. Ertl, "New
 * cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284, algorithm 6, which needs no tables of bias). Sketches of parts merge to the
 * sketch of the whole, in any order.
 */
export class HyperLogLog {
  /** 95 of 100 estimates are within this share of the truth: 1.96 x 1.04 / sqrt(2^14). */
  static readonly ERROR95 = 0.016;
  private readonly registers: Uint8Array;

  constructor(registers: Uint8Array = new Uint8Array(REGISTERS)) {
    this.registers = registers;
  }

  /** Adds the item with this 64-bit hash, given as two unsigned words. */
  add(hi: number, lo: number): void {
    const rest = hi << P;
    // Clz32 of 0 is 32: a hash whose last 50 bits are 0 has rank 51.
    const rank = rest !== 0 ? Math.clz32(rest) + 1 : 32 - P + Math.clz32(lo) + 1;
    const at = hi >>> (32 - P);
    if (rank > this.registers[at]!) this.registers[at] = rank;
  }

  /** Adds 16 bytes as four words, most significant first: an address. */
  addWords(w0: number, w1: number, w2: number, w3: number): void {
    this.add(murmur3(w0, w1, w2, w3, HIGH_SEED), murmur3(w0, w1, w2, w3, LOW_SEED));
  }

  /** Afterwards this is the sketch of what was added to either. */
  merge(other: HyperLogLog): void {
    const { registers } = this;
    for (let i = 0; i < REGISTERS; i++) if (other.registers[i]! > registers[i]!) registers[i] = other.registers[i]!;
  }

  /** Items that were added, each counted once. */
  estimate(): number {
    const counts = new Uint32Array(Q + 2);
    for (let i = 0; i < REGISTERS; i++) counts[this.registers[i]!]! += 1;
    let z = REGISTERS * tau(1 - counts[Q + 1]! / REGISTERS);
    for (let rank = Q; rank >= 1; rank--) z = 0.5 * (z + counts[rank]!);
    z += REGISTERS * sigma(counts[0]! / REGISTERS);
    return (REGISTERS * REGISTERS) / (2 * Math.LN2 * z);
  }

  /** Bytes for files: pairs of register and rank while few are set (3 bytes each), else 6 bits a register. */
  encode(): Uint8Array {
    let set = 0;
    for (let i = 0; i < REGISTERS; i++) if (this.registers[i] !== 0) set += 1;
    return set * SPARSE_ENTRY < DENSE_BYTES ? this.encodeSparse(set) : this.encodeDense();
  }

  /** The sketch that `encode` wrote; WeirError `corrupt` when the bytes are none. */
  static decode(bytes: Uint8Array): HyperLogLog {
    const body = bytes.subarray(HEAD);
    if (bytes[1] === P && bytes[0] === SPARSE && body.length % SPARSE_ENTRY === 0) return decodeSparse(body);
    if (bytes[1] === P && bytes[0] === DENSE && body.length === DENSE_BYTES) return decodeDense(body);
    throw corrupt(`form ${bytes[0]}, precision ${bytes[1]}, ${bytes.length} bytes`);
  }

  private encodeSparse(set: number): Uint8Array {
    const bytes = new Uint8Array(HEAD + set * SPARSE_ENTRY);
    bytes[0] = SPARSE;
    bytes[1] = P;
    let at = HEAD;
    for (let i = 0; i < REGISTERS; i++) {
      const rank = this.registers[i]!;
      if (rank === 0) continue;
      bytes[at++] = i >>> 8;
      bytes[at++] = i & 255;
      bytes[at++] = rank;
    }
    return bytes;
  }

  private encodeDense(): Uint8Array {
    const bytes = new Uint8Array(HEAD + DENSE_BYTES);
    bytes[0] = DENSE;
    bytes[1] = P;
    const { registers } = this;
    for (let i = 0, at = HEAD; i < REGISTERS; i += 4) {
      const four = (registers[i]! << 18) | (registers[i + 1]! << 12) | (registers[i + 2]! << 6) | registers[i + 3]!;
      bytes[at++] = four >>> 16;
      bytes[at++] = (four >>> 8) & 255;
      bytes[at++] = four & 255;
    }
    return bytes;
  }
}

function decodeSparse(body: Uint8Array): HyperLogLog {
  const registers = new Uint8Array(REGISTERS);
  let before = -1;
  for (let at = 0; at < body.length; at += SPARSE_ENTRY) {
    const register = (body[at]! << 8) | body[at + 1]!;
    if (register <= before || register >= REGISTERS) throw corrupt(`register ${register} after ${before}`);
    registers[register] = rankOf(body[at + 2]!);
    if (body[at + 2] === 0) throw corrupt(`register ${register} is empty`);
    before = register;
  }
  return new HyperLogLog(registers);
}

function decodeDense(body: Uint8Array): HyperLogLog {
  const registers = new Uint8Array(REGISTERS);
  for (let i = 0, at = 0; i < REGISTERS; i += 4, at += 3) {
    const four = (body[at]! << 16) | (body[at + 1]! << 8) | body[at + 2]!;
    for (let j = 0; j < 4; j++) registers[i + j] = rankOf((four >>> (18 - 6 * j)) & 63);
  }
  return new HyperLogLog(registers);
}

function rankOf(value: number): number {
  if (value > Q + 1) throw corrupt(`rank ${value}`);
  return value;
}

function corrupt(what: string): WeirError {
  return new WeirError('corrupt', `a sketch of distinct hosts cannot be read: ${what}`);
}

/** Ertl's sigma: x + sum of x^(2^k) 2^(k-1), for registers that are 0. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = share;
  for (let before = Number.NaN; z !== before; y += y) {
    x *= x;
    before = z;
    z += x * y;
  }
  return z;
}

/** Ertl's tau: (1 - x - sum of (1 - x^(2^-k))^2 2^-k) / 3, for registers that are full. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - share;
  for (let before = Number.NaN; z !== before; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
