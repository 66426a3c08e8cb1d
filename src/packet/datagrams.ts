import type { CaptureChunk } from './capture.ts';
import { type DissectOptions, dissectLink } from './dissect.ts';
import { type FragmentDrop, FragmentTable } from './fragments.ts';
import { PACKET_PROBLEM } from './packet-codes.ts';
import { newPacketFields, type PacketFields } from './packet-fields.ts';
import type { StreamCounts, StreamSink } from './tcp-stream.ts';
import { TcpStreams } from './tcp-streams.ts';
import { PROTOCOL } from './transport-header.ts';

const UDP_HEADER_BYTES = 8;
const OUTER: DissectOptions = { tunnels: 'outer' };

/** Takes what was sent. Views and words are used again: what is wanted later must be copied. Bytes of TCP come in order. */
export interface DatagramSink extends StreamSink {
  onDatagram(
    view: DataView,
    at: number,
    length: number,
    srcAddr: Uint32Array,
    srcPort: number,
    dstAddr: Uint32Array,
    dstPort: number,
    timeMs: number,
  ): void;
}

export interface DatagramCounts {
  packets: number;
  datagrams: number;
  /** Datagrams that were given although the capture has cut them. */
  cutDatagrams: number;
  fragments: number;
  /** Datagrams made of fragments. */
  reassembled: number;
  /** Datagrams of which fragments came that could not be put together, by cause. */
  readonly fragmentDrops: Readonly<Record<FragmentDrop, number>>;
  readonly tcp: Readonly<StreamCounts>;
  /** Packets that carry neither UDP nor a followed TCP connection. */
  other: number;
  /** Packets that could not be read wholly, by code of PACKET_PROBLEM. What is no IP is not among them. */
  readonly problems: Uint32Array;
}

/** Takes the UDP datagrams, and the TCP connections to some ports, out of captured packets. */
export class DatagramReader {
  readonly counts: DatagramCounts;
  private readonly sink: DatagramSink;
  private readonly tcpPorts: ReadonlySet<number>;
  private readonly fields: PacketFields = newPacketFields();
  private readonly fragments = new FragmentTable();
  private readonly streams: TcpStreams;
  private lastMs = Number.NaN;

  /** Follows the TCP connections whose destination port is in `tcpPorts`; the importer knows where IPFIX is sent to. */
  constructor(sink: DatagramSink, tcpPorts: ReadonlySet<number>) {
    this.sink = sink;
    this.tcpPorts = tcpPorts;
    this.streams = new TcpStreams(sink);
    this.counts = {
      packets: 0,
      datagrams: 0,
      cutDatagrams: 0,
      fragments: 0,
      reassembled: 0,
      fragmentDrops: this.fragments.dropped,
      tcp: this.streams.counts,
      other: 0,
      problems: new Uint32Array(Object.keys(PACKET_PROBLEM).length),
    };
  }

  /** Takes all packets of a chunk, in their order. */
  addChunk(chunk: CaptureChunk): void {
    for (let i = 0; i < chunk.count; i++) {
      this.add(chunk.view, chunk.at[i]!, chunk.captured[i]!, chunk.linkType[i]!, chunk.timeMs[i]!);
    }
  }

  /** Takes one packet. */
  add(view: DataView, at: number, length: number, linkType: number, timeMs: number): void {
    const { fields, counts } = this;
    counts.packets++;
    this.lastMs = timeMs;
    dissectLink(view, at, length, linkType, fields, OUTER);
    if (fields.problem !== PACKET_PROBLEM.none && fields.problem !== PACKET_PROBLEM.not_ip) {
      counts.problems[fields.problem]!++;
    }
    if (fields.protocol === PROTOCOL.udp && fields.fragment) this.addFragment(view, timeMs);
    else if (fields.protocol === PROTOCOL.udp && fields.hasPorts) this.giveDatagram(view, timeMs);
    else if (this.isFollowed()) this.streams.add(view, fields, timeMs);
    else counts.other++;
  }

  /** The capture is at its end: what waits for more is given or counted. */
  finish(): void {
    this.fragments.finish();
    this.streams.finish(this.lastMs);
  }

  private isFollowed(): boolean {
    const { protocol, fragment, dstPort, transportLength } = this.fields;
    return protocol === PROTOCOL.tcp && !fragment && transportLength >= 20 && this.tcpPorts.has(dstPort);
  }

  private giveDatagram(view: DataView, timeMs: number): void {
    const { fields, counts } = this;
    if (fields.problem !== PACKET_PROBLEM.none) return;
    counts.datagrams++;
    if (fields.cut) counts.cutDatagrams++;
    this.sink.onDatagram(
      view,
      fields.payloadAt,
      fields.payloadLength,
      fields.srcAddr,
      fields.srcPort,
      fields.dstAddr,
      fields.dstPort,
      timeMs,
    );
  }

  private addFragment(view: DataView, timeMs: number): void {
    const { fields, counts } = this;
    counts.fragments++;
    const whole = this.fragments.add(view, fields, timeMs);
    if (!whole) return;
    const length = whole.length < UDP_HEADER_BYTES ? 0 : whole.view.getUint16(4);
    if (length < UDP_HEADER_BYTES || length > whole.length) {
      counts.problems[PACKET_PROBLEM.bad_length]!++;
      return;
    }
    counts.reassembled++;
    counts.datagrams++;
    const payload = length - UDP_HEADER_BYTES;
    const srcPort = whole.view.getUint16(0);
    const dstPort = whole.view.getUint16(2);
    const { srcAddr, dstAddr } = fields;
    this.sink.onDatagram(whole.view, UDP_HEADER_BYTES, payload, srcAddr, srcPort, dstAddr, dstPort, timeMs);
  }
}
