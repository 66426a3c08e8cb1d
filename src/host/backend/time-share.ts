/**
 * A share of the time for work that is done now and then. What was not used is kept, so that work which comes after a pause need not wait; what was used
 * beyond it is waited for.
 */
export class TimeShare {
  private readonly share: number;
  private readonly mostMs: number;
  private leftMs: number;
  private atMs = Number.NaN;

  /** `share` of 1; at most `mostMs` are kept, and there are so many at first. */
  constructor(share: number, mostMs: number) {
    this.share = share;
    this.mostMs = mostMs;
    this.leftMs = mostMs;
  }

  /** Whether anything is left. */
  allows(nowMs: number): boolean {
    const passedMs = nowMs - this.atMs;
    this.atMs = nowMs;
    if (passedMs > 0) this.leftMs = Math.min(this.mostMs, this.leftMs + passedMs * this.share);
    return this.leftMs > 0;
  }

  /** Does the work, and counts what it took of a processor: what others took of it meanwhile is not its own. */
  spend<Result>(work: () => Result): Result {
    const began = performance.now();
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    this.leftMs -= Math.min(performance.now() - began, (user + system) / 1e3);
    return result;
  }
}
