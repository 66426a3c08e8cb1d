import type { OwnerName, SocketOwner } from '../backend/host-backend.ts';
import type { KnownServer } from '../server-names/server-names.ts';
import { KEY_WORDS } from './socket-key.ts';

export const NONE = -1;

/** Bits of `state`. */
export const STATE = {
  /** In use. */
  used: 1,
  /** Its last record was made. */
  over: 2,
  /** The backend was told to forget it. */
  retired: 4,
  /** A record of it was made: the next one continues it. */
  told: 8,
  /** The other end is a socket of this host, too. */
  bothHere: 16,
  /** TCP: the handshake at the socket that listens is part of it, and what followed at the accepted one. */
  opening: 32,
  body: 64,
  /** Only answers of the kernel, without a process: resets, acknowledgements of connections that are over. */
  kernel: 128,
} as const;

/**
 * A slot for each entry of a backend. The first one of a flow holds the flow (`main` is itself); others with the same addresses and ports point to it. Pages of
 * slots that were never used take no memory, and those that were are used again first.
 */
export class HostSlots {
  readonly capacity: number;
  /** Slots below were used at some time. */
  top = 0;
  used = 0;
  /** Flows that are not over. */
  open = 0;
  /** Number of the last sweep. */
  sweepNumber = 0;

  readonly cookie: Float64Array;
  /** 1: what a socket that listens has of it. */
  readonly handshake: Uint8Array;
  readonly words: Uint32Array;
  readonly ports: Int32Array;
  readonly protocol: Uint8Array;
  readonly hash: Int32Array;
  readonly tupleHash: Int32Array;
  readonly main: Int32Array;
  /** Of the sweep that had the entry last. */
  readonly seen: Uint32Array;
  /** What the entry counted at that sweep. */
  readonly toldTxBytes: Float64Array;
  readonly toldTxPackets: Float64Array;
  readonly toldRxBytes: Float64Array;
  readonly toldRxPackets: Float64Array;

  readonly state: Uint8Array;
  /** Entries of the flow. */
  readonly entries: Uint32Array;
  /** Whose process is the flow's, and whose it is until that is known. */
  readonly ownerCookie: Float64Array;
  readonly listenerCookie: Float64Array;
  /** Not in a record yet. */
  readonly txBytes: Float64Array;
  readonly txPackets: Float64Array;
  readonly rxBytes: Float64Array;
  readonly rxPackets: Float64Array;
  /** Ever, as far as an outcome needs it. */
  readonly everTx: Uint8Array;
  readonly everRx: Uint8Array;
  /** The sweep in which the flow began. */
  readonly beganSweep: Uint32Array;
  /** Of the next record. */
  readonly startMs: Float64Array;
  readonly lastMs: Float64Array;
  readonly overMs: Float64Array;
  /** When its owner is asked for next. */
  readonly askMs: Float64Array;
  readonly txFlags: Uint8Array;
  readonly rxFlags: Uint8Array;
  /** 1: its socket was told so, by ICMP or a reset. */
  readonly refused: Uint8Array;
  readonly setupUs: Uint32Array;
  readonly responseUs: Uint32Array;
  readonly began: Uint8Array;
  readonly raw: Uint8Array;
  readonly cgroup: Float64Array;
  readonly uid: Uint32Array;
  readonly rttUs: Uint32Array;
  readonly retransmits: Uint32Array;
  readonly toldRetransmits: Uint32Array;
  readonly ifIndex: Uint32Array;
  readonly owner: (SocketOwner | null)[] = [];
  readonly name: (OwnerName | null)[] = [];
  /** Of the server at the other end. */
  readonly server: (KnownServer | null)[] = [];

  private readonly free: Int32Array;
  private freeCount = 0;

  constructor(capacity: number) {
    const f64 = () => new Float64Array(capacity);
    const u32 = () => new Uint32Array(capacity);
    const i32 = () => new Int32Array(capacity);
    const u8 = () => new Uint8Array(capacity);
    this.capacity = capacity;
    this.cookie = f64();
    this.handshake = u8();
    this.words = new Uint32Array(KEY_WORDS * capacity);
    this.ports = i32();
    this.protocol = u8();
    this.hash = i32();
    this.tupleHash = i32();
    this.main = i32();
    this.seen = u32();
    this.toldTxBytes = f64();
    this.toldTxPackets = f64();
    this.toldRxBytes = f64();
    this.toldRxPackets = f64();
    this.state = u8();
    this.entries = u32();
    this.ownerCookie = f64();
    this.listenerCookie = f64();
    this.txBytes = f64();
    this.txPackets = f64();
    this.rxBytes = f64();
    this.rxPackets = f64();
    this.everTx = u8();
    this.everRx = u8();
    this.beganSweep = u32();
    this.startMs = f64();
    this.lastMs = f64();
    this.overMs = f64();
    this.askMs = f64();
    this.txFlags = u8();
    this.rxFlags = u8();
    this.refused = u8();
    this.setupUs = u32();
    this.responseUs = u32();
    this.began = u8();
    this.raw = u8();
    this.cgroup = f64();
    this.uid = u32();
    this.rttUs = u32();
    this.retransmits = u32();
    this.toldRetransmits = u32();
    this.ifIndex = u32();
    this.free = i32();
  }

  /** A slot, or NONE where all are in use. */
  take(): number {
    const slot = this.freeCount > 0 ? this.free[--this.freeCount]! : this.top < this.capacity ? this.top++ : NONE;
    if (slot === NONE) return NONE;
    this.used += 1;
    this.state[slot] = STATE.used;
    this.owner[slot] = null;
    this.name[slot] = null;
    this.server[slot] = null;
    return slot;
  }

  give(slot: number): void {
    this.state[slot] = 0;
    this.owner[slot] = null;
    this.name[slot] = null;
    this.server[slot] = null;
    this.free[this.freeCount++] = slot;
    this.used -= 1;
  }

  has(slot: number, bit: number): boolean {
    return (this.state[slot]! & bit) !== 0;
  }
  set(slot: number, bits: number): void {
    this.state[slot]! |= bits;
  }
  unset(slot: number, bits: number): void {
    this.state[slot]! &= ~bits;
  }

  /** Whether the entry has these addresses, of which the first words are at `local` and `remote`, ports and protocol. */
  hasTuple(
    slot: number,
    localWords: Uint32Array,
    local: number,
    remoteWords: Uint32Array,
    remote: number,
    ports: number,
    protocol: number,
  ): boolean {
    if (this.ports[slot] !== ports || this.protocol[slot] !== protocol) return false;
    const { words } = this;
    const at = KEY_WORDS * slot;
    for (let w = 3; w >= 0; w--) {
      if (words[at + w] !== localWords[local + w] || words[at + 4 + w] !== remoteWords[remote + w]) return false;
    }
    return true;
  }

  /** What is known of a flow becomes that of another one, which it is a part of. */
  absorb(main: number, part: number): void {
    for (const sums of [this.txPackets, this.txBytes, this.rxPackets, this.rxBytes]) sums[main]! += sums[part]!;
    for (const bits of [this.everTx, this.everRx, this.txFlags, this.rxFlags, this.refused]) bits[main]! |= bits[part]!;
    for (const facts of [this.setupUs, this.responseUs, this.began, this.cgroup, this.rttUs, this.ifIndex])
      facts[main]! ||= facts[part]!;
    this.uid[main] = this.uid[part]!;
    this.retransmits[main] = Math.max(this.retransmits[main]!, this.retransmits[part]!);
    this.startMs[main] = Math.min(this.startMs[main]!, this.startMs[part]!);
    this.lastMs[main] = Math.max(this.lastMs[main]!, this.lastMs[part]!);
  }

  /** Nothing counted that is not in a record. */
  isTold(slot: number): boolean {
    return (
      this.txPackets[slot] === 0 && this.rxPackets[slot] === 0 && this.txBytes[slot] === 0 && this.rxBytes[slot] === 0
    );
  }
}
