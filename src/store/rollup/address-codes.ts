const ADDRESSES = 65_536;
const MAPPED = 0xffff;

/** Addresses that come again and again, as small numbers: exporters. The last one is remembered, because records of a datagram have one exporter. */
export class AddressCodes {
  count = 0;
  /** Four words each, most significant first. */
  readonly words = new Uint32Array(ADDRESSES * 4);
  private readonly mapped = new Map<number, number>();
  private readonly others = new Map<string, number>();
  private last = -1;

  /** Whether so many new addresses have room. */
  hasRoom(more: number): boolean {
    return this.count + more <= ADDRESSES;
  }

  clear(): void {
    this.count = 0;
    this.mapped.clear();
    this.others.clear();
    this.last = -1;
  }

  /** Writes the codes of rows [from, from + count) to `out`; `hi` and `lo` are 64-bit columns as a batch has them. */
  read(hi: Uint32Array, lo: Uint32Array, from: number, count: number, out: Uint32Array): void {
    for (let i = 0; i < count; i++) {
      const row = 2 * (from + i);
      out[i] = this.code(hi[row + 1]!, hi[row]!, lo[row + 1]!, lo[row]!);
    }
  }

  private code(w0: number, w1: number, w2: number, w3: number): number {
    const { words, last } = this;
    const at = last * 4;
    if (last >= 0 && words[at + 3] === w3 && words[at + 2] === w2 && words[at + 1] === w1 && words[at] === w0)
      return last;
    this.last = w0 === 0 && w1 === 0 && w2 === MAPPED ? this.lookUpMapped(w3) : this.lookUp(w0, w1, w2, w3);
    return this.last;
  }

  private lookUpMapped(w3: number): number {
    let code = this.mapped.get(w3);
    if (code === undefined) {
      code = this.enter(0, 0, MAPPED, w3);
      this.mapped.set(w3, code);
    }
    return code;
  }

  private lookUp(w0: number, w1: number, w2: number, w3: number): number {
    const name = `${w0}.${w1}.${w2}.${w3}`;
    let code = this.others.get(name);
    if (code === undefined) {
      code = this.enter(w0, w1, w2, w3);
      this.others.set(name, code);
    }
    return code;
  }

  private enter(w0: number, w1: number, w2: number, w3: number): number {
    this.words.set([w0, w1, w2, w3], this.count * 4);
    this.count += 1;
    return this.count - 1;
  }
}
