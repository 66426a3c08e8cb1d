import type { LiveDimension, LiveFigures, LiveList, LiveQuery } from '../../ingest/index.ts';
import { BEGAN } from '../backend/socket-sweep.ts';
import type { Policy } from '../policy/policy.ts';
import { flowOutcome } from '../table/flow-outcome.ts';
import { Growth, type GrowthWatcher } from '../table/growth.ts';
import { STATE } from '../table/host-slots.ts';
import { FlowGroups } from './flow-groups.ts';
import { endedAs, FIGURE, FIGURES, readFigures } from './live-figures.ts';
import type { LiveSource } from './live-source.ts';

/** What a flow was when it was last counted. */
const SEEN = { not: 0, open: 1, held: 2 } as const;

interface Amount {
  readonly bytes: number;
  readonly packets: number;
}

interface LiveSums {
  readonly total: LiveFigures;
  readonly by: Readonly<Partial<Record<LiveDimension, LiveList>>>;
  readonly duplicates: Amount;
  readonly removed: Amount;
}

/** What flows grew by, and which began and ended, added up by group. Between two sockets of this host the total has what was sent, and not again what was received. */
export class LiveTotals implements GrowthWatcher {
  readonly growth: Growth;
  private readonly source: LiveSource;
  private readonly flows: FlowGroups;
  private readonly seen: Uint8Array;
  private readonly total = new Float64Array(FIGURES);
  private readonly duplicates = { bytes: 0, packets: 0 };
  private readonly removed = { bytes: 0, packets: 0 };
  private countedSweep: number;

  constructor(source: LiveSource, policy: Policy | null, dimensions: readonly LiveDimension[]) {
    const { capacity } = source.table.slots;
    this.source = source;
    this.flows = new FlowGroups(source, policy, dimensions);
    this.growth = new Growth(capacity);
    this.seen = new Uint8Array(capacity);
    this.countedSweep = source.table.slots.sweepNumber;
  }

  /** To be called before a record of a flow is made: its counters begin anew then, and a rule of the policy may be about these. */
  settle(slot: number, nowMs: number): void {
    const { growth, flows, source } = this;
    if (growth.isNone(slot)) return;
    flows.turn(nowMs);
    if (source.isLeftOut(slot)) growth.clear(slot);
    else if (flows.find(slot, nowMs, true)) this.add(slot);
  }

  /** Looks at all flows. What was open at the first look is open, and did not begin. */
  count(nowMs: number): void {
    const { table } = this.source;
    const { slots } = table;
    this.flows.turn(nowMs);
    for (let slot = 0; slot < slots.top; slot++) {
      const state = slots.state[slot]!;
      if ((state & STATE.used) === 0 || slots.main[slot] !== slot) {
        if (this.seen[slot] !== SEEN.not) this.leave(slot);
      } else if (this.source.isLeftOut(slot)) this.leave(slot);
      else this.countFlow(slot, (state & STATE.over) === 0, nowMs);
    }
    this.countedSweep = slots.sweepNumber;
  }

  /** What was counted since it was cleared. */
  sums({ by, top }: LiveQuery): LiveSums {
    const { total, flows, duplicates, removed } = this;
    return {
      total: readFigures(total, 0),
      by: flows.lists(by, top),
      duplicates: { ...duplicates },
      removed: { ...removed },
    };
  }

  clear(): void {
    this.total.fill(0);
    for (const amount of [this.duplicates, this.removed]) {
      amount.bytes = 0;
      amount.packets = 0;
    }
    this.flows.clear();
  }

  private countFlow(slot: number, isOpen: boolean, nowMs: number): void {
    const { growth, flows, seen, source } = this;
    const began = source.table.slots.beganSweep[slot]! > this.countedSweep;
    const before = seen[slot]!;
    if (!isOpen && !began && before === SEEN.not && growth.isNone(slot)) return;
    // The socket had another flow before.
    if (before === SEEN.open && began) this.leave(slot);
    const isNew = began || before === SEEN.held;
    if (!flows.find(slot, nowMs)) {
      if (isNew) seen[slot] = SEEN.held;
      return;
    }
    if (!growth.isNone(slot)) this.add(slot);
    if (isNew) this.bump(slot, FIGURE.opened);
    if (isOpen) this.bump(slot, FIGURE.open);
    else if (isNew || before === SEEN.open) this.bump(slot, endedAs(flowOutcome(source.table, slot, nowMs, true)));
    seen[slot] = isOpen ? SEEN.open : SEEN.not;
  }

  /** It is over without a word of how, or not to be seen any more. */
  private leave(slot: number): void {
    if (this.seen[slot] === SEEN.open && this.flows.remembers(slot)) this.bump(slot, endedAs('unknown'));
    this.seen[slot] = SEEN.not;
    if (this.source.isLeftOut(slot)) this.growth.clear(slot);
  }

  private add(slot: number): void {
    const { growth, total, flows, removed } = this;
    const txBytes = growth.txBytes[slot]!;
    const txPackets = growth.txPackets[slot]!;
    const rxBytes = growth.rxBytes[slot]!;
    const rxPackets = growth.rxPackets[slot]!;
    growth.clear(slot);
    if (flows.showsSent[slot] === 1) {
      grow(total, FIGURE.outBytes, txBytes, txPackets);
      this.spread(flows.sentCode, slot, FIGURE.outBytes, txBytes, txPackets);
    } else addTo(removed, txBytes, txPackets);
    const twice = this.isTwice(slot);
    if (flows.showsReceived[slot] === 1) {
      if (twice) addTo(this.duplicates, rxBytes, rxPackets);
      else grow(total, FIGURE.inBytes, rxBytes, rxPackets);
      this.spread(flows.receivedCode, slot, FIGURE.inBytes, rxBytes, rxPackets);
    } else if (!twice) addTo(removed, rxBytes, rxPackets);
  }

  private spread(codes: readonly Int32Array[], slot: number, figure: number, bytes: number, packets: number): void {
    const { groups } = this.flows;
    for (let i = 0; i < groups.length; i++)
      grow(groups[i]!.figures, codes[i]![slot]! * FIGURES + figure, bytes, packets);
  }

  /** Counts the flow: with the group of what it sent if that may be seen, and once in the total where both ends are of this host. */
  private bump(slot: number, figure: number): void {
    const { groups, sentCode, receivedCode, showsSent, showsReceived } = this.flows;
    if (showsSent[slot] === 0 && showsReceived[slot] === 0) return;
    const codes = showsSent[slot] === 1 ? sentCode : receivedCode;
    for (let i = 0; i < groups.length; i++) groups[i]!.figures[codes[i]![slot]! * FIGURES + figure]! += 1;
    if (!this.isTwice(slot) || this.isCaller(slot)) this.total[figure]! += 1;
  }

  private isTwice(slot: number): boolean {
    return this.source.table.slots.has(slot, STATE.bothHere) && !this.source.peerLeftOut(slot);
  }

  private isCaller(slot: number): boolean {
    const { slots } = this.source.table;
    const began = slots.began[slot]!;
    if (began !== BEGAN.unknown) return began === BEGAN.here;
    const ports = slots.ports[slot]!;
    return ports >>> 16 > (ports & 0xffff);
  }
}

function grow(figures: Float64Array, at: number, bytes: number, packets: number): void {
  figures[at]! += bytes;
  figures[at + 1]! += packets;
}

function addTo(amount: { bytes: number; packets: number }, bytes: number, packets: number): void {
  amount.bytes += bytes;
  amount.packets += packets;
}
