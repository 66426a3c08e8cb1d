import { unnamedUser } from '../../system/index.ts';
import type { RefilledFlow } from '../../wire/index.ts';
import type { HostBackend } from '../backend/host-backend.ts';
import { FLAG, isIcmp, TCP, UDP } from '../backend/outcome.ts';
import { BEGAN, UNKNOWN_UID } from '../backend/socket-sweep.ts';
import type { KnownServer } from '../server-names/server-names.ts';
import type { EndReason } from './flow-ends.ts';
import { flowOutcome } from './flow-outcome.ts';
import { NONE, STATE } from './host-slots.ts';
import type { HostTable } from './host-table.ts';
import { KEY_WORDS } from './socket-key.ts';

/** A record of the encoders that is filled again for each flow: all its properties are there from the beginning. */
export type HostRecord = RefilledFlow;

/** Gets each record; it may change it, and must not keep it. */
export type RecordTaker = (record: HostRecord, nowMs: number) => void;

/** What is asked of a backend for records. */
type NamingBackend = Pick<HostBackend, 'byteLayer' | 'countless' | 'level' | 'serverName'>;

/** One to be filled, over these words for its addresses. */
export function newHostRecord(src: Uint32Array, dst: Uint32Array): HostRecord {
  return {
    start: 0,
    end: 0,
    src_addr: src,
    dst_addr: dst,
    src_port: 0,
    dst_port: 0,
    protocol: 0,
    icmp_type: undefined,
    icmp_code: undefined,
    raw_bytes: 0,
    raw_packets: 0,
    byte_layer: 'ip',
    tcp_flags: 0,
    in_if: 0,
    out_if: 0,
    flow_direction: 'egress',
    end_reason: 'end',
    continued: 'no',
    sampling: 1,
    sampling_origin: undefined,
    host: '',
    user: undefined,
    process: undefined,
    executable: undefined,
    parent: undefined,
    pid: undefined,
    app: undefined,
    container: undefined,
    vm: undefined,
    rtt: undefined,
    setup: undefined,
    response: undefined,
    outcome: 'unknown',
    retransmits: undefined,
    owner_source: 'none',
    duplicate: 'no',
    server_name: undefined,
    server_name_source: undefined,
    client_side: undefined,
    application: undefined,
    application_evidence: undefined,
    security: undefined,
  };
}

/** Makes records of the table's flows: one for what a socket sent, one for what it received. Nothing is allocated but what a policy or encoder makes. */
export class HostRecords {
  private readonly table: HostTable;
  private readonly host: string;
  private readonly backend: NamingBackend;
  private readonly take: RecordTaker;
  private readonly src = new Uint32Array(4);
  private readonly dst = new Uint32Array(4);
  private readonly record = newHostRecord(this.src, this.dst);

  constructor(table: HostTable, host: string, backend: NamingBackend, take: RecordTaker) {
    this.table = table;
    this.host = host;
    this.backend = backend;
    this.take = take;
  }

  /** The records of what was counted since the last ones. `peerLeftOut`: what the other end sends has no record. */
  flow(slot: number, reason: EndReason, nowMs: number, peerLeftOut: boolean): void {
    const { slots } = this.table;
    const isOver = reason === 'end' || reason === 'idle';
    if (this.backend.countless && slots.protocol[slot] !== 0) {
      this.presence(slot, reason, nowMs, isOver, peerLeftOut);
      return;
    }
    if (slots.txPackets[slot]! > 0 || slots.txBytes[slot]! > 0) {
      this.common(slot, reason, nowMs, isOver);
      this.sent(slot);
      this.take(this.record, nowMs);
    }
    if (slots.rxPackets[slot]! > 0 || slots.rxBytes[slot]! > 0) {
      this.common(slot, reason, nowMs, isOver);
      this.received(slot, peerLeftOut);
      this.take(this.record, nowMs);
    }
  }

  /** One direction of a flow, whether there is anything of it to record or not: as it is seen by who watches. */
  seen(slot: number, sent: boolean, nowMs: number, peerLeftOut: boolean): HostRecord {
    this.common(slot, 'active', nowMs, false);
    if (sent) this.sent(slot);
    else this.received(slot, peerLeftOut);
    return this.record;
  }

  /** Nothing was counted: one record, from who began to who was called, says that the flow is there. */
  private presence(slot: number, reason: EndReason, nowMs: number, isOver: boolean, peerLeftOut: boolean): void {
    this.common(slot, reason, nowMs, isOver);
    if (this.table.slots.began[slot] === BEGAN.there) this.received(slot, peerLeftOut);
    else this.sent(slot);
    this.take(this.record, nowMs);
  }

  /** What both directions have; a policy may have changed any of it in the record before. */
  private common(slot: number, reason: EndReason, nowMs: number, isOver: boolean): void {
    const { record } = this;
    const { slots } = this.table;
    const continued = slots.has(slot, STATE.told);
    record.start = slots.startMs[slot]!;
    record.end = slots.lastMs[slot]!;
    record.src_addr = this.src;
    record.dst_addr = this.dst;
    const protocol = slots.protocol[slot]!;
    record.protocol = protocol;
    record.byte_layer = this.backend.byteLayer;
    record.end_reason = reason;
    record.continued = continued ? 'yes' : 'no';
    record.sampling = 1;
    record.sampling_origin = undefined;
    record.host = this.host;
    record.outcome = flowOutcome(this.table, slot, nowMs, isOver);
    record.rtt = slots.rttUs[slot]! || undefined;
    record.setup = continued ? undefined : this.setup(slot);
    record.response = slots.responseUs[slot]! || undefined;
    const server = this.server(slot);
    record.server_name = server?.name;
    record.server_name_source = server?.source;
    this.owner(slot);
  }

  private owner(slot: number): void {
    const { record } = this;
    const { slots } = this.table;
    const owner = slots.owner[slot] ?? null;
    const name = slots.name[slot] ?? null;
    const uid = owner !== null && owner.uid !== UNKNOWN_UID ? owner.uid : slots.uid[slot]!;
    record.pid = owner?.pid || undefined;
    record.owner_source = owner?.source ?? 'none';
    record.user = name?.user || (uid === UNKNOWN_UID || owner === null ? undefined : unnamedUser(uid));
    record.process = name?.process || owner?.comm || undefined;
    record.executable = name?.executable || undefined;
    record.parent = name?.parent || undefined;
    record.app = name?.app || undefined;
    record.container = name?.container || undefined;
    record.vm = name?.vm || undefined;
  }

  /** Of the other side, unless that one asked. Kept with the flow: the backend remembers names for a while only. */
  private server(slot: number): KnownServer | undefined {
    const { slots } = this.table;
    if (slots.began[slot] === BEGAN.there) return undefined;
    const known = slots.server[slot];
    if (known) return known;
    const port = slots.ports[slot]! & 0xffff;
    const server = this.backend.serverName?.(slots.ownerCookie[slot]!, slots.words, KEY_WORDS * slot + 4, port);
    slots.server[slot] = server ?? null;
    return server;
  }

  private sent(slot: number): void {
    const { record, src, dst } = this;
    const { slots } = this.table;
    const at = KEY_WORDS * slot;
    for (let w = 0; w < 4; w++) {
      src[w] = slots.words[at + w]!;
      dst[w] = slots.words[at + 4 + w]!;
    }
    const ports = slots.ports[slot]!;
    this.ports(slots.protocol[slot]!, ports >>> 16, ports & 0xffff);
    record.client_side = this.client(slot, 'source', 'destination');
    record.raw_bytes = slots.txBytes[slot]!;
    record.raw_packets = slots.txPackets[slot]!;
    record.tcp_flags = this.flags(slot, slots.txFlags[slot]!);
    record.in_if = 0;
    record.out_if = slots.ifIndex[slot]!;
    record.flow_direction = 'egress';
    record.retransmits = slots.retransmits[slot]! - slots.toldRetransmits[slot]! || undefined;
    record.duplicate = 'no';
  }

  private received(slot: number, peerLeftOut: boolean): void {
    const { record, src, dst } = this;
    const { slots } = this.table;
    const at = KEY_WORDS * slot;
    for (let w = 0; w < 4; w++) {
      dst[w] = slots.words[at + w]!;
      src[w] = slots.words[at + 4 + w]!;
    }
    const ports = slots.ports[slot]!;
    this.ports(slots.protocol[slot]!, ports & 0xffff, ports >>> 16);
    record.client_side = this.client(slot, 'destination', 'source');
    record.raw_bytes = slots.rxBytes[slot]!;
    record.raw_packets = slots.rxPackets[slot]!;
    record.tcp_flags = this.flags(slot, slots.rxFlags[slot]!);
    record.in_if = slots.ifIndex[slot]!;
    record.out_if = 0;
    record.flow_direction = 'ingress';
    record.retransmits = undefined;
    record.duplicate = slots.has(slot, STATE.bothHere) && !peerLeftOut ? 'yes' : 'no';
  }

  /** Which end asked, as far as the kernel shows it. Without its packets only a port that is listened to shows it: a server may have closed its own. */
  private client(slot: number, here: string, there: string): string | undefined {
    const { slots } = this.table;
    const protocol = slots.protocol[slot]!;
    const began = slots.began[slot];
    if (began === BEGAN.unknown || (protocol !== TCP && protocol !== UDP)) return undefined;
    if (began === BEGAN.there) return there;
    return this.backend.level === 'ebpf' ? here : undefined;
  }

  /** ICMP has none: what each side sends, type and code, stands in their place. */
  private ports(protocol: number, source: number, destination: number): void {
    const { record } = this;
    const icmp = isIcmp(protocol);
    record.src_port = icmp ? 0 : source;
    record.dst_port = icmp ? 0 : destination;
    record.icmp_type = icmp ? source >>> 8 : undefined;
    record.icmp_code = icmp ? source & 0xff : undefined;
  }

  /** A connection that goes on has had its SYN. */
  private flags(slot: number, flags: number): number {
    return this.table.slots.has(slot, STATE.told) ? flags & ~FLAG.syn : flags;
  }

  /** Of an accepted connection the kernel answers the SYN at once, and what follows is a round trip. */
  private setup(slot: number): number | undefined {
    const { slots } = this.table;
    const setupUs = slots.setupUs[slot]!;
    const protocol = slots.protocol[slot]!;
    if (protocol === TCP ? slots.began[slot] !== BEGAN.here : protocol !== UDP) return undefined;
    return setupUs || undefined;
  }
}

/**
 * Whether what a flow received has no record of its sender, though that one is here: it belongs to one of the processes, or the table does not have it (any more).
 * False where the sender is no socket of this host.
 */
export function peerHasNoRecord(table: HostTable, slot: number, leftOut: ReadonlySet<number>): boolean {
  if (!table.slots.has(slot, STATE.bothHere)) return false;
  const peer = table.flows.peerOf(slot);
  return peer === NONE || leftOut.has(table.slots.owner[peer]?.pid ?? 0);
}
