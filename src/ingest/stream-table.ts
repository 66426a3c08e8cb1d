import { type AddressWords, formatAddress } from '../flow/index.ts';
import { EntryLimit } from '../wire/index.ts';
import type { ExporterRules } from './exporter-rules.ts';
import { FAMILY, releaseStream, Stream, type StreamKey } from './stream.ts';
import { StreamIndex } from './stream-index.ts';

/** A stream that was silent for this long may make room for another. */
const IDLE_MS = 600_000;
const EVICT_MS = 1_000;
/** Streams of one exporter and domain that are asked whether a new port is one of them. */
const MAX_SIBLINGS = 8;
/** The exporter that all share who come when the table is full: counted, but without a sequence of its own. */
const OTHERS = '(others)';
/** Data sources and interfaces of all sFlow agents together. */
const MAX_SOURCES = 40_000;
/** Ports of one family in the index. */
const FAMILY_PORTS = 65_536;
/** Once three quarters of the table are taken, one address has at most this share of it, and at least so many streams. */
const CROWDED = 0.75;
const ADDRESS_SHARE = 1 / 16;
const ADDRESS_LEAST = 16;
/**
 * The least sequence number that tells a stream which moved. NetFlow v5 begins at 0 and goes on by the records of a datagram; the others begin at
 * 0 or 1, and go on by 1 or not at all: low numbers agree by chance where several exporters share an address.
 */
const LEAST_MOVED: readonly number[] = [0, 100, 100, 100, Number.POSITIVE_INFINITY];

/**
 * The streams of one receive thread, found by where their datagrams come from, bounded: when there is no room, newcomers share one stream until
 * idle ones have gone. To find, to enter and to remove one stream costs the same however many there are.
 */
export class StreamTable {
  readonly others: Stream;
  /** Sets of data that waited for a template in streams that were let go. */
  droppedSets = 0;
  /** Datagrams that were counted under `others`. */
  overflowed = 0;
  private readonly limit: number;
  private readonly rules: ExporterRules;
  private readonly index: StreamIndex;
  private readonly sources = new EntryLimit(MAX_SOURCES);
  private readonly streams: Stream[] = [];
  /** Streams of the same address and domain, to recognise one that changed its port, and of the same address and port. */
  private readonly siblings = new Map<string, Stream[]>();
  private readonly ends = new Map<string, Stream[]>();
  private readonly perAddress = new Map<string, number>();
  private evictedMs = Number.NEGATIVE_INFINITY;

  constructor(limit: number, rules: ExporterRules) {
    this.limit = limit;
    this.rules = rules;
    this.index = new StreamIndex(limit);
    const none: AddressWords = [0, 0, 0, 0];
    const key = { exporter: OTHERS, source: none, address: none, family: FAMILY.unknown, port: 0, domain: 0 };
    this.others = new Stream(key, 0, false, this.sources);
  }

  get size(): number {
    return this.streams.length;
  }

  all(): readonly Stream[] {
    return this.streams;
  }

  /**
   * The stream of a datagram that came from `source` and names `agent` (the same but for sFlow). `sequence` (or -1) lets a known stream keep its
   * count when its exporter changes the source port in the middle: a number that continues it exactly is no coincidence.
   */
  find(
    source: Uint32Array,
    at: number,
    agent: Uint32Array,
    agentAt: number,
    port: number,
    family: number,
    domain: number,
    nowMs: number,
    sequence: number,
  ): Stream {
    const known = this.index.find(source, at, agent, agentAt, port + family * FAMILY_PORTS, domain);
    if (known >= 0) return this.streams[known]!;
    const from = addressAt(source, at);
    const key = {
      exporter: formatAddress(from),
      source: from,
      address: addressAt(agent, agentAt),
      family,
      port,
      domain,
    };
    const moved = this.siblingsOf(key).find((s) => sequence >= LEAST_MOVED[family]! && s.tracker.continues(sequence));
    if (moved) {
      this.move(moved, port);
      return moved;
    }
    if (this.isFull(key.exporter, nowMs)) {
      this.overflowed += 1;
      return this.others;
    }
    const stream = new Stream(key, nowMs, true, this.sources);
    this.enter(stream);
    return stream;
  }

  /** A stream of before; false when there is no room for it. */
  restore(read: (limit: EntryLimit) => Stream | null): void {
    if (this.streams.length >= this.limit) return;
    const stream = read(this.sources);
    if (stream && this.placeOf(stream) < 0) this.enter(stream);
    else if (stream) releaseStream(stream);
  }

  /** Whether this exporter gets no further stream: forged domains and ports of one address must not take the place of all others. */
  private isFull(exporter: string, nowMs: number): boolean {
    if (this.streams.length >= this.limit) this.evict(nowMs);
    if (this.streams.length >= this.limit) return true;
    const share = Math.max(ADDRESS_LEAST, this.limit * ADDRESS_SHARE);
    return this.streams.length >= this.limit * CROWDED && (this.perAddress.get(exporter) ?? 0) >= share;
  }

  private enter(stream: Stream): void {
    stream.settings = this.rules.settingsOf(stream.address);
    this.place(stream, this.streams.length);
    this.streams.push(stream);
    this.perAddress.set(stream.exporter, (this.perAddress.get(stream.exporter) ?? 0) + 1);
    this.join(stream);
  }

  private place(s: Stream, i: number): void {
    this.index.enter(Uint32Array.from(s.source), 0, Uint32Array.from(s.address), 0, portKey(s), s.domain, i);
  }

  private placeOf(s: Stream): number {
    return this.index.find(Uint32Array.from(s.source), 0, Uint32Array.from(s.address), 0, portKey(s), s.domain);
  }

  private unplace(s: Stream): void {
    this.index.remove(Uint32Array.from(s.source), 0, Uint32Array.from(s.address), 0, portKey(s), s.domain);
  }

  private join(stream: Stream): void {
    const siblings = this.siblingsOf(stream).slice(-MAX_SIBLINGS + 1);
    this.siblings.set(siblingKey(stream), [...siblings, stream]);
    const end = endKey(stream.exporter, stream.port);
    const ends = this.ends.get(end);
    if (ends) ends.push(stream);
    else this.ends.set(end, [stream]);
  }

  private leave(stream: Stream): void {
    drop(this.siblings, siblingKey(stream), stream);
    drop(this.ends, endKey(stream.exporter, stream.port), stream);
  }

  /** Other streams of the same exporter, protocol and domain: they differ by their port. */
  siblingsOf(key: StreamKey): readonly Stream[] {
    return this.siblings.get(siblingKey(key)) ?? [];
  }

  /** The streams from one address and port. */
  from(source: Uint32Array, at: number, port: number): readonly Stream[] {
    return this.ends.get(endKey(formatAddress(addressAt(source, at)), port)) ?? [];
  }

  /** A sender can do this with each datagram: it must cost no more than another search. */
  private move(stream: Stream, port: number): void {
    const i = this.placeOf(stream);
    this.unplace(stream);
    this.leave(stream);
    stream.port = port;
    this.place(stream, i);
    this.join(stream);
  }

  /** Streams that were silent for long go, with all that they keep; at most once a second. */
  evict(nowMs: number): void {
    // A clock that was set back must not keep them.
    if (Math.abs(nowMs - this.evictedMs) < EVICT_MS) return;
    this.evictedMs = nowMs;
    for (let i = this.streams.length - 1; i >= 0; i--) {
      const s = this.streams[i]!;
      if (!s.dirty && nowMs - s.lastMs >= IDLE_MS) this.remove(s);
    }
  }

  remove(stream: Stream): void {
    const i = this.placeOf(stream);
    if (i < 0 || this.streams[i] !== stream) return;
    this.unplace(stream);
    this.leave(stream);
    const left = (this.perAddress.get(stream.exporter) ?? 1) - 1;
    if (left > 0) this.perAddress.set(stream.exporter, left);
    else this.perAddress.delete(stream.exporter);
    const last = this.streams.pop()!;
    if (last !== stream) {
      this.streams[i] = last;
      this.unplace(last);
      this.place(last, i);
    }
    this.droppedSets += releaseStream(stream);
  }
}

function drop(lists: Map<string, Stream[]>, key: string, stream: Stream): void {
  const left = (lists.get(key) ?? []).filter((s) => s !== stream);
  if (left.length > 0) lists.set(key, left);
  else lists.delete(key);
}

function addressAt(words: Uint32Array, at: number): AddressWords {
  return [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
}

function portKey({ port, family }: { readonly port: number; readonly family: number }): number {
  return port + family * FAMILY_PORTS;
}

function siblingKey({ exporter, address, family, domain }: StreamKey): string {
  return `${exporter} ${family} ${domain} ${address.join()}`;
}

function endKey(exporter: string, port: number): string {
  return `${exporter} ${port}`;
}
