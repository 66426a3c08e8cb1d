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

/** The flows of one sampling rate: an engine of its own, because the header states the rate and collectors keep it by engine. */
interface Engine {
  readonly id: number;
  readonly rate: number;
  readonly clock: UptimeBase;
  readonly waiting: Netflow5Record[];
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
    const record = this.record(flow, src!, dst!);
    if (rate === 0) countChanged(counts, 'rate');
    if (flow.byte_layer === 'frame' || flow.byte_layer === 'payload') countChanged(counts, 'frames');
    if (parts > 1) countChanged(counts, 'split');
    for (let part = 0; part < parts; part++) {
      this.put(engine, { ...record, bytes: share(bytes, parts, part), packets: share(packets, parts, part) }, nowMs);
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
    const engine: Engine = { id: this.firstId + id, rate, clock: new UptimeBase(), waiting: [], sequence: 0 };
    this.engines.set(rate, engine);
    return engine;
  }

  private put(engine: Engine, record: Netflow5Record, nowMs: number): void {
    if (!engine.clock.add(record.startMs, record.endMs, nowMs)) {
      this.sendWaiting(engine, nowMs);
      engine.clock.add(record.startMs, record.endMs, nowMs);
    }
    if (engine.waiting.push(record) >= this.perDatagram) this.sendWaiting(engine, nowMs);
  }

  private sendWaiting(engine: Engine, nowMs: number): void {
    if (engine.waiting.length === 0) return;
    const { datagrams, sequence } = encodeNetflow5(engine.waiting, {
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
    this.counts.records += engine.waiting.length;
    engine.waiting.length = 0;
    for (const datagram of datagrams) {
      this.counts.datagrams += 1;
      this.counts.bytes += datagram.length;
      this.send(datagram);
    }
  }

  /** The record without its counters; what does not fit its field is replaced and counted. */
  private record(flow: ExportedFlow, src: AddressWords, dst: AddressWords): Omit<Netflow5Record, 'bytes' | 'packets'> {
    const { counts } = this;
    const srcAs = numberOf(flow, 'src_as');
    const dstAs = numberOf(flow, 'dst_as');
    const inIf = numberOf(flow, 'in_if');
    const outIf = numberOf(flow, 'out_if');
    if (Math.max(srcAs, dstAs) > MAX_16) countChanged(counts, 'as');
    if (Math.max(inIf, outIf) > MAX_16) countChanged(counts, 'interface');
    const hop = addressOf(flow, 'next_hop');
    if (hop && !isMappedIPv4(hop)) countChanged(counts, 'next_hop');
    const protocol = numberOf(flow, 'protocol');
    const endMs = numberOf(flow, 'end');
    const startMs = Math.min(numberOf(flow, 'start'), endMs);
    const earliest = UptimeBase.earliest(endMs);
    if (startMs < earliest) countChanged(counts, 'start');
    return {
      src: src[3],
      dst: dst[3],
      nextHop: hop && isMappedIPv4(hop) ? hop[3] : 0,
      inIf: inIf > MAX_16 ? 0 : inIf,
      outIf: outIf > MAX_16 ? 0 : outIf,
      startMs: Math.max(startMs, earliest),
      endMs,
      srcPort: numberOf(flow, 'src_port'),
      dstPort: isICMP(protocol)
        ? numberOf(flow, 'icmp_type') * 256 + numberOf(flow, 'icmp_code')
        : numberOf(flow, 'dst_port'),
      tcpFlags: numberOf(flow, 'tcp_flags'),
      protocol,
      tos: numberOf(flow, 'tos'),
      srcAs: srcAs > MAX_16 ? AS_TRANS : srcAs,
      dstAs: dstAs > MAX_16 ? AS_TRANS : dstAs,
      srcMask: numberOf(flow, 'src_mask'),
      dstMask: numberOf(flow, 'dst_mask'),
    };
  }
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
