/**
 * A bound that many owners share: what senders can make grow by naming new things is bounded by the sum over all of them, because a
 * bound for each alone would be multiplied by the number of sender addresses.
 */
export class EntryLimit {
  /** Asked for and not there. */
  refused = 0;
  private left: number;

  constructor(most: number) {
    this.left = most;
  }

  /** True when there is room for one more, which is then taken. */
  take(): boolean {
    if (this.left === 0) {
      this.refused += 1;
      return false;
    }
    this.left -= 1;
    return true;
  }

  give(count: number): void {
    this.left += count;
  }
}
