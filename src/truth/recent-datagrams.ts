/** Datagrams that are remembered. A replay of more than these looks like a restart until the old sequence goes on. */
const RECENT = 8;

/** The last few datagrams of a sequence, to know one that the network delivered twice. */
export class RecentDatagrams {
  private readonly sequence = new Uint32Array(RECENT);
  /** 0: a free place. */
  private readonly units = new Float64Array(RECENT);
  /** When the exporter says that it sent it; 0 where it does not say. What a restarted exporter sends with the same number was sent later. */
  private readonly sentMs = new Float64Array(RECENT);
  private next = 0;

  add(sequence: number, units: number, sentMs: number): void {
    this.sequence[this.next] = sequence;
    this.units[this.next] = units;
    this.sentMs[this.next] = sentMs;
    this.next = (this.next + 1) % RECENT;
  }

  has(sequence: number, units: number, sentMs: number): boolean {
    for (let i = 0; i < RECENT; i++) {
      if (this.sequence[i] === sequence && this.units[i] === units && this.sentMs[i] === sentMs) return true;
    }
    return false;
  }

  clear(): void {
    this.units.fill(0);
  }

  save(): number[] {
    return [this.next, ...this.sequence, ...this.units, ...this.sentMs];
  }

  load(numbers: readonly number[]): void {
    this.next = numbers[0]! % RECENT;
    this.sequence.set(numbers.slice(1, 1 + RECENT));
    this.units.set(numbers.slice(1 + RECENT, 1 + 2 * RECENT));
    this.sentMs.set(numbers.slice(1 + 2 * RECENT, RecentDatagrams.savedNumbers));
  }

  static readonly savedNumbers = 1 + 3 * RECENT;
}
