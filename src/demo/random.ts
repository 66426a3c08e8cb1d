/** Random numbers that are the same for the same seed, on every machine: sfc32 (Chris Doty-Humphrey, PractRand). */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** `stream` tells generators of one seed apart, so that one more number in one of them changes no other. */
  constructor(seed: number, stream = 0) {
    this.a = seed >>> 0;
    this.b = Math.floor(seed / 2 ** 32) >>> 0;
    this.c = stream >>> 0;
    // The first numbers of near seeds are near each other.
    for (let i = 0; i < 15; i++) this.word();
  }

  /** A whole number of 32 bits. */
  word(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 <= x < 1. */
  unit(): number {
    return this.word() / 4_294_967_296;
  }

  /** A whole number from `low` up to `high`, both among them. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** True in this share of calls. */
  chance(share: number): boolean {
    return this.unit() < share;
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.unit() * of.length)]!;
  }

  /** One of them, the first ones far more often: the few that do most. */
  pickUneven<T>(of: readonly T[]): T {
    return of[Math.floor(this.unit() ** 2.5 * of.length)]!;
  }

  /** Exponential with this mean: times between events that know nothing of each other. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  /** Log-normal by its median: sizes of pages and mails. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** Pareto from `least`, cut at `most`: sizes of files, a few of which are most of all bytes. */
  pareto(least: number, shape: number, most: number): number {
    return Math.min(most, least / (1 - this.unit()) ** (1 / shape));
  }

  /** How many events came where `mean` were to be expected. */
  poisson(mean: number): number {
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const floor = Math.exp(-mean);
    let n = 0;
    for (let product = this.unit(); product > floor; product *= this.unit()) n += 1;
    return n;
  }

  /** How many of `n` are drawn where each is with chance 1 in `rate`: by the gaps between those that are. */
  drawn(n: number, rate: number): number {
    const scale = 1 / Math.log(1 - 1 / rate);
    let drawn = 0;
    for (let at = this.gap(scale); at < n; at += 1 + this.gap(scale)) drawn += 1;
    return drawn;
  }

  private gap(scale: number): number {
    return Math.floor(Math.log(1 - this.unit()) * scale);
  }
}
