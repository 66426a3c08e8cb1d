import type { HostBackend } from '../backend/host-backend.ts';
import { type SocketSweep, UNKNOWN_UID } from '../backend/socket-sweep.ts';
import { entryKind, isKernelAnswer } from './entry-kinds.ts';
import type { FlowsByEnds } from './flows-by-ends.ts';
import { type HostSlots, NONE, STATE } from './host-slots.ts';

/** Which entries are one flow: the first one holds it, others with the same addresses and ports are parts of it. */
export class FlowParts {
  private readonly slots: HostSlots;
  private readonly flows: FlowsByEnds;
  private readonly backend: Pick<HostBackend, 'owner'>;

  constructor(slots: HostSlots, flows: FlowsByEnds, backend: Pick<HostBackend, 'owner'>) {
    this.slots = slots;
    this.flows = flows;
    this.backend = backend;
  }

  kindOf(sweep: SocketSweep, i: number): number {
    const protocol = sweep.protocol[i]!;
    const cookie = sweep.cookie[i]!;
    if (protocol === 0) return 0;
    if (cookie === 0) return STATE.kernel;
    const tx = sweep.txFlags[i]!;
    if (isKernelAnswer(protocol, tx, sweep.rxPackets[i]!) && this.backend.owner(cookie) === null) return STATE.kernel;
    return entryKind(protocol, tx, sweep.rxFlags[i]!);
  }

  /** Makes the entry a part of a flow, or a flow of its own. */
  place(sweep: SocketSweep, i: number, slot: number, kind: number): void {
    const { slots } = this;
    const main = this.fold(slot, kind);
    if (main === NONE) this.found(slot, sweep, i, kind);
    else if (!slots.has(main, STATE.told)) slots.startMs[main] = Math.min(slots.startMs[main]!, sweep.firstMs[i]!);
  }

  /** Makes the entry a part of the flow that it belongs to; NONE where it is a flow of its own. */
  private fold(slot: number, kind: number): number {
    const { slots, flows } = this;
    for (let main = flows.sameAs(slot); main !== NONE; main = flows.nextSame(slot, main)) {
      if (!isPartOf(kind, slots.state[main]!)) continue;
      this.join(main, slot, kind);
      return main;
    }
    return NONE;
  }

  join(main: number, slot: number, kind: number): void {
    const { slots } = this;
    slots.main[slot] = main;
    slots.entries[main]! += 1;
    if (kind === STATE.kernel) return;
    const cookie = slots.cookie[slot]!;
    if (slots.has(main, STATE.kernel)) {
      slots.unset(main, STATE.kernel);
      slots.ownerCookie[main] = cookie;
      slots.askMs[main] = 0;
    } else if (kind === STATE.opening) slots.listenerCookie[main] = cookie;
    else if (kind === STATE.body) {
      slots.listenerCookie[main] = slots.ownerCookie[main]!;
      slots.ownerCookie[main] = cookie;
      slots.askMs[main] = 0;
    }
    slots.set(main, kind);
  }

  /** A flow of its own begins. */
  private found(slot: number, sweep: SocketSweep, i: number, kind: number): void {
    const { slots, flows } = this;
    slots.main[slot] = slot;
    slots.entries[slot] = 1;
    slots.ownerCookie[slot] = slots.cookie[slot]!;
    slots.listenerCookie[slot] = 0;
    slots.set(slot, kind);
    flows.add(slot);
    this.restart(slot, sweep.firstMs[i]!);
    for (let peer = flows.peerOf(slot); peer !== NONE; peer = flows.nextPeer(slot, peer)) {
      slots.set(slot, STATE.bothHere);
      slots.set(peer, STATE.bothHere);
    }
  }

  /** The flow begins, perhaps again at the same socket. */
  restart(slot: number, startMs: number): void {
    const { slots } = this;
    slots.unset(slot, STATE.over | STATE.retired | STATE.told);
    slots.open += 1;
    slots.beganSweep[slot] = slots.sweepNumber;
    slots.txBytes[slot] = 0;
    slots.txPackets[slot] = 0;
    slots.rxBytes[slot] = 0;
    slots.rxPackets[slot] = 0;
    slots.everTx[slot] = 0;
    slots.everRx[slot] = 0;
    slots.txFlags[slot] = 0;
    slots.rxFlags[slot] = 0;
    slots.refused[slot] = 0;
    slots.setupUs[slot] = 0;
    slots.responseUs[slot] = 0;
    slots.began[slot] = 0;
    slots.raw[slot] = 0;
    slots.cgroup[slot] = 0;
    slots.uid[slot] = UNKNOWN_UID;
    slots.rttUs[slot] = 0;
    slots.retransmits[slot] = 0;
    slots.toldRetransmits[slot] = 0;
    slots.startMs[slot] = startMs;
    slots.lastMs[slot] = startMs;
    slots.askMs[slot] = 0;
  }
}

function isPartOf(kind: number, flow: number): boolean {
  if (kind === STATE.kernel || (flow & STATE.kernel) !== 0) return true;
  if ((flow & STATE.over) !== 0) return false;
  if (kind === STATE.opening) return (flow & (STATE.body | STATE.opening)) === STATE.body;
  return kind === STATE.body && (flow & (STATE.body | STATE.opening)) === STATE.opening;
}
