import type { FailedSocket } from '../backend/failed-sockets.ts';
import type { HostBackend } from '../backend/host-backend.ts';
import { isRefusal, TCP } from '../backend/outcome.ts';
import { BEGAN, type SocketSweep, UNKNOWN_UID } from '../backend/socket-sweep.ts';
import { entryKind, isAccepted, isKernelAnswer } from './entry-kinds.ts';
import type { Growth } from './growth.ts';
import { HostSlots, NONE, STATE } from './host-slots.ts';
import { SlotIndex } from './slot-index.ts';
import { KEY_WORDS, portsOf, SocketKeys, swappedPorts } from './socket-key.ts';

/** How many entries a table may have; each is 400 bytes once it was used. */
const MOST_ENTRIES = 131_072;

/**
 * What is known of each flow of this host's sockets: what sweeps told, and how much of it is in records already. When a flow is over is decided in
 * flow-ends.ts. Nothing is allocated for an entry.
 */
export class HostTable {
  readonly slots: HostSlots;
  /** Flows that are not over. */
  open = 0;
  /** What entries counted since the beginning, whatever became of it. */
  seenBytes = 0;
  seenPackets = 0;
  /** Entries that found no room, as often as a sweep had them. */
  crowdedOut = 0;
  /** Number of the last sweep. */
  sweepNumber = 0;
  /** What flows grow by is added to it while somebody watches. */
  growth: Growth | null = null;
  private readonly backend: Pick<HostBackend, 'owner'>;
  private readonly keys: SocketKeys;
  private readonly entries: SlotIndex;
  /** First entries of flows, by addresses and ports. */
  private readonly flows: SlotIndex;
  private nowMs = 0;
  private beforeMs = 0;

  constructor(backend: Pick<HostBackend, 'owner'>, capacity = MOST_ENTRIES, seed?: number) {
    this.backend = backend;
    this.slots = new HostSlots(capacity);
    this.keys = new SocketKeys(seed);
    this.entries = new SlotIndex(capacity);
    this.flows = new SlotIndex(capacity);
  }

  begin(nowMs: number): void {
    this.sweepNumber += 1;
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
    const { slots, keys } = this;
    const { local, remote, protocol } = socket;
    const ports = portsOf(socket.localPort, socket.remotePort);
    let latest = NONE;
    const hash = keys.tuple(local, 0, remote, 0, ports, protocol);
    for (let s = this.flows.first(hash); s !== NONE; s = this.flows.next(s)) {
      if (!this.hasTuple(s, local, 0, remote, 0, ports, protocol)) continue;
      if (latest === NONE || slots.lastMs[s]! > slots.lastMs[latest]!) latest = s;
    }
    if (latest !== NONE && isRefusal(socket.error, socket.atMs - slots.startMs[latest]!)) slots.refused[latest] = 1;
  };

  /** The first entry of the flow whose local end is the remote one of this flow, and the other way round; NONE where it is none of this host's. */
  peerOf(slot: number): number {
    const { slots, keys } = this;
    const { words } = slots;
    const at = KEY_WORDS * slot;
    const ports = swappedPorts(slots.ports[slot]!);
    return this.peerFrom(this.flows.first(keys.tuple(words, at + 4, words, at, ports, slots.protocol[slot]!)), slot);
  }

  /** The next one: a flow that is over may still be there when another one has its addresses and ports. */
  nextPeer(slot: number, peer: number): number {
    return this.peerFrom(this.flows.next(peer), slot);
  }

  private peerFrom(first: number, slot: number): number {
    const { words, ports, protocol } = this.slots;
    const at = KEY_WORDS * slot;
    const swapped = swappedPorts(ports[slot]!);
    for (let s = first; s !== NONE; s = this.flows.next(s)) {
      if (s !== slot && this.hasTuple(s, words, at + 4, words, at, swapped, protocol[slot]!)) return s;
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

  /** Frees what no sweep has any more of a flow that was retired; true where the slot is free now. */
  release(slot: number): boolean {
    const { slots, sweepNumber } = this;
    const main = slots.main[slot]!;
    const isRetired = slots.has(main, STATE.retired) || slots.has(slot, STATE.retired);
    if (!isRetired || slots.seen[slot] === sweepNumber) return false;
    if (main === slot && slots.entries[slot]! > 1) return false;
    this.entries.remove(slots.hash[slot]!, slot);
    slots.entries[main]! -= 1;
    if (main === slot) this.flows.remove(slots.tupleHash[slot]!, slot);
    slots.give(slot);
    return true;
  }

  private entry(sweep: SocketSweep, i: number, ports: number, hash: number): number {
    const { slots, entries } = this;
    const cookie = sweep.cookie[i]!;
    for (let slot = entries.first(hash); slot !== NONE; slot = entries.next(slot)) {
      if (slots.hash[slot] !== hash || slots.cookie[slot] !== cookie) continue;
      if (this.hasTuple(slot, sweep.local, 4 * i, sweep.remote, 4 * i, ports, sweep.protocol[i]!)) return slot;
    }
    return NONE;
  }

  private hasTuple(
    slot: number,
    localWords: Uint32Array,
    local: number,
    remoteWords: Uint32Array,
    remote: number,
    ports: number,
    protocol: number,
  ): boolean {
    const { slots } = this;
    if (slots.ports[slot] !== ports || slots.protocol[slot] !== protocol) return false;
    const at = KEY_WORDS * slot;
    for (let w = 3; w >= 0; w--) {
      if (slots.words[at + w] !== localWords[local + w] || slots.words[at + 4 + w] !== remoteWords[remote + w])
        return false;
    }
    return true;
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
    this.place(sweep, i, slot, this.kindOf(sweep, i));
    return slot;
  }

  /** Makes the entry a part of a flow, or a flow of its own. */
  private place(sweep: SocketSweep, i: number, slot: number, kind: number): void {
    const { slots } = this;
    const main = this.fold(slot, kind);
    if (main === NONE) this.found(slot, sweep, i, kind);
    else if (!slots.has(main, STATE.told)) slots.startMs[main] = Math.min(slots.startMs[main]!, sweep.firstMs[i]!);
  }

  /**
   * A new connection with the addresses and ports of one that is over: what is counted at the socket that listens, and by the kernel without a socket, goes on in
   * the entries that were the old one's.
   */
  private moveOn(sweep: SocketSweep, i: number, slot: number): void {
    const { slots } = this;
    const main = slots.main[slot]!;
    if (main !== slot) {
      slots.entries[main]! -= 1;
      slots.unset(slot, STATE.retired);
      this.place(sweep, i, slot, slots.handshake[slot] === 1 ? STATE.opening : STATE.kernel);
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
    this.restart(slot, sweep.firstMs[i]!);
    [txPackets[slot], txBytes[slot], rxPackets[slot], rxBytes[slot]] = untold;
    this.joinBody(slot);
  }

  /** What the accepted socket has of the connection was seen before its handshake, and is a flow by itself until now. */
  private joinBody(main: number): void {
    const { slots, flows } = this;
    const { words } = slots;
    const at = KEY_WORDS * main;
    const ports = slots.ports[main]!;
    let body = flows.first(slots.tupleHash[main]!);
    for (; body !== NONE; body = flows.next(body)) {
      const isOpen = (slots.state[body]! & (STATE.body | STATE.opening | STATE.over | STATE.told)) === STATE.body;
      if (isOpen && slots.entries[body] === 1 && this.hasTuple(body, words, at, words, at + 4, ports, TCP)) break;
    }
    if (body === NONE) return;
    flows.remove(slots.tupleHash[body]!, body);
    this.open -= 1;
    slots.main[body] = main;
    slots.entries[main]! += 1;
    slots.unset(body, STATE.body | STATE.bothHere);
    this.joined(main, body, STATE.body);
    slots.absorb(main, body);
  }

  private kindOf(sweep: SocketSweep, i: number): number {
    const protocol = sweep.protocol[i]!;
    const cookie = sweep.cookie[i]!;
    if (protocol === 0) return 0;
    if (cookie === 0) return STATE.kernel;
    const tx = sweep.txFlags[i]!;
    if (isKernelAnswer(protocol, tx, sweep.rxPackets[i]!) && this.backend.owner(cookie) === null) return STATE.kernel;
    return entryKind(protocol, tx, sweep.rxFlags[i]!);
  }

  /** Makes the entry a part of the flow that it belongs to; NONE where it is a flow of its own. */
  private fold(slot: number, kind: number): number {
    const { slots, flows } = this;
    const { words } = slots;
    const at = KEY_WORDS * slot;
    const ports = slots.ports[slot]!;
    const hash = slots.tupleHash[slot]!;
    for (let main = flows.first(hash); main !== NONE; main = flows.next(main)) {
      if (!this.hasTuple(main, words, at, words, at + 4, ports, slots.protocol[slot]!)) continue;
      if (!isPartOf(kind, slots.state[main]!)) continue;
      slots.main[slot] = main;
      slots.entries[main]! += 1;
      this.joined(main, slot, kind);
      return main;
    }
    return NONE;
  }

  private joined(main: number, slot: number, kind: number): void {
    const { slots } = this;
    const cookie = slots.cookie[slot]!;
    if (kind === STATE.kernel) return;
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
    const { slots } = this;
    slots.main[slot] = slot;
    slots.entries[slot] = 1;
    slots.ownerCookie[slot] = slots.cookie[slot]!;
    slots.listenerCookie[slot] = 0;
    slots.set(slot, kind);
    this.flows.add(slots.tupleHash[slot]!, slot);
    this.restart(slot, sweep.firstMs[i]!);
    for (let peer = this.peerOf(slot); peer !== NONE; peer = this.nextPeer(slot, peer)) {
      slots.set(slot, STATE.bothHere);
      slots.set(peer, STATE.bothHere);
    }
  }

  /** The flow begins, perhaps again at the same socket. */
  private restart(slot: number, startMs: number): void {
    const { slots } = this;
    slots.unset(slot, STATE.over | STATE.retired | STATE.told);
    this.open += 1;
    slots.beganSweep[slot] = this.sweepNumber;
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

  private update(sweep: SocketSweep, i: number, slot: number): void {
    const { slots } = this;
    slots.seen[slot] = this.sweepNumber;
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
    if (slots.has(main, STATE.over) && this.isShared(slot)) {
      this.moveOn(sweep, i, slot);
      main = slots.main[slot]!;
    }
    const earliest = Math.min(this.beforeMs || sweep.firstMs[i]!, sweep.lastMs[i]!);
    if (slots.has(main, STATE.retired)) {
      this.restart(main, earliest);
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

  /** Whether connections with the same addresses and ports, one after the other, have this entry in common. */
  private isShared(slot: number): boolean {
    const { slots } = this;
    return slots.handshake[slot] === 1 || (slots.cookie[slot] === 0 && slots.main[slot] !== slot);
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

function isPartOf(kind: number, flow: number): boolean {
  if (kind === STATE.kernel || (flow & STATE.kernel) !== 0) return true;
  if ((flow & STATE.over) !== 0) return false;
  if (kind === STATE.opening) return (flow & (STATE.body | STATE.opening)) === STATE.body;
  return kind === STATE.body && (flow & (STATE.body | STATE.opening)) === STATE.opening;
}
