/** Addresses of one family: how many 32-bit words one has. */
export type AddressWidth = 1 | 4;

/**
 * Prefixes of one family with a number each, over typed arrays that grow: tables of routes have more than a million. IPv4 and IPv6 are apart; lengths
 * count from the beginning of the address (32 for one IPv4 address).
 */
export class PrefixList {
  readonly width: AddressWidth;
  length = 0;
  /** `width` words of each, most significant first; bits behind the prefix are 0. */
  addresses: Uint32Array;
  bits: Uint8Array;
  values: Uint32Array;

  constructor(width: AddressWidth, capacity = 64) {
    this.width = width;
    this.addresses = new Uint32Array(width * capacity);
    this.bits = new Uint8Array(capacity);
    this.values = new Uint32Array(capacity);
  }

  add4(address: number, bits: number, value: number): void {
    const i = this.grow();
    this.addresses[i] = kept(address, bits);
    this.bits[i] = bits;
    this.values[i] = value;
  }

  add6(w0: number, w1: number, w2: number, w3: number, bits: number, value: number): void {
    const i = this.grow();
    const { addresses } = this;
    addresses[4 * i] = kept(w0, bits);
    addresses[4 * i + 1] = kept(w1, bits - 32);
    addresses[4 * i + 2] = kept(w2, bits - 64);
    addresses[4 * i + 3] = kept(w3, bits - 96);
    this.bits[i] = bits;
    this.values[i] = value;
  }

  private grow(): number {
    const i = this.length;
    this.length += 1;
    if (i === this.bits.length) {
      const capacity = 2 * i;
      this.addresses = larger(this.addresses, new Uint32Array(this.width * capacity));
      this.bits = larger(this.bits, new Uint8Array(capacity));
      this.values = larger(this.values, new Uint32Array(capacity));
    }
    return i;
  }
}

/** The first `bits` of a word. */
function kept(word: number, bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? word : word & (0xffff_ffff << (32 - bits));
}

function larger<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
