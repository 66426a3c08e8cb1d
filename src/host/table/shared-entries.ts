import type { SocketSweep } from '../backend/socket-sweep.ts';
import type { FlowParts } from './flow-parts.ts';
import type { FlowsByEnds } from './flows-by-ends.ts';
import { type HostSlots, NONE, STATE } from './host-slots.ts';

/**
 * Entries that connections with the same addresses and ports, one after the other, have in common: what is counted at the socket that listens, its handshakes, and by the kernel
 * without a socket. When a port is used again they go on in the new connection.
 */
export class SharedEntries {
  private readonly slots: HostSlots;
  private readonly flows: FlowsByEnds;
  private readonly parts: FlowParts;

  constructor(slots: HostSlots, flows: FlowsByEnds, parts: FlowParts) {
    this.slots = slots;
    this.flows = flows;
    this.parts = parts;
  }

  has(slot: number): boolean {
    const { slots } = this;
    return slots.handshake[slot] === 1 || (slots.cookie[slot] === 0 && slots.main[slot] !== slot);
  }

  /** It counts for a new connection: the one that it belonged to is over. */
  moveOn(sweep: SocketSweep, i: number, slot: number): void {
    const { slots, parts } = this;
    const main = slots.main[slot]!;
    if (main !== slot) {
      slots.entries[main]! -= 1;
      slots.unset(slot, STATE.retired);
      parts.place(sweep, i, slot, slots.handshake[slot] === 1 ? STATE.opening : STATE.kernel);
      return;
    }
    // Other entries of the old one stay with it until they are retired.
    const { txPackets, txBytes, rxPackets, rxBytes } = slots;
    const untold = [txPackets[slot]!, txBytes[slot]!, rxPackets[slot]!, rxBytes[slot]!] as const;
    slots.unset(slot, STATE.body);
    slots.ownerCookie[slot] = slots.cookie[slot]!;
    slots.listenerCookie[slot] = 0;
    slots.owner[slot] = null;
    slots.name[slot] = null;
    parts.restart(slot, sweep.firstMs[i]!);
    [txPackets[slot], txBytes[slot], rxPackets[slot], rxBytes[slot]] = untold;
    this.joinBody(slot);
  }

  /** What the accepted socket has of the connection was seen before its handshake, and is a flow by itself until now. */
  private joinBody(main: number): void {
    const { slots, flows } = this;
    let body = flows.sameAs(main);
    for (; body !== NONE; body = flows.nextSame(main, body)) {
      const isOpen = (slots.state[body]! & (STATE.body | STATE.opening | STATE.over | STATE.told)) === STATE.body;
      if (isOpen && slots.entries[body] === 1) break;
    }
    if (body === NONE) return;
    flows.remove(body);
    slots.open -= 1;
    slots.unset(body, STATE.body | STATE.bothHere);
    this.parts.join(main, body, STATE.body);
    slots.absorb(main, body);
  }
}
