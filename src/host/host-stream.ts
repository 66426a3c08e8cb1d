import {
  type FlowEncoder,
  flowEncoder,
  interfaceOptions,
  levelOptions,
  openOptions,
  removedOptions,
} from '../wire/index.ts';
import type { HostBackend } from './backend/host-backend.ts';
import type { RemovedTraffic } from './policy/policy.ts';
import type { HostRecord } from './table/host-record.ts';

/** The journal of the receiver keeps each message by itself, and a batch keeps room for all rows that one may hold. */
const MESSAGE_BYTES = 8_192;
/** What goes on as a datagram fits into one packet, and says its templates from time to time: who listens may have begun later. */
const DATAGRAM_BYTES = 1_400;
const REFRESH_MS = 60_000;
const DOMAIN = 1;
/** A host without traffic is told of so often, so that its silence is known from one that is not metered. */
const ACCOUNT_MS = 10_000;
/** The index of no interface: what is lost is lost for the host. */
const WHOLE_HOST = 0;

/** What is in no record, since the meter began. */
interface Missing {
  /** Packets that the kernel counted and no flow has. */
  readonly unmetered: number;
  /** What the privacy policy took out; null where there is none. */
  readonly removed: RemovedTraffic | null;
  /** The level at which the host is metered. */
  readonly level: HostBackend['level'];
  /** Packets of flows that are open, by minute: a crash would lose them. */
  readonly open: ReadonlyMap<number, number>;
}

/** Records as IPFIX messages, with the name of the host and what was not metered: what an exporter would say of itself. */
export class HostStream {
  private readonly host: string;
  private readonly encoder: FlowEncoder;
  private accountMs = Number.NEGATIVE_INFINITY;
  private toldUnmetered = 0;
  /** -1: not even that nothing was removed, from which the receiver counts. */
  private toldRemoved = -1;
  /** When it was last told at which level the host is metered, for how long it has been, and after how many records. */
  private levelToldMs = -1;
  private levelMs = 0;
  private levelRecords = 0;
  private toldOpen: ReadonlyMap<number, number> = new Map();

  /** `send` gets each message; its bytes are its own. */
  constructor(host: string, forwarded: boolean, send: (message: Uint8Array) => void) {
    this.host = host;
    this.encoder = flowEncoder('ipfix', {
      domain: DOMAIN,
      mtu: forwarded ? DATAGRAM_BYTES : MESSAGE_BYTES,
      // Nothing is lost on the way to the parent: for it templates are told once, and its journal keeps them.
      refreshDatagrams: 0,
      refreshMs: forwarded ? REFRESH_MS : 0,
      send,
    });
  }

  get records(): number {
    return this.encoder.counts.records;
  }

  add(record: HostRecord, nowMs: number): void {
    this.encoder.add(record, nowMs);
  }

  /** Hands on what there is, and what is not in it: from time to time, and at once where it is news. */
  flush(nowMs: number, { unmetered, removed, level, open }: Missing): void {
    const isDue = nowMs - this.accountMs >= ACCOUNT_MS || nowMs < this.accountMs;
    if (isDue || unmetered > this.toldUnmetered) {
      this.accountMs = nowMs;
      this.toldUnmetered = unmetered;
      const said = { index: WHOLE_HOST, name: this.host, droppedPackets: unmetered, unsureCopies: 0 };
      this.encoder.tell(interfaceOptions(said), 1, nowMs);
    }
    if (removed !== null && removed.records > this.toldRemoved) {
      this.toldRemoved = removed.records;
      this.encoder.tell(removedOptions(DOMAIN, removed), 1, nowMs);
    }
    if (isDue || this.records > this.levelRecords) this.tellLevel(level, nowMs);
    this.tellOpen(open, nowMs);
    this.encoder.flush(nowMs);
  }

  /** With the records that it explains: no answer has them without it. The receiver counts from the first that it is told, which is 0. */
  private tellLevel(level: HostBackend['level'], nowMs: number): void {
    if (level === 'ebpf') return;
    if (this.levelToldMs < 0) {
      this.levelToldMs = nowMs;
      this.levelMs = 1;
      this.encoder.tell(levelOptions(DOMAIN, level, 0), 1, nowMs);
    }
    // A clock that was set is no time that passed.
    this.levelMs += Math.min(2 * ACCOUNT_MS, Math.max(0, nowMs - this.levelToldMs));
    this.levelToldMs = nowMs;
    this.levelRecords = this.records;
    this.encoder.tell(levelOptions(DOMAIN, level, this.levelMs), 1, nowMs);
  }

  /** Of each minute where it is news. */
  private tellOpen(open: ReadonlyMap<number, number>, nowMs: number): void {
    const { toldOpen } = this;
    const tell = (minute: number, packets: number) =>
      this.encoder.tell(openOptions({ domain: DOMAIN, minute, packets }), 1, nowMs);
    for (const minute of toldOpen.keys()) if (!open.has(minute)) tell(minute, 0);
    for (const [minute, packets] of open) if (toldOpen.get(minute) !== packets) tell(minute, packets);
    this.toldOpen = open;
  }
}
