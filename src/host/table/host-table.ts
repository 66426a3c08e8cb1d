import type { FailedSocket } from '../backend/failed-sockets.ts';
import type { HostBackend } from '../backend/host-backend.ts';
import { isRefusal } from '../backend/outcome.ts';
import { BEGAN, type SocketSweep, UNKNOWN_UID } from '../backend/socket-sweep.ts';
import { isAccepted } from './entry-kinds.ts';
import { FlowParts } from './flow-parts.ts';
import { FlowsByEnds } from './flows-by-ends.ts';
import type { Growth } from './growth.ts';
import { HostSlots, NONE, STATE } from './host-slots.ts';
import { SharedEntries } from './shared-entries.ts';
import { SlotIndex } from './slot-index.ts';
import { KEY_WORDS, portsOf, SocketKeys } from './socket-key.ts';

/** How many entries a table may have; each is 400 bytes once it was used. */
const MOST_ENTRIES = 131_072;

/**
 * What is known of each flow of this host's sockets: what sweeps told, and how much of it is in records already. When a flow is over is decided in
 * flow-ends.ts. Nothing is allocated for an entry.
 */
export class HostTable {
  readonly slots: HostSlots;
  /** What entries counted since the beginning, whatever became of it. */
  seenBytes = 0;
  seenPackets = 0;
  /** Entries that found no room, as often as a sweep had them. */
  crowdedOut = 0;
  /** What flows grow by is added to it while somebody watches. */
  growth: Growth | null = null;
  readonly flows: FlowsByEnds;
  private readonly keys = new SocketKeys();
  private readonly entries: SlotIndex;
  private readonly parts: FlowParts;
  private readonly shared: SharedEntries;
  private nowMs = 0;
  private beforeMs = 0;

  constructor(backend: Pick<HostBackend, 'owner'>, capacity = MOST_ENTRIES) {
    this.slots = new HostSlots(capacity);
    this.flows = new FlowsByEnds(this.slots, this.keys);
    this.entries = new SlotIndex(capacity);
    this.parts = new FlowParts(this.slots, this.flows, backend);
    this.shared = new SharedEntries(this.slots, this.flows, this.parts);
  }

  begin(nowMs: number): void {
    this.slots.sweepNumber += 1;
    if (nowMs < this.nowMs) this.setBack(nowMs);
    this.beforeMs = Math.min(this.nowMs, nowMs);
    this.nowMs = nowMs;
  }

  /** The clock was set back: nothing was later than now, or flows would not be over before the clock is where it was. */
  private setBack(nowMs: number): void {
    const { slots } = this;
    for (let slot = 0; slot < slots.top; slot++) {
      slots.startMs[slot] = Math.min(slots.startMs[slot]!, nowMs);
      slots.lastMs[slot] = Math.min(slots.lastMs[slot]!, nowMs);
      slots.overMs[slot] = Math.min(slots.overMs[slot]!, nowMs);
      slots.askMs[slot] = Math.min(slots.askMs[slot]!, nowMs);
    }
  }

  /** One part of a sweep. */
  readonly take = (sweep: SocketSweep): void => {
    for (let i = 0; i < sweep.count; i++) {
      const ports = portsOf(sweep.localPort[i]!, sweep.remotePort[i]!);
      const tuple = this.keys.tuple(sweep.local, 4 * i, sweep.remote, 4 * i, ports, sweep.protocol[i]!);
      const hash = this.keys.entry(tuple, sweep.cookie[i]!);
      let slot = this.entry(sweep, i, ports, hash);
      if (slot === NONE) slot = this.add(sweep, i, ports, tuple, hash);
      if (slot !== NONE) this.update(sweep, i, slot);
    }
  };

  /** Its latest flow was refused. Errors are those of a socket's ends: of which socket is not told. */
  readonly refuse = (socket: FailedSocket): void => {
    const { slots } = this;
    const latest = this.flows.latestOf(socket);
    if (latest !== NONE && isRefusal(socket.error, socket.atMs - slots.startMs[latest]!)) slots.refused[latest] = 1;
  };

  /** Frees what no sweep has any more of a flow that was retired; true where the slot is free now. */
  release(slot: number): boolean {
    const { slots } = this;
    const main = slots.main[slot]!;
    const isRetired = slots.has(main, STATE.retired) || slots.has(slot, STATE.retired);
    if (!isRetired || slots.seen[slot] === slots.sweepNumber) return false;
    if (main === slot && slots.entries[slot]! > 1) return false;
    this.entries.remove(slots.hash[slot]!, slot);
    slots.entries[main]! -= 1;
    if (main === slot) this.flows.remove(slot);
    slots.give(slot);
    return true;
  }

  private entry(sweep: SocketSweep, i: number, ports: number, hash: number): number {
    const { slots, entries } = this;
    const cookie = sweep.cookie[i]!;
    for (let slot = entries.first(hash); slot !== NONE; slot = entries.next(slot)) {
      if (slots.hash[slot] !== hash || slots.cookie[slot] !== cookie) continue;
      if (slots.hasTuple(slot, sweep.local, 4 * i, sweep.remote, 4 * i, ports, sweep.protocol[i]!)) return slot;
    }
    return NONE;
  }

  private add(sweep: SocketSweep, i: number, ports: number, tuple: number, hash: number): number {
    const { slots } = this;
    const slot = slots.take();
    if (slot === NONE) {
      this.crowdedOut += 1;
      return NONE;
    }
    slots.cookie[slot] = sweep.cookie[i]!;
    slots.handshake[slot] = sweep.handshake[i]!;
    slots.words.set(sweep.local.subarray(4 * i, 4 * i + 4), KEY_WORDS * slot);
    slots.words.set(sweep.remote.subarray(4 * i, 4 * i + 4), KEY_WORDS * slot + 4);
    slots.ports[slot] = ports;
    slots.protocol[slot] = sweep.protocol[i]!;
    slots.hash[slot] = hash;
    slots.tupleHash[slot] = tuple;
    slots.toldTxBytes[slot] = 0;
    slots.toldTxPackets[slot] = 0;
    slots.toldRxBytes[slot] = 0;
    slots.toldRxPackets[slot] = 0;
    this.entries.add(hash, slot);
    this.parts.place(sweep, i, slot, this.parts.kindOf(sweep, i));
    return slot;
  }

  private update(sweep: SocketSweep, i: number, slot: number): void {
    const { slots } = this;
    slots.seen[slot] = slots.sweepNumber;
    let main = slots.main[slot]!;
    // Both may come to be known after the last packet.
    if (sweep.rttUs[i] !== 0) slots.rttUs[main] = sweep.rttUs[i]!;
    if (sweep.retransmits[i]! > slots.retransmits[main]!) slots.retransmits[main] = sweep.retransmits[i]!;
    const txPackets = grown(sweep.txPackets[i]!, slots.toldTxPackets[slot]!);
    const rxPackets = grown(sweep.rxPackets[i]!, slots.toldRxPackets[slot]!);
    const txBytes = grown(sweep.txBytes[i]!, slots.toldTxBytes[slot]!);
    const rxBytes = grown(sweep.rxBytes[i]!, slots.toldRxBytes[slot]!);
    if (txPackets + rxPackets + txBytes + rxBytes === 0) {
      // Where nothing is counted, what is there is not silent.
      const countless = sweep.txBytes[i] === 0 && sweep.rxBytes[i] === 0 && sweep.txPackets[i] === 0;
      if (countless && sweep.rxPackets[i] === 0 && sweep.lastMs[i]! > slots.lastMs[main]!) this.learn(sweep, i, main);
      return;
    }
    slots.toldTxPackets[slot] = sweep.txPackets[i]!;
    slots.toldRxPackets[slot] = sweep.rxPackets[i]!;
    slots.toldTxBytes[slot] = sweep.txBytes[i]!;
    slots.toldRxBytes[slot] = sweep.rxBytes[i]!;
    this.seenPackets += txPackets + rxPackets;
    this.seenBytes += txBytes + rxBytes;
    if (slots.has(main, STATE.over) && this.shared.has(slot)) {
      this.shared.moveOn(sweep, i, slot);
      main = slots.main[slot]!;
    }
    const earliest = Math.min(this.beforeMs || sweep.firstMs[i]!, sweep.lastMs[i]!);
    if (slots.has(main, STATE.retired)) {
      this.parts.restart(main, earliest);
      slots.unset(slot, STATE.retired);
    } else if (slots.has(main, STATE.told) && slots.isTold(main))
      slots.startMs[main] = Math.max(slots.lastMs[main]!, earliest);
    slots.txPackets[main]! += txPackets;
    slots.rxPackets[main]! += rxPackets;
    slots.txBytes[main]! += txBytes;
    slots.rxBytes[main]! += rxBytes;
    if (this.growth !== null) this.growth.add(main, txBytes, txPackets, rxBytes, rxPackets);
    if (txPackets > 0) slots.everTx[main] = 1;
    if (rxPackets > 0) slots.everRx[main] = 1;
    this.learn(sweep, i, main);
  }

  private learn(sweep: SocketSweep, i: number, main: number): void {
    const { slots } = this;
    slots.lastMs[main] = Math.max(slots.lastMs[main]!, sweep.lastMs[i]!);
    slots.txFlags[main]! |= sweep.txFlags[i]!;
    slots.rxFlags[main]! |= sweep.rxFlags[i]!;
    if (slots.setupUs[main] === 0) slots.setupUs[main] = sweep.setupUs[i]!;
    if (slots.responseUs[main] === 0) slots.responseUs[main] = sweep.responseUs[i]!;
    slots.raw[main]! |= sweep.raw[i]!;
    if (slots.began[main] === BEGAN.unknown) slots.began[main] = sweep.began[i]!;
    if (isAccepted(sweep.protocol[i]!, slots.txFlags[main]!, slots.rxFlags[main]!, slots.state[main]!)) {
      slots.began[main] = BEGAN.there;
    }
    if (sweep.cgroup[i] !== 0) slots.cgroup[main] = sweep.cgroup[i]!;
    if (sweep.uid[i] !== UNKNOWN_UID) slots.uid[main] = sweep.uid[i]!;
    if (sweep.ifIndex[i] !== 0) slots.ifIndex[main] = sweep.ifIndex[i]!;
  }
}

/** What a counter grew by; one that is smaller than before began again. */
function grown(now: number, before: number): number {
  return now >= before ? now - before : now;
}
