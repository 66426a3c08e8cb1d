import { DatagramReader, type DatagramSink, openCapture, type TcpStream } from '../packet/index.ts';
import type { SourceContent } from '../store/index.ts';
import { EXPORT_PORTS, exportFormatOf } from './import-formats.ts';
import { MessageFramer } from './import-framer.ts';

/** Unpacked bytes that are looked at to tell what a capture is of: a thousand packets and more. */
export const CONTENT_BYTES = 1 << 20;

/** What a capture is to be read for, and why, as people read it. */
export interface FoundContent {
  readonly content: SourceContent;
  readonly reason: string;
}

/**
 * Tells captures of exports from captures of traffic by how a capture begins: it is one of exports where at least half of its UDP datagrams, and of
 * the IPFIX messages in its TCP connections, are exports. A collector's own capture is that; on a link that carries exports among all else they are few.
 */
export async function contentOf(head: Uint8Array, ports: readonly number[]): Promise<FoundContent> {
  const seen = new ExportSearch(ports);
  const capture = openCapture(one(head));
  for await (const chunk of capture) seen.reader.addChunk(chunk);
  seen.reader.finish();
  const part = head.length < CONTENT_BYTES ? '' : ` in the first ${grouped(capture.facts.packets)} packets`;
  return judge(seen, part);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function judge({ udp, exports, messages }: ExportSearch, part: string): FoundContent {
  if (messages > 0 && 2 * (messages + exports) >= udp + messages)
    return { content: 'export', reason: `its TCP connections hold ${grouped(messages)} IPFIX messages${part}` };
  if (udp === 0) return { content: 'traffic', reason: `there is no UDP datagram${part}` };
  const datagrams = `${grouped(udp)} UDP ${udp === 1 ? 'datagram' : 'datagrams'}${part}`;
  if (exports > 0 && 2 * exports >= udp)
    return { content: 'export', reason: `${grouped(exports)} of ${datagrams} hold exports` };
  if (exports === 0) return { content: 'traffic', reason: `none of ${datagrams} holds exports` };
  return {
    content: 'traffic',
    reason: `only ${grouped(exports)} of ${datagrams} ${exports === 1 ? 'holds' : 'hold'} exports; --as export reads those`,
  };
}

/** Counts the exports among what a capture carries. */
class ExportSearch implements DatagramSink {
  readonly reader: DatagramReader;
  udp = 0;
  exports = 0;
  messages = 0;
  private readonly named: ReadonlySet<number>;
  private readonly framers = new Map<number, MessageFramer>();

  constructor(ports: readonly number[]) {
    this.named = new Set(ports);
    this.reader = new DatagramReader(this, new Set([...EXPORT_PORTS, ...ports]));
  }

  onDatagram(
    view: DataView,
    at: number,
    length: number,
    _srcAddr: Uint32Array,
    _srcPort: number,
    _dstAddr: Uint32Array,
    dstPort: number,
  ): void {
    this.udp += 1;
    if (exportFormatOf(view, at, length, dstPort, this.named) !== null) this.exports += 1;
  }

  onStreamData(stream: TcpStream, view: DataView, at: number, length: number): void {
    let framer = this.framers.get(stream.id);
    if (!framer) {
      framer = new MessageFramer(() => {
        this.messages += 1;
      }, stream.fromStart);
      this.framers.set(stream.id, framer);
    }
    framer.take(view, at, length);
  }

  onStreamEnd(stream: TcpStream): void {
    this.framers.get(stream.id)?.finish();
    this.framers.delete(stream.id);
  }
}

function grouped(n: number): string {
  return n.toLocaleString('en-US');
}
