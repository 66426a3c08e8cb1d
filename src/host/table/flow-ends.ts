import type { HostBackend, OwnerNames, SocketOwner } from '../backend/host-backend.ts';
import { FLAG, TCP } from '../backend/outcome.ts';
import { NONE, STATE } from './host-slots.ts';
import type { HostTable } from './host-table.ts';
import { Retirement } from './retirement.ts';

/** A socket that was closed may still send what it had: so long nothing must have come. */
const SILENCE_MS = 300;
/** What the kernel sends for a connection that is over still belongs to it. */
const LINGER_MS = 5_000;
/** A flow without traffic is over, whatever became of its socket. */
const IDLE_MS = 90_000;
/** The owner of a silent socket is asked for when it was silent so much longer; at most so seldom. */
const ASK_AGAIN = 0.5;
const ASK_LEAST_MS = 250;
const ASK_MOST_MS = 10_000;

export type EndReason = 'idle' | 'active' | 'end' | 'forced';

/** Gets each flow when there is something to record of it: what is in its slot and not told yet. */
export type FlowTaker = (slot: number, reason: EndReason, nowMs: number) => void;

interface EndOptions {
  readonly exportPeriodMs: number;
  /** What no sweep has any more is over: so it is where closed sockets vanish, not where a table is too small. */
  readonly vanishedIsOver: boolean;
  /** There are flows of which nothing is counted: that they are there is told. */
  readonly countless: boolean;
}

/** Looks after each sweep which flows are over, or have lasted so long that a record is due. */
export class FlowEnds {
  private readonly table: HostTable;
  private readonly backend: HostBackend;
  private readonly names: OwnerNames;
  private readonly options: EndOptions;
  private readonly take: FlowTaker;
  private readonly retirement: Retirement;

  constructor(table: HostTable, backend: HostBackend, names: OwnerNames, options: EndOptions, take: FlowTaker) {
    this.table = table;
    this.backend = backend;
    this.names = names;
    this.options = options;
    this.take = take;
    this.retirement = new Retirement(table.slots, backend);
  }

  /** After how many ms the next look has something to do, at most `most`. */
  look(nowMs: number, most: number): number {
    const { table } = this;
    const { slots } = table;
    let wait = most;
    for (let slot = 0; slot < slots.top; slot++) {
      const state = slots.state[slot]!;
      if ((state & STATE.used) === 0 || table.release(slot)) continue;
      if ((state & STATE.retired) !== 0) continue;
      if (slots.main[slot] !== slot) {
        if (slots.has(slots.main[slot]!, STATE.retired)) this.retire(slot);
      } else if ((state & STATE.over) !== 0) this.linger(slot, nowMs);
      else if (this.isOpen(slot, nowMs)) wait = Math.min(wait, this.nextLook(slot, nowMs));
    }
    this.retirement.flush();
    return wait;
  }

  /** All that is open, because the meter stops. */
  end(nowMs: number): void {
    const { slots } = this.table;
    for (let slot = 0; slot < slots.top; slot++) {
      if (!slots.has(slot, STATE.used) || slots.main[slot] !== slot || !this.hasNews(slot)) continue;
      this.ask(slot, nowMs);
      this.tell(slot, 'forced', nowMs);
    }
  }

  private isOpen(slot: number, nowMs: number): boolean {
    const { slots } = this.table;
    const silentMs = nowMs - slots.lastMs[slot]!;
    const closed = this.isClosed(slot, nowMs);
    if (closed && silentMs >= SILENCE_MS) this.over(slot, 'end', nowMs);
    else if (silentMs >= IDLE_MS) this.over(slot, 'idle', nowMs);
    else {
      const due = nowMs - slots.startMs[slot]! >= this.options.exportPeriodMs && this.hasNews(slot);
      if (due) this.tell(slot, 'active', nowMs);
      return true;
    }
    return false;
  }

  /** Both sides finished, or one gave up, or nobody has the socket any more. */
  private isClosed(slot: number, nowMs: number): boolean {
    const { slots } = this.table;
    const tx = slots.txFlags[slot]!;
    const rx = slots.rxFlags[slot]!;
    const isTcp = slots.protocol[slot] === TCP;
    const finished = isTcp && ((tx & rx & FLAG.fin) !== 0 || ((tx | rx) & FLAG.rst) !== 0);
    if (finished) return true;
    if (this.options.vanishedIsOver && slots.seen[slot] !== slots.sweepNumber) return true;
    if (nowMs >= slots.askMs[slot]!) this.ask(slot, nowMs);
    return slots.owner[slot]?.released === true;
  }

  private nextLook(slot: number, nowMs: number): number {
    const { slots } = this.table;
    if (slots.owner[slot]?.released !== true) return Number.POSITIVE_INFINITY;
    return Math.max(50, slots.lastMs[slot]! + SILENCE_MS - nowMs);
  }

  private over(slot: number, reason: EndReason, nowMs: number): void {
    const { slots } = this.table;
    this.ask(slot, nowMs);
    if (this.hasNews(slot)) this.tell(slot, reason, nowMs);
    slots.set(slot, STATE.over);
    slots.overMs[slot] = nowMs;
    slots.open -= 1;
    if (reason === 'idle') this.retire(slot);
  }

  private hasNews(slot: number): boolean {
    const { slots } = this.table;
    return !slots.isTold(slot) || (this.options.countless && !slots.has(slot, STATE.over));
  }

  private linger(slot: number, nowMs: number): void {
    const { slots } = this.table;
    if (nowMs - slots.overMs[slot]! < LINGER_MS) return;
    if (!slots.isTold(slot)) this.tell(slot, 'end', nowMs);
    this.retire(slot);
  }

  private retire(slot: number): void {
    this.table.slots.set(slot, STATE.retired);
    this.retirement.entry(slot);
  }

  /**
   * Both ends of a flow within this host are told at once: what one received counts in the record of the other, which may be open for long after this one was
   * closed, as the socket of a server of UDP is. An end that goes on is continued.
   */
  private tell(slot: number, reason: EndReason, nowMs: number): void {
    const { table } = this;
    const first = table.slots.has(slot, STATE.bothHere) ? table.flows.peerOf(slot) : NONE;
    // Before either: whether a record is a copy depends on whose the other end is.
    for (let peer = first; peer !== NONE; peer = table.flows.nextPeer(slot, peer)) this.ask(peer, nowMs);
    this.tellEnd(slot, reason, nowMs);
    for (let peer = first; peer !== NONE; peer = table.flows.nextPeer(slot, peer))
      if (!table.slots.isTold(peer)) this.tellEnd(peer, reason, nowMs);
  }

  private tellEnd(slot: number, reason: EndReason, nowMs: number): void {
    const { slots } = this.table;
    this.take(slot, reason, nowMs);
    slots.set(slot, STATE.told);
    slots.toldRetransmits[slot] = slots.retransmits[slot]!;
    slots.txPackets[slot] = 0;
    slots.txBytes[slot] = 0;
    slots.rxPackets[slot] = 0;
    slots.rxBytes[slot] = 0;
    slots.startMs[slot] = slots.lastMs[slot]!;
  }

  /** Whose the flow is, as far as it is known now; its names are read at once, while the process may still be there. */
  private ask(slot: number, nowMs: number): void {
    const { slots } = this.table;
    const before = slots.owner[slot]!;
    const owner = this.ownerOf(slot);
    const silentMs = Math.max(0, nowMs - slots.lastMs[slot]!);
    slots.askMs[slot] = nowMs + Math.min(ASK_MOST_MS, Math.max(ASK_LEAST_MS, silentMs * ASK_AGAIN));
    if (owner === null) return;
    slots.owner[slot] = owner;
    if (before?.pid !== owner.pid || slots.name[slot] === null) slots.name[slot] = this.names.of(owner);
  }

  private ownerOf(slot: number): SocketOwner | null {
    const { slots } = this.table;
    const cookie = slots.ownerCookie[slot]!;
    const owner = cookie === 0 ? null : this.backend.owner(cookie);
    if (owner !== null && owner.pid !== 0) return owner;
    const listener = slots.listenerCookie[slot] === 0 ? null : this.backend.owner(slots.listenerCookie[slot]!);
    return listener === null ? owner : { ...listener, source: 'listener', released: owner?.released ?? false };
  }
}
