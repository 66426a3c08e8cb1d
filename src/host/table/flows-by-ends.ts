import type { FailedSocket } from '../backend/failed-sockets.ts';
import { type HostSlots, NONE, STATE } from './host-slots.ts';
import { SlotIndex } from './slot-index.ts';
import { KEY_WORDS, portsOf, type SocketKeys, swappedPorts } from './socket-key.ts';

/** First entries of flows, by addresses and ports: those that have the same, and those at the other end. Several may, as one that is over is still there for a while. */
export class FlowsByEnds {
  private readonly slots: HostSlots;
  private readonly keys: SocketKeys;
  private readonly index: SlotIndex;

  constructor(slots: HostSlots, keys: SocketKeys) {
    this.slots = slots;
    this.keys = keys;
    this.index = new SlotIndex(slots.capacity);
  }

  add(slot: number): void {
    this.index.add(this.slots.tupleHash[slot]!, slot);
  }

  remove(slot: number): void {
    this.index.remove(this.slots.tupleHash[slot]!, slot);
  }

  /** Of a socket's flows the one that had a packet last. */
  latestOf({ local, remote, localPort, remotePort, protocol }: FailedSocket): number {
    const { slots, keys, index } = this;
    const ports = portsOf(localPort, remotePort);
    let latest = NONE;
    const hash = keys.tuple(local, 0, remote, 0, ports, protocol);
    for (let s = index.first(hash); s !== NONE; s = index.next(s)) {
      if (!slots.hasTuple(s, local, 0, remote, 0, ports, protocol)) continue;
      if (latest === NONE || slots.lastMs[s]! > slots.lastMs[latest]!) latest = s;
    }
    return latest;
  }

  /** A flow with the addresses and ports of this entry, at the same end. */
  sameAs(slot: number): number {
    return this.sameFrom(this.index.first(this.slots.tupleHash[slot]!), slot);
  }

  nextSame(slot: number, same: number): number {
    return this.sameFrom(this.index.next(same), slot);
  }

  private sameFrom(first: number, slot: number): number {
    const { words, ports, protocol } = this.slots;
    const at = KEY_WORDS * slot;
    for (let s = first; s !== NONE; s = this.index.next(s)) {
      if (s !== slot && this.slots.hasTuple(s, words, at, words, at + 4, ports[slot]!, protocol[slot]!)) return s;
    }
    return NONE;
  }

  /** The first entry of the flow whose local end is the remote one of this flow, and the other way round; NONE where it is none of this host's. */
  peerOf(slot: number): number {
    const { slots, keys } = this;
    const { words } = slots;
    const at = KEY_WORDS * slot;
    const ports = swappedPorts(slots.ports[slot]!);
    return this.peerFrom(this.index.first(keys.tuple(words, at + 4, words, at, ports, slots.protocol[slot]!)), slot);
  }

  /** The next one: a flow that is over may still be there when another one has its addresses and ports. */
  nextPeer(slot: number, peer: number): number {
    return this.peerFrom(this.index.next(peer), slot);
  }

  private peerFrom(first: number, slot: number): number {
    const { words, ports, protocol } = this.slots;
    const at = KEY_WORDS * slot;
    const swapped = swappedPorts(ports[slot]!);
    for (let s = first; s !== NONE; s = this.index.next(s)) {
      if (s !== slot && this.slots.hasTuple(s, words, at + 4, words, at, swapped, protocol[slot]!)) return s;
    }
    return NONE;
  }

  /** The other end of the same flow, not of one before it with the same addresses and ports: both ends begin within a sweep. NONE where it is none of this host's. */
  partnerOf(slot: number): number {
    const { slots } = this;
    let partner = NONE;
    if (!slots.has(slot, STATE.bothHere)) return NONE;
    let least = Number.POSITIVE_INFINITY;
    for (let peer = this.peerOf(slot); peer !== NONE; peer = this.nextPeer(slot, peer)) {
      const apartMs = Math.abs(slots.startMs[peer]! - slots.startMs[slot]!);
      if (apartMs >= least || Math.abs(slots.beganSweep[peer]! - slots.beganSweep[slot]!) > 1) continue;
      partner = peer;
      least = apartMs;
    }
    return partner;
  }
}
