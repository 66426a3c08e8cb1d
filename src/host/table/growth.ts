/** What each flow sent and received since it was last looked at, by its slot. Pages of slots that never grow take no memory. */
export class Growth {
  readonly txBytes: Float64Array;
  readonly txPackets: Float64Array;
  readonly rxBytes: Float64Array;
  readonly rxPackets: Float64Array;

  constructor(capacity: number) {
    this.txBytes = new Float64Array(capacity);
    this.txPackets = new Float64Array(capacity);
    this.rxBytes = new Float64Array(capacity);
    this.rxPackets = new Float64Array(capacity);
  }

  add(slot: number, txBytes: number, txPackets: number, rxBytes: number, rxPackets: number): void {
    this.txBytes[slot]! += txBytes;
    this.txPackets[slot]! += txPackets;
    this.rxBytes[slot]! += rxBytes;
    this.rxPackets[slot]! += rxPackets;
  }

  isNone(slot: number): boolean {
    const { txBytes, txPackets, rxBytes, rxPackets } = this;
    return txPackets[slot] === 0 && rxPackets[slot] === 0 && txBytes[slot] === 0 && rxBytes[slot] === 0;
  }

  clear(slot: number): void {
    this.txBytes[slot] = 0;
    this.txPackets[slot] = 0;
    this.rxBytes[slot] = 0;
    this.rxPackets[slot] = 0;
  }
}

/** Somebody who watches what flows grow by. */
export interface GrowthWatcher {
  readonly growth: Growth;
  /** A record of the flow is made next, and its counters begin anew. */
  settle(slot: number, nowMs: number): void;
}
