import { type AddressWords, isMappedIPv4 } from '../../flow/index.ts';
import { encodeNetflow5, type Netflow5Record } from '../netflow5-encoder.ts';
import { NETFLOW5_HEADER_BYTES, NETFLOW5_MAX_RECORDS, NETFLOW5_RECORD_BYTES } from '../netflow5-format.ts';
import { countChanged, countLeftOut, type LeftOut, newExportCounts } from './export-counts.ts';
import { addressOf, counterOf, type ExportedFlow, isICMP, numberOf, statedRate } from './exported-flow.ts';
import { type EncoderOptions, EXPORT_MTU, type FlowEncoder, MAX_STREAMS } from './flow-encoder.ts';
import { UptimeBase } from './uptime-base.ts';

const MAX_COUNTER = 0xffff_ffff;
/** A counter is split into at most so many records. */
const MAX_PARTS = 1_000;
const MAX_16 = 0xffff;
/** 14 bits of the header. */
const MAX_RATE = 0x3fff;
/** Stands for AS numbers that need four octets (RFC 6793, section 9). */
const AS_TRANS = 23_456;

type WaitingRecord = { -readonly [K in keyof Netflow5Record]-?: number };

/** The flows of one sampling rate: an engine of its own, because the header states the rate and collectors keep it by engine. */
interface Engine {
  readonly id: number;
  readonly rate: number;
  readonly clock: UptimeBase;
  /** Those that wait are the first `count`; they are filled again when they were sent. */
  readonly records: WaitingRecord[];
  count: number;
  sequence: number;
}

/** Flow records as NetFlow v5. What the protocol cannot hold is counted, never silently wrong. */
export class Netflow5Exporter implements FlowEncoder {
  readonly counts = newExportCounts();
  private readonly engines = new Map<number, Engine>();
  private readonly send: (datagram: Uint8Array) => void;
  private readonly perDatagram: number;
  private readonly firstId: number;

  constructor({ send, mtu = EXPORT_MTU, domain = 0 }: EncoderOptions) {
    this.send = send;
    this.firstId = domain;
    const fit = Math.floor((mtu - NETFLOW5_HEADER_BYTES) / NETFLOW5_RECORD_BYTES);
    this.perDatagram = Math.max(1, Math.min(NETFLOW5_MAX_RECORDS, fit));
  }

  add(flow: ExportedFlow, nowMs: number): void {
    const { counts } = this;
    counts.given += 1;
    const src = addressOf(flow, 'src_addr');
    const dst = addressOf(flow, 'dst_addr');
    const rate = statedRate(flow);
    const bytes = counterOf(flow, 'raw_bytes');
    const packets = counterOf(flow, 'raw_packets');
    const parts = Math.max(partsOf(bytes), partsOf(packets));
    const refused = refusal(src, dst, rate, parts);
    const engine = refused ? null : this.engine(rate);
    if (refused || !engine) {
      countLeftOut(counts, refused ?? 'streams');
      return;
    }
    this.countReplaced(flow);
    if (rate === 0) countChanged(counts, 'rate');
    if (flow.byte_layer === 'frame' || flow.byte_layer === 'payload') countChanged(counts, 'frames');
    if (parts > 1) countChanged(counts, 'split');
    for (let part = 0; part < parts; part++) {
      const record = this.next(engine, flow, nowMs);
      fill(record, flow, src!, dst!);
      record.bytes = share(bytes, parts, part);
      record.packets = share(packets, parts, part);
      if (engine.count >= this.perDatagram) this.sendWaiting(engine, nowMs);
    }
  }

  /** NetFlow v5 has no options. */
  tell(): void {}

  flush(nowMs: number): void {
    for (const engine of this.engines.values()) this.sendWaiting(engine, nowMs);
  }

  giveAccount(): void {}

  end(nowMs: number): void {
    this.flush(nowMs);
  }

  private engine(rate: number): Engine | null {
    const known = this.engines.get(rate);
    if (known) return known;
    const id = this.engines.size;
    if (id >= MAX_STREAMS) return null;
    const engine: Engine = { id: this.firstId + id, rate, clock: new UptimeBase(), records: [], count: 0, sequence: 0 };
    this.engines.set(rate, engine);
    return engine;
  }

  /** The next record of an engine, with its times; what waits is sent where its times are too far from these. */
  private next(engine: Engine, flow: ExportedFlow, nowMs: number): WaitingRecord {
    const endMs = numberOf(flow, 'end');
    const startMs = Math.max(Math.min(numberOf(flow, 'start'), endMs), UptimeBase.earliest(endMs));
    if (!engine.clock.add(startMs, endMs, nowMs)) {
      this.sendWaiting(engine, nowMs);
      engine.clock.add(startMs, endMs, nowMs);
    }
    engine.records[engine.count] ??= emptyRecord();
    const record = engine.records[engine.count]!;
    engine.count += 1;
    record.startMs = startMs;
    record.endMs = endMs;
    return record;
  }

  private sendWaiting(engine: Engine, nowMs: number): void {
    const { count } = engine;
    if (count === 0) return;
    const waiting = count === engine.records.length ? engine.records : engine.records.slice(0, count);
    const { datagrams, sequence } = encodeNetflow5(waiting, {
      ...engine.clock.take(nowMs),
      sequence: engine.sequence,
      engineType: (engine.id >>> 8) & 255,
      engineId: engine.id & 255,
      // A mode without a rate says that there is sampling of which no more is known.
      samplingMode: engine.rate === 1 ? 0 : 1,
      samplingRate: engine.rate === 1 ? 0 : engine.rate,
      recordsPerDatagram: this.perDatagram,
    });
    engine.sequence = sequence;
    this.counts.records += count;
    engine.count = 0;
    for (const datagram of datagrams) {
      this.counts.datagrams += 1;
      this.counts.bytes += datagram.length;
      this.send(datagram);
    }
  }

  /** What does not fit its field is replaced (`fill`) and counted here. */
  private countReplaced(flow: ExportedFlow): void {
    const { counts } = this;
    if (Math.max(numberOf(flow, 'src_as'), numberOf(flow, 'dst_as')) > MAX_16) countChanged(counts, 'as');
    if (Math.max(numberOf(flow, 'in_if'), numberOf(flow, 'out_if')) > MAX_16) countChanged(counts, 'interface');
    const hop = addressOf(flow, 'next_hop');
    if (hop && !isMappedIPv4(hop)) countChanged(counts, 'next_hop');
    const endMs = numberOf(flow, 'end');
    if (Math.min(numberOf(flow, 'start'), endMs) < UptimeBase.earliest(endMs)) countChanged(counts, 'start');
  }
}

function emptyRecord(): WaitingRecord {
  return {
    ...{ src: 0, dst: 0, nextHop: 0, inIf: 0, outIf: 0, packets: 0, bytes: 0, startMs: 0, endMs: 0, srcPort: 0 },
    ...{ dstPort: 0, tcpFlags: 0, protocol: 0, tos: 0, srcAs: 0, dstAs: 0, srcMask: 0, dstMask: 0 },
  };
}

/** All but times and counters. */
function fill(record: WaitingRecord, flow: ExportedFlow, src: AddressWords, dst: AddressWords): void {
  const srcAs = numberOf(flow, 'src_as');
  const dstAs = numberOf(flow, 'dst_as');
  const inIf = numberOf(flow, 'in_if');
  const outIf = numberOf(flow, 'out_if');
  const hop = addressOf(flow, 'next_hop');
  const protocol = numberOf(flow, 'protocol');
  record.src = src[3];
  record.dst = dst[3];
  record.nextHop = hop && isMappedIPv4(hop) ? hop[3] : 0;
  record.inIf = inIf > MAX_16 ? 0 : inIf;
  record.outIf = outIf > MAX_16 ? 0 : outIf;
  record.srcPort = numberOf(flow, 'src_port');
  record.dstPort = isICMP(protocol)
    ? numberOf(flow, 'icmp_type') * 256 + numberOf(flow, 'icmp_code')
    : numberOf(flow, 'dst_port');
  record.tcpFlags = numberOf(flow, 'tcp_flags');
  record.protocol = protocol;
  record.tos = numberOf(flow, 'tos');
  record.srcAs = srcAs > MAX_16 ? AS_TRANS : srcAs;
  record.dstAs = dstAs > MAX_16 ? AS_TRANS : dstAs;
  record.srcMask = numberOf(flow, 'src_mask');
  record.dstMask = numberOf(flow, 'dst_mask');
}

function refusal(src: AddressWords | null, dst: AddressWords | null, rate: number, parts: number): LeftOut | null {
  if (!src || !dst) return 'no_address';
  if (!isMappedIPv4(src) || !isMappedIPv4(dst)) return 'ipv6';
  if (rate > MAX_RATE) return 'sampling_rate';
  return parts > MAX_PARTS ? 'counter' : null;
}

/** Into how many records a counter must be split. */
function partsOf(value: number | bigint): number {
  if (value <= MAX_COUNTER) return 1;
  return Number((BigInt(value) + BigInt(MAX_COUNTER) - 1n) / BigInt(MAX_COUNTER));
}

/** One part of so many, as even as they can be; together they are the whole. */
function share(value: number | bigint, parts: number, part: number): number {
  if (parts === 1) return Number(value);
  const whole = BigInt(value);
  const n = BigInt(parts);
  return Number(whole / n) + (BigInt(part) < whole % n ? 1 : 0);
}
