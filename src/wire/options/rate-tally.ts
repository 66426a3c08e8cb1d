/** Rates that hold in one place, and how often: the place has a rate where all are equal. */
export class RateTally {
  /** The rate that all share; -1 where there are none, 0 where they differ or are not known. */
  common = -1;
  private readonly rates = new Map<number, number>();

  get empty(): boolean {
    return this.rates.size === 0;
  }

  add(rate: number): void {
    this.rates.set(rate, (this.rates.get(rate) ?? 0) + 1);
    this.settle();
  }

  remove(rate: number): void {
    const count = this.rates.get(rate);
    if (count === undefined) return;
    if (count === 1) this.rates.delete(rate);
    else this.rates.set(rate, count - 1);
    this.settle();
  }

  private settle(): void {
    if (this.rates.size === 0) this.common = -1;
    else if (this.rates.size > 1) this.common = 0;
    else for (const rate of this.rates.keys()) this.common = rate;
  }
}
