import { SocketKeys } from '../table/socket-key.ts';

const WORDS = 4;
/** In place of the upper two words: an address of IP has none such. */
const MAC_MARK = 0xffff_ffff;

/**
 * Numbers (above 0) by addresses: IP as four words, or MAC. It holds so many at most: one more, and all are forgotten, to be learned again. Who sends packets chooses addresses, so
 * each table draws its own hash.
 */
export class AddressTable {
  private readonly most: number;
  private readonly mask: number;
  private readonly keys: Uint32Array;
  private readonly values: Uint32Array;
  private readonly hashes = new SocketKeys();
  private used = 0;

  constructor(most: number) {
    this.most = most;
    const places = 2 ** Math.ceil(Math.log2(most * 2));
    this.mask = places - 1;
    this.keys = new Uint32Array(places * WORDS);
    this.values = new Uint32Array(places);
  }

  setIp(words: Uint32Array, value: number): void {
    this.set(words[0]!, words[1]!, words[2]!, words[3]!, value);
  }

  ip(words: Uint32Array): number {
    return this.get(words[0]!, words[1]!, words[2]!, words[3]!);
  }

  setMac(high: number, low: number, value: number): void {
    this.set(MAC_MARK, MAC_MARK, high, low, value);
  }

  mac(high: number, low: number): number {
    return this.get(MAC_MARK, MAC_MARK, high, low);
  }

  clear(): void {
    this.values.fill(0);
    this.used = 0;
  }

  private get(a: number, b: number, c: number, d: number): number {
    return this.values[this.place(a, b, c, d)]!;
  }

  private set(a: number, b: number, c: number, d: number, value: number): void {
    let at = this.place(a, b, c, d);
    if (this.values[at] === 0) {
      if (this.used >= this.most) {
        this.clear();
        at = this.place(a, b, c, d);
      }
      this.used += 1;
      const key = at * WORDS;
      this.keys[key] = a;
      this.keys[key + 1] = b;
      this.keys[key + 2] = c;
      this.keys[key + 3] = d;
    }
    this.values[at] = value;
  }

  /** Where it is, or where it would be. */
  private place(a: number, b: number, c: number, d: number): number {
    const { keys, values, mask } = this;
    for (let at = this.hashes.address(a, b, c, d) & mask; ; at = (at + 1) & mask) {
      const key = at * WORDS;
      if (values[at] === 0) return at;
      if (keys[key + 3] === d && keys[key + 2] === c && keys[key + 1] === b && keys[key] === a) return at;
    }
  }
}
