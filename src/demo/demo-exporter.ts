import type { ExportProtocol, FlowEncoder, RefilledFlow } from '../wire/index.ts';
import { flowEncoder } from '../wire/index.ts';
import { isServer, type LabHost, placeOf } from './campus.ts';
import { type DemoFlow, ICMP, pieces } from './flow.ts';
import { ownerOf } from './owners.ts';
import type { Random } from './random.ts';
import { MINUTE_MS } from './rhythm.ts';
import { newTally, newTold, type Tally, type Told } from './tally.ts';

/** Half-open, ms. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface DemoExporterOptions {
  readonly address: number;
  readonly name: string;
  readonly protocol: ExportProtocol;
  /** One packet in N is looked at. */
  readonly sampling: number;
  /** An end system's agent: it knows process and user. */
  readonly host?: LabHost;
  /** A flow that lasts is told so often. */
  readonly activeMs: number;
  readonly refreshMs: number;
  /** While it is off it tells nothing, and forgets what it had. */
  readonly off?: Period;
  /** While the way to the collector is too narrow, one datagram in `in` is lost. */
  readonly lossy?: Period & { readonly in: number };
}

/** Takes the datagrams that reach the collector. */
export type Delivery = (from: DemoExporter, datagram: Uint8Array, timeMs: number) => void;

/** What one datagram has of planted events, before it is known whether it arrives. */
interface Aboard {
  readonly event: number;
  readonly packets: number;
  readonly bytes: number;
}

/** Domain 0 is that of the encoder's own account, in which no flow stands. */
const DOMAIN = 1;
const DOMAIN_AT: Readonly<Record<ExportProtocol, number>> = { ipfix: 12, netflow9: 16, netflow5: -1 };

const UPLINK = 1;
const SERVERS = 2;
const CLIENTS = 3;
const OTHER_SITES = 4;
export const INTERFACES: Readonly<Record<number, string>> = {
  [UPLINK]: 'uplink',
  [SERVERS]: 'servers',
  [CLIENTS]: 'clients',
  [OTHER_SITES]: 'sites',
};

/** A meter that sees flows, samples and cuts them as a real one does, and tells them in datagrams of its protocol. What it saw and what of that arrived is counted. */
export class DemoExporter {
  readonly options: DemoExporterOptions;
  /** What passed it while it was on, before sampling. */
  readonly passed: Tally = newTally();
  /** What passed it while it was off. */
  readonly unseen: Tally = newTally();
  readonly told: Told = newTold();
  readonly lost: Told & { datagrams: number } = { ...newTold(), datagrams: 0 };
  readonly toldOf = new Map<number, Told>();
  private readonly random: Random;
  private readonly deliver: Delivery;
  private encoder: FlowEncoder;
  private restarted = false;
  private nowMs = 0;
  private aboard: Aboard[] = [];
  private readonly byMinute = new Map<number, DemoFlow[]>();
  private readonly src = new Uint32Array([0, 0, 0xffff, 0]);
  private readonly dst = new Uint32Array([0, 0, 0xffff, 0]);
  private readonly record: RefilledFlow;

  constructor(options: DemoExporterOptions, random: Random, deliver: Delivery) {
    this.options = options;
    this.random = random;
    this.deliver = deliver;
    this.encoder = this.newEncoder();
    this.record = emptyRecord(this.src, this.dst, options);
  }

  /** A flow passes. */
  see(flow: DemoFlow): void {
    for (const piece of pieces(flow, this.options.activeMs)) {
      if (this.isOff(piece)) {
        count(this.unseen, piece);
        continue;
      }
      count(this.passed, piece);
      const minute = Math.floor(piece.endMs / MINUTE_MS) * MINUTE_MS;
      const waiting = this.byMinute.get(minute);
      if (waiting) waiting.push(piece);
      else this.byMinute.set(minute, [piece]);
    }
  }

  /** Flows that have passed and are not told: they last. */
  get waiting(): number {
    let flows = 0;
    for (const { length } of this.byMinute.values()) flows += length;
    return flows;
  }

  /** Tells the flows that ended in the minute. */
  minute(minute: number): void {
    const ended = this.byMinute.get(minute);
    if (!ended) return;
    this.byMinute.delete(minute);
    this.restart(minute);
    ended.sort((a, b) => a.endMs - b.endMs);
    for (const flow of ended) {
      this.nowMs = Math.max(this.nowMs, flow.endMs);
      if (this.options.sampling === 1) this.tell(flow);
      else this.sample(flow);
    }
    this.encoder.flush(this.nowMs);
  }

  private isOff({ startMs, endMs }: DemoFlow): boolean {
    const { off } = this.options;
    return off !== undefined && endMs >= off.fromMs && startMs < off.toMs;
  }

  /** Whoever was off counts from the beginning again. */
  private restart(minute: number): void {
    const { off } = this.options;
    if (off === undefined || this.restarted || minute < off.toMs) return;
    this.restarted = true;
    this.encoder = this.newEncoder();
  }

  private newEncoder(): FlowEncoder {
    const { protocol, refreshMs } = this.options;
    return flowEncoder(protocol, {
      domain: DOMAIN,
      refreshMs,
      refreshDatagrams: 2_000,
      send: (datagram) => this.send(datagram),
    });
  }

  /** Of the packets some are looked at; a flow of which none is does not exist for this exporter. */
  private sample(flow: DemoFlow): void {
    const { random } = this;
    const drawn = random.drawn(flow.packets, this.options.sampling);
    if (drawn === 0) return;
    const mean = flow.bytes / flow.packets;
    const span = flow.endMs - flow.startMs;
    // The first and the last packet that are seen lie inside of the flow.
    const inset = Math.floor((span / (drawn + 1)) * random.unit());
    const startMs = flow.startMs + (drawn === 1 ? span - inset : inset);
    this.tell({
      ...flow,
      packets: drawn,
      bytes: Math.round(mean * drawn),
      startMs,
      flags: drawn > 2 ? flow.flags : flow.flags & 0x18,
    });
  }

  private tell(flow: DemoFlow): void {
    this.fill(flow);
    this.encoder.add(this.record, this.nowMs);
    // What was full was sent before: this record is in the datagram that is begun.
    this.aboard.push({ event: flow.event, packets: flow.packets, bytes: flow.bytes });
  }

  private send(datagram: Uint8Array): void {
    const at = DOMAIN_AT[this.options.protocol];
    const ofFlows = new DataView(datagram.buffer, datagram.byteOffset).getUint32(at) === DOMAIN;
    const aboard = ofFlows ? this.aboard : [];
    if (ofFlows) this.aboard = [];
    if (aboard.length > 0 && this.isLost()) {
      this.lost.datagrams += 1;
      for (const one of aboard) add(this.lost, one);
      return;
    }
    for (const one of aboard) {
      add(this.told, one);
      if (one.event >= 0) add(this.ofEvent(one.event), one);
    }
    this.deliver(this, datagram, this.nowMs);
  }

  private isLost(): boolean {
    const { lossy } = this.options;
    if (lossy === undefined || this.nowMs < lossy.fromMs || this.nowMs >= lossy.toMs) return false;
    return this.random.chance(1 / lossy.in);
  }

  private ofEvent(event: number): Told {
    const known = this.toldOf.get(event);
    if (known) return known;
    const told = newTold();
    this.toldOf.set(event, told);
    return told;
  }

  private fill(flow: DemoFlow): void {
    const { record } = this;
    this.src[3] = flow.src;
    this.dst[3] = flow.dst;
    record.start = flow.startMs;
    record.end = flow.endMs;
    record.src_port = flow.srcPort;
    record.dst_port = flow.dstPort;
    record.protocol = flow.protocol;
    record.icmp_type = flow.protocol === ICMP ? flow.icmpType : undefined;
    record.icmp_code = flow.protocol === ICMP ? 0 : undefined;
    record.raw_bytes = flow.bytes;
    record.raw_packets = flow.packets;
    record.tcp_flags = flow.flags;
    record.end_reason = flow.cut ? 'active' : flow.flags & 5 ? 'end' : 'idle';
    const { host } = this.options;
    if (host) this.fillOwner(flow, host);
    else {
      record.in_if = interfaceOf(flow.src, this.options.address);
      record.out_if = interfaceOf(flow.dst, this.options.address);
    }
  }

  private fillOwner(flow: DemoFlow, host: LabHost): void {
    const { record, random } = this;
    const sent = flow.src === host.address;
    const owner = ownerOf(host, flow.does);
    record.flow_direction = sent ? 'egress' : 'ingress';
    record.process = owner?.process ?? '';
    record.executable = owner?.executable ?? '';
    record.parent = owner?.parent ?? '';
    record.pid = owner?.pid ?? 0;
    record.app = owner?.app ?? '';
    record.user = owner?.user ?? '';
    record.owner_source = owner === null ? 'none' : 'connect';
    record.client_side = flow.byClient ? 'source' : 'destination';
    record.outcome = flow.protocol === 6 ? flow.outcome : 'unknown';
    const far = placeOf(sent ? flow.dst : flow.src) === 'outside';
    const roundTrip = Math.round(far ? random.logNormal(24_000, 0.6) : random.logNormal(700, 0.4));
    const answered = flow.outcome === 'established' && flow.protocol === 6;
    record.rtt = answered ? roundTrip : 0;
    record.setup = answered ? Math.round(roundTrip * 1.05) : 0;
    record.response = answered ? roundTrip + Math.round(random.logNormal(9_000, 1)) : 0;
    record.retransmits = answered && flow.packets > 50 && random.chance(0.2) ? random.whole(1, 9) : 0;
    record.server_name = flow.serverName === '' ? undefined : flow.serverName;
    record.server_name_source = flow.serverName === '' ? undefined : 'payload';
    record.continued = flow.continued ? 'yes' : 'no';
  }
}

function emptyRecord(src: Uint32Array, dst: Uint32Array, { host, sampling }: DemoExporterOptions): RefilledFlow {
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
    tcp_flags: 0,
    tos: 0,
    in_if: 0,
    out_if: 0,
    end_reason: 'unknown',
    sampling,
    flow_direction: host ? 'egress' : 'ingress',
    user: undefined,
    server_name: undefined,
    server_name_source: undefined,
    client_side: undefined,
    continued: undefined,
    ...(host ? { host: host.name, duplicate: 'no' } : {}),
    process: undefined,
    executable: undefined,
    parent: undefined,
    pid: undefined,
    app: undefined,
    rtt: undefined,
    setup: undefined,
    response: undefined,
    outcome: undefined,
    retransmits: undefined,
    owner_source: undefined,
  };
}

function interfaceOf(address: number, router: number): number {
  const place = placeOf(address);
  if (place === 'outside') return UPLINK;
  if (place !== placeOf(router)) return OTHER_SITES;
  return isServer(address) ? SERVERS : CLIENTS;
}

function count(tally: Tally, { packets, bytes, continued }: DemoFlow): void {
  if (!continued) tally.flows += 1;
  tally.packets += packets;
  tally.bytes += bytes;
}

function add(told: Told, { packets, bytes }: Omit<Aboard, 'event'>): void {
  told.records += 1;
  told.packets += packets;
  told.bytes += bytes;
}
