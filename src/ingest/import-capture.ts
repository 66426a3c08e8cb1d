import {
  type CaptureFacts,
  DatagramReader,
  type DatagramSink,
  openCapture,
  PACKET_PROBLEMS,
  type StreamEnd,
  type TcpStream,
} from '../packet/index.ts';
import { EXPORT_PORTS, type ExportFormat, exportFormatOf } from './import-formats.ts';
import { MessageFramer } from './import-framer.ts';
import type { ImportRows } from './import-rows.ts';

/** Counts that every reader of an import keeps. */
export interface ImportCounts {
  packets: number;
  datagrams: number;
  readonly formats: Partial<Record<ExportFormat, number>>;
  /** What the packets around the exports had, by cause. */
  readonly errors: Record<string, number>;
}

export function newImportCounts(): ImportCounts {
  return { packets: 0, datagrams: 0, formats: {}, errors: {} };
}

export function countFormat(counts: ImportCounts, format: ExportFormat): void {
  counts.datagrams += 1;
  counts.formats[format] = (counts.formats[format] ?? 0) + 1;
}

interface Follow {
  readonly framer: MessageFramer;
  readonly source: Uint32Array;
  timeMs: number;
}

/** The export datagrams in a capture, and the IPFIX messages in its TCP connections. */
export class CaptureImport implements DatagramSink {
  facts: CaptureFacts | null = null;
  readonly counts: ImportCounts = newImportCounts();
  /** UDP datagrams of any kind. */
  udp = 0;
  private readonly rows: ImportRows;
  private readonly forced: ReadonlySet<number>;
  private readonly reader: DatagramReader;
  private readonly followed = new Map<number, Follow>();
  /** Ends of connections that had messages before bytes were missing. */
  private readonly broken = new Set<string>();

  /** `ports`: those that hold exports whatever their bytes look like. */
  constructor(rows: ImportRows, ports: readonly number[]) {
    this.rows = rows;
    this.forced = new Set(ports);
    this.reader = new DatagramReader(this, new Set([...EXPORT_PORTS, ...ports]));
  }

  async read(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { rows, reader } = this;
    const capture = openCapture(bytes);
    this.facts = capture.facts;
    try {
      for await (const chunk of capture) {
        for (let i = 0; i < chunk.count; i++) {
          const timeMs = chunk.timeMs[i]!;
          reader.add(chunk.view, chunk.at[i]!, chunk.captured[i]!, chunk.linkType[i]!, timeMs);
          rows.clock.of(timeMs);
          if (rows.behind) await rows.settle();
        }
        this.counts.packets = reader.counts.packets;
        rows.publish();
      }
    } finally {
      // What is there counts, also where the file broke off.
      reader.finish();
      await rows.settle();
      this.noteErrors();
    }
  }

  onDatagram(
    view: DataView,
    at: number,
    length: number,
    srcAddr: Uint32Array,
    srcPort: number,
    _dstAddr: Uint32Array,
    dstPort: number,
    timeMs: number,
  ): void {
    this.udp += 1;
    const format = exportFormatOf(view, at, length, dstPort, this.forced);
    if (format === null) return;
    countFormat(this.counts, format);
    if (length === 0) {
      this.raise('too_short', 1);
      return;
    }
    this.rows.take(view, at, length, srcAddr, srcPort, timeMs);
  }

  onStreamData(stream: TcpStream, view: DataView, at: number, length: number, timeMs: number): void {
    const follow = this.followed.get(stream.id) ?? this.follow(stream);
    follow.timeMs = timeMs;
    follow.framer.take(view, at, length);
  }

  onStreamEnd(stream: TcpStream, why: StreamEnd, timeMs: number): void {
    const follow = this.followed.get(stream.id);
    const rest = follow ? follow.framer.finish() : 0;
    this.followed.delete(stream.id);
    const messages = follow?.framer.messages ?? 0;
    const ends = `${stream.srcAddr} ${stream.srcPort} ${stream.dstAddr} ${stream.dstPort}`;
    // A connection without a message was not one of IPFIX: it is none of our business.
    if (messages === 0 && !this.broken.has(ends)) return;
    if (follow && messages > 0 && follow.framer.faults > 0) this.raise('tcp_out_of_step', follow.framer.faults);
    if (messages > 0 && rest > 0) this.raise('tcp_cut_message', 1);
    if (why === 'gap') {
      this.broken.add(ends);
      return;
    }
    this.broken.delete(ends);
    // RFC 7011 section 8: templates hold for one connection only.
    this.rows.end(Uint32Array.from(stream.srcAddr), stream.srcPort, timeMs);
  }

  private follow(stream: TcpStream): Follow {
    const source = Uint32Array.from(stream.srcAddr);
    const framer = new MessageFramer((view, at, length) => {
      countFormat(this.counts, 'ipfix');
      this.rows.take(view, at, length, source, stream.srcPort, follow.timeMs);
    }, stream.fromStart);
    const follow: Follow = { framer, source, timeMs: 0 };
    this.followed.set(stream.id, follow);
    return follow;
  }

  private noteErrors(): void {
    const { counts } = this.reader;
    PACKET_PROBLEMS.forEach((name, code) => {
      if (name !== 'none' && name !== 'not_ip') this.raise(`packet_${name}`, counts.problems[code]!);
    });
    for (const [cause, n] of Object.entries(counts.fragmentDrops)) this.raise(`fragments_${cause}`, n);
    this.raise('cut_datagram', counts.cutDatagrams);
    this.raise('tcp_gap', this.counts.formats.ipfix ? counts.tcp.gaps : 0);
  }

  private raise(cause: string, n: number): void {
    if (n > 0) this.counts.errors[cause] = (this.counts.errors[cause] ?? 0) + n;
  }
}
