/** Within a run, losses up to this are taken as losses. */
const NEAR = 2 ** 16;

/**
 * Datagrams that do not fit the sequence and that continue one another: judged when there are enough of them, or when the
 * old sequence goes on.
 */
export class HeldRun {
  datagrams = 0;
  /** Sequence of the first. */
  from = 0;
  /** The run lies ahead of the old sequence, else behind it. */
  forward = false;
  /** Records in the run. */
  records = 0;
  /** Units missing inside the run. */
  gaps = 0;
  private next = 0;

  continues(sequence: number, forward: boolean): boolean {
    return this.datagrams > 0 && this.forward === forward && (sequence - this.next) >>> 0 <= NEAR;
  }

  /** A datagram that continues the run, or that is the first of it. */
  add(sequence: number, step: number, records: number, forward: boolean): void {
    if (this.datagrams === 0) {
      this.from = sequence;
      this.forward = forward;
    } else {
      this.gaps += (sequence - this.next) >>> 0;
    }
    this.datagrams++;
    this.records += records;
    this.next = (sequence + step) >>> 0;
  }

  clear(): void {
    this.datagrams = 0;
    this.records = 0;
    this.gaps = 0;
  }

  save(): number[] {
    return [this.datagrams, this.from, Number(this.forward), this.records, this.gaps, this.next];
  }

  load(numbers: readonly number[]): void {
    this.datagrams = numbers[0]!;
    this.from = numbers[1]!;
    this.forward = numbers[2] === 1;
    this.records = numbers[3]!;
    this.gaps = numbers[4]!;
    this.next = numbers[5]!;
  }

  static readonly savedNumbers = 6;
}
