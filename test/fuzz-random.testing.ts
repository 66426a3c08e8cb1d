/** Numbers that are the same for the same seed, so that a case that failed can be had again. */
export class Random {
  private a: number;

  constructor(...seed: readonly number[]) {
    this.a = 0x9e3779b9;
    for (const part of seed) this.a = Math.imul(this.a ^ part, 0x85ebca6b) ^ (this.a >>> 13);
  }

  /** 0 to 2^32 - 1 (mulberry32). */
  u32(): number {
    this.a = (this.a + 0x6d2b79f5) | 0;
    let t = Math.imul(this.a ^ (this.a >>> 15), 1 | this.a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 0 to n - 1. */
  below(n: number): number {
    return Math.floor((this.u32() / 4_294_967_296) * n);
  }

  chance(share: number): boolean {
    return this.u32() < share * 4_294_967_296;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** 0 to n - 1, each once. */
  order(n: number): number[] {
    const list = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const k = this.below(i + 1);
      [list[i], list[k]] = [list[k]!, list[i]!];
    }
    return list;
  }

  bytes(length: number): number[] {
    return Array.from({ length }, () => this.u32() & 255);
  }
}
