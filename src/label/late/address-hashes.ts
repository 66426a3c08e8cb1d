import { type HashSecrets, hashSecrets, hashStep } from '../../base/index.ts';

/** Upper word of the lower half of an IPv4 address (mapped, RFC 4291 section 2.5.5.2), whose upper half is 0. */
const MAPPED = 0xffff;
/** Told apart from the hash of two addresses. */
const ONE = 0x51ed270b;

/** Hashes of addresses that those who send from them cannot choose. That of two ends, in whichever order, is the sum of both. */
export class AddressHashes {
  private readonly multiplier: number;
  private readonly start: number;
  /** Of what all IPv4 addresses have. */
  private readonly mapped: number;

  constructor({ start, multiplier }: HashSecrets = hashSecrets()) {
    this.multiplier = multiplier;
    this.start = start;
    this.mapped = this.upper(0, 0, MAPPED);
  }

  /** Of an address, given as pairs of words of its two halves, the low word first. */
  address(lo: Uint32Array, loAt: number, hi: Uint32Array, hiAt: number): number {
    const w0 = hi[hiAt + 1]!;
    const w1 = hi[hiAt]!;
    const w2 = lo[loAt + 1]!;
    const upper = (w0 | w1 | (w2 ^ MAPPED)) === 0 ? this.mapped : this.upper(w0, w1, w2);
    return hashStep(upper, lo[loAt]!, this.multiplier);
  }

  /** Of one address alone, by its hash. */
  host(hash: number): number {
    return hash ^ ONE;
  }

  /** Of a port of it. */
  end(hash: number, port: number): number {
    return hashStep(hash ^ ONE, port + 1, this.multiplier);
  }

  private upper(w0: number, w1: number, w2: number): number {
    const { start, multiplier } = this;
    return hashStep(hashStep(hashStep(start, w0, multiplier), w1, multiplier), w2, multiplier);
  }
}
