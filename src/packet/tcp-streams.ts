import type { PacketFields } from './packet-fields.ts';
import type { StreamCounts, StreamEnd, StreamSink, TcpStream } from './tcp-stream.ts';

const MAX_STREAMS = 1024;
/** Out of order, at most: of one stream and of all. */
const MAX_STREAM_PENDING_BYTES = 1_048_576;
const MAX_STREAM_PENDING = 1024;
const MAX_PENDING_BYTES = 16 * 1_048_576;

/** What a segment costs in memory beside its bytes: tiny segments must not outgrow the bounds. */
const SEGMENT_COST_BYTES = 256;

/** A hole that is not filled by then was lost by the capture: the receiver has acknowledged it long ago. In time of the capture. */
const MAX_HOLE_MS = 30_000;

const FIN = 1;
const SYN = 2;
const RST = 4;

interface Segment {
  readonly sequence: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of the segment on the wire: more than `bytes` when the capture has cut it. */
  readonly length: number;
  readonly timeMs: number;
}

interface Open {
  readonly key: string;
  stream: TcpStream;
  /** Sequence number of the next byte to be given. */
  next: number;
  /** Where it began: a SYN that comes again is told from a new connection by it. */
  readonly first: number;
  /** Sequence number behind the last byte; -1 not known yet. */
  finAt: number;
  /** Kept after its end, so that late segments do not look like a new stream. */
  ended: boolean;
  /** In the order of their sequence numbers. */
  readonly pending: Segment[];
  pendingBytes: number;
}

/** Puts the segments of TCP (RFC 9293) in order again, each direction for itself, within bounds of memory and time. */
export class TcpStreams {
  readonly counts: StreamCounts = { streams: 0, bytes: 0, repeatedBytes: 0, gaps: 0, gapBytes: 0, evicted: 0 };
  private readonly sink: StreamSink;
  private readonly open = new Map<string, Open>();
  private pendingBytes = 0;
  private lastId = 0;

  constructor(sink: StreamSink) {
    this.sink = sink;
  }

  /** Takes the segment in `fields`, whose TCP header is whole. */
  add(view: DataView, fields: PacketFields, timeMs: number): void {
    const syn = (fields.tcpFlags & SYN) !== 0;
    const sequence = (view.getUint32(fields.transportAt + 4) + (syn ? 1 : 0)) >>> 0;
    const length = wireLength(view, fields);
    const entry = this.find(fields, sequence, syn, length, timeMs);
    if (!entry || entry.ended) return;
    if ((fields.tcpFlags & RST) !== 0) {
      this.endWithAll(entry, 'reset', timeMs);
      return;
    }
    if ((fields.tcpFlags & FIN) !== 0) entry.finAt = (sequence + length) >>> 0;
    if (length > 0) this.take(entry, view, fields, sequence, length, timeMs);
    this.closeIfDone(entry, timeMs);
  }

  /** The capture is at its end. What waited behind a hole is given. */
  finish(timeMs: number): void {
    for (const entry of this.open.values()) this.endWithAll(entry, 'end_of_capture', timeMs);
    this.open.clear();
  }

  private find(fields: PacketFields, sequence: number, syn: boolean, length: number, timeMs: number): Open | null {
    const key = keyOf(fields);
    const known = this.open.get(key);
    // Taken out and put in again: what is first in the map was not heard of for the longest time.
    if (known) this.open.delete(key);
    if (known && (!syn || sequence === known.first)) {
      this.open.set(key, known);
      return known;
    }
    if (!syn && length === 0) return null;
    if (known) this.endWithAll(known, 'replaced', timeMs);
    else if (this.open.size >= MAX_STREAMS) this.evict(timeMs);
    const entry: Open = {
      key,
      stream: this.newStream(fields, syn),
      next: sequence,
      first: sequence,
      finAt: -1,
      ended: false,
      pending: [],
      pendingBytes: 0,
    };
    this.open.set(key, entry);
    return entry;
  }

  private newStream(of: PacketFields | TcpStream, fromStart: boolean): TcpStream {
    this.counts.streams++;
    return {
      id: ++this.lastId,
      srcAddr: [...of.srcAddr],
      srcPort: of.srcPort,
      dstAddr: [...of.dstAddr],
      dstPort: of.dstPort,
      fromStart,
    };
  }

  private evict(timeMs: number): void {
    for (const entry of this.open.values()) {
      if (!entry.ended) this.counts.evicted++;
      this.endWithAll(entry, 'evicted', timeMs);
      this.open.delete(entry.key);
      return;
    }
  }

  /** Gives what waits behind holes, then ends it. */
  private endWithAll(entry: Open, why: StreamEnd, timeMs: number): void {
    while (!entry.ended && entry.pending.length > 0) this.jump(entry, timeMs);
    if (!entry.ended) this.end(entry, why, timeMs);
  }

  private end(entry: Open, why: StreamEnd, timeMs: number): void {
    entry.ended = true;
    this.pendingBytes -= entry.pendingBytes;
    entry.pendingBytes = 0;
    entry.pending.length = 0;
    this.sink.onStreamEnd(entry.stream, why, timeMs);
  }

  private take(
    entry: Open,
    view: DataView,
    fields: PacketFields,
    sequence: number,
    length: number,
    timeMs: number,
  ): void {
    if (((sequence - entry.next) | 0) > 0) {
      this.hold(entry, view, fields, sequence, length, timeMs);
      while (this.holdsTooMuch(entry, timeMs)) this.jump(entry, timeMs);
      return;
    }
    this.give(entry, view, fields.payloadAt, fields.payloadLength, sequence, length, timeMs);
    this.drain(entry, timeMs);
  }

  /** Gives the part of a segment that is new; a segment that the capture has cut leaves a gap behind it. */
  private give(
    entry: Open,
    view: DataView,
    at: number,
    captured: number,
    sequence: number,
    length: number,
    timeMs: number,
  ): void {
    // Turned round afterwards: a distance of 2^31 has only one sign in 32 bits, and here it is behind.
    const old = -((sequence - entry.next) | 0);
    this.counts.repeatedBytes += Math.min(old, length);
    if (old >= length) return;
    const fresh = Math.max(0, captured - old);
    if (fresh > 0) this.sink.onStreamData(entry.stream, view, at + old, fresh, timeMs);
    this.counts.bytes += fresh;
    entry.next = (sequence + length) >>> 0;
    if (captured < length) this.noteGap(entry, length - old - fresh, timeMs);
  }

  private hold(
    entry: Open,
    view: DataView,
    fields: PacketFields,
    sequence: number,
    length: number,
    timeMs: number,
  ): void {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + fields.payloadAt, fields.payloadLength).slice();
    let place = entry.pending.length;
    while (place > 0 && ((entry.pending[place - 1]!.sequence - sequence) | 0) > 0) place--;
    entry.pending.splice(place, 0, { sequence, bytes, length, timeMs });
    entry.pendingBytes += bytes.length + SEGMENT_COST_BYTES;
    this.pendingBytes += bytes.length + SEGMENT_COST_BYTES;
  }

  private holdsTooMuch(entry: Open, timeMs: number): boolean {
    return (
      entry.pending.length > MAX_STREAM_PENDING ||
      entry.pendingBytes > MAX_STREAM_PENDING_BYTES ||
      (this.pendingBytes > MAX_PENDING_BYTES && entry.pending.length > 0) ||
      (entry.pending.length > 0 && timeMs - entry.pending[0]!.timeMs > MAX_HOLE_MS)
    );
  }

  /** Gives the segments that now follow. */
  private drain(entry: Open, timeMs: number): void {
    while (entry.pending.length > 0 && ((entry.pending[0]!.sequence - entry.next) | 0) <= 0) {
      const { sequence, bytes, length } = entry.pending.shift()!;
      entry.pendingBytes -= bytes.length + SEGMENT_COST_BYTES;
      this.pendingBytes -= bytes.length + SEGMENT_COST_BYTES;
      this.give(entry, new DataView(bytes.buffer), 0, bytes.length, sequence, length, timeMs);
    }
  }

  /** Gives up the bytes that are missing before the first segment that waits, and goes on with that one. */
  private jump(entry: Open, timeMs: number): void {
    const to = entry.pending[0]!.sequence;
    const missing = (to - entry.next) | 0;
    entry.next = to;
    this.noteGap(entry, missing, timeMs);
    this.drain(entry, timeMs);
    this.closeIfDone(entry, timeMs);
  }

  private noteGap(entry: Open, missing: number, timeMs: number): void {
    this.counts.gaps++;
    this.counts.gapBytes += missing;
    this.sink.onStreamEnd(entry.stream, 'gap', timeMs);
    entry.stream = this.newStream(entry.stream, false);
  }

  private closeIfDone(entry: Open, timeMs: number): void {
    if (!entry.ended && entry.finAt === entry.next) this.end(entry, 'closed', timeMs);
  }
}

/** Payload that the segment had on the wire. */
function wireLength(view: DataView, fields: PacketFields): number {
  if (!fields.cut || fields.ipBytes === 0) return fields.payloadLength;
  const header = (view.getUint8(fields.transportAt + 12) >>> 4) * 4;
  return Math.max(fields.payloadLength, fields.ipAt + fields.ipBytes - fields.transportAt - header);
}

function keyOf(fields: PacketFields): string {
  return `${fields.srcAddr.join()} ${fields.srcPort} ${fields.dstAddr.join()} ${fields.dstPort}`;
}
