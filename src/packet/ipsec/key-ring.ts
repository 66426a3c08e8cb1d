import type { EspKey } from './cipher-suites.ts';

/** What became of the packets of one key. */
export interface EspKeyCounts {
  readonly spi: number;
  /** Seen into. */
  opened: number;
  /** The check value did not match: the key is wrong, or the packet was changed. */
  integrityFailures: number;
  /** Without a check value to tell: the plain text is none. */
  implausible: number;
}

/** Which key is for which association. */
export class KeyRing {
  readonly keys: readonly EspKey[];
  readonly counts: EspKeyCounts[];
  readonly #bySpi = new Map<number, number[]>();
  /** Extended sequence numbers: the last one seen of each key, in two halves. */
  readonly #high: Uint32Array;
  /** NaN before the first one. */
  readonly #low: Float64Array;

  constructor(keys: readonly EspKey[]) {
    this.keys = keys;
    this.counts = keys.map(({ spi }) => ({ spi, opened: 0, integrityFailures: 0, implausible: 0 }));
    this.#high = Uint32Array.from(keys, (key) => key.sequenceHigh ?? 0);
    this.#low = new Float64Array(keys.length).fill(Number.NaN);
    for (const [position, { spi }] of keys.entries()) {
      const same = this.#bySpi.get(spi);
      if (same) same.push(position);
      else this.#bySpi.set(spi, [position]);
    }
  }

  /** The position of the key for the association: one that names the destination before one that names none; -1 none. */
  find(dst: Uint32Array, spi: number): number {
    let found = -1;
    for (const position of this.#bySpi.get(spi) ?? []) {
      const wanted = this.keys[position]!.dst;
      if (wanted === null) {
        if (found < 0) found = position;
      } else if (wanted.every((word, i) => word === dst[i])) return position;
    }
    return found;
  }

  /** The upper half of the sequence number whose lower half is `low`: the one that is nearest to the last (RFC 4303 appendix A2); -1 none. */
  highOf(position: number, low: number): number {
    if (this.keys[position]!.sequenceHigh === null) return -1;
    const high = this.#high[position]!;
    const ahead = low - this.#low[position]!;
    if (ahead < -(2 ** 31)) return (high + 1) >>> 0;
    return ahead > 2 ** 31 && high > 0 ? high - 1 : high;
  }

  /** A packet with these was genuine. */
  seen(position: number, high: number, low: number): void {
    if (high < 0 || high < this.#high[position]!) return;
    this.#high[position] = high;
    this.#low[position] = low;
  }
}
