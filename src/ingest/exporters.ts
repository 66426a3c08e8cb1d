import { type AddressWords, formatAddress } from '../flow/index.ts';
import {
  type ExporterState,
  LEDGER_COUNTERS,
  type LedgerCounter,
  type LedgerCounts,
  type LedgerEntry,
} from '../truth/index.ts';
import { EntryLimit } from '../wire/index.ts';
import type { ExporterRules } from './exporter-rules.ts';
import { minuteOf } from './periods.ts';
import {
  FAMILY,
  releaseStream,
  restoreStream,
  type SavedStream,
  Stream,
  type StreamKey,
  savedBytes,
  saveStream,
} from './stream.ts';
import { StreamIndex } from './stream-index.ts';
import { stateOf } from './stream-state.ts';

/** Position of each counter in a stream's array. */
export const COUNTER = Object.fromEntries(LEDGER_COUNTERS.map((name, i) => [name, i])) as Readonly<
  Record<LedgerCounter, number>
>;

/** A stream that was silent for this long may make room for another. */
const IDLE_MS = 600_000;
/** Streams of one address and domain that are asked whether a new port is one of them. */
const MAX_SIBLINGS = 8;
/** What a journal file begins with: a reader refuses a header above 64 MiB. */
const MAX_SAVED_BYTES = 48 << 20;
/** The exporter that all share who come when the table is full: counted, but without a sequence of its own. */
const OTHERS = '(others)';
/** Data sources and interfaces of all sFlow agents together. */
const MAX_SOURCES = 40_000;
/** Ports of one family in the index. */
const FAMILY_PORTS = 65_536;
/**
 * The least sequence number that tells a stream which moved. NetFlow v5 begins at 0 and goes on by the records of a datagram; the others begin at
 * 0 or 1, and go on by 1 or not at all: low numbers agree by chance where several exporters share an address.
 */
const LEAST_MOVED: readonly number[] = [0, 100, 100, 100, Number.POSITIVE_INFINITY];

/** What is known of a stream, for lists and for people. */
export interface ExporterInfo {
  readonly exporter: string;
  readonly port: number;
  readonly domain: number;
  readonly first_seen: number;
  readonly last_seen: number;
  readonly sampling: number;
  /** The most datagrams within 10 and 100 ms, since this node runs. */
  readonly burst_10ms: number;
  readonly burst_100ms: number;
  readonly counts: Readonly<Partial<Record<LedgerCounter, number>>>;
}

interface GivenUp {
  readonly stream: Stream;
  readonly sets: number;
}

/** All streams of one receive thread, bounded: when there is no room, newcomers share one stream until idle ones have gone. */
export class Exporters {
  private readonly limit: number;
  private readonly rules: ExporterRules;
  private readonly index: StreamIndex;
  private readonly sources = new EntryLimit(MAX_SOURCES);
  private streams: Stream[] = [];
  /** Streams of the same address and domain, to recognise one that changed its port. */
  private readonly siblings = new Map<string, Stream[]>();
  private readonly others: Stream;
  private dirty: Stream[] = [];
  private nextEvictionMs = 0;
  /** Datagrams that were counted under OTHERS; streams that were let go because they were idle. */
  overflowed = 0;
  evicted = 0;

  constructor(limit: number, rules: ExporterRules) {
    this.limit = limit;
    this.rules = rules;
    this.index = new StreamIndex(limit);
    this.others = new Stream(
      { exporter: OTHERS, address: [0, 0, 0, 0], family: FAMILY.unknown, port: 0, domain: 0 },
      0,
      false,
      this.sources,
    );
  }

  /** Streams with something that is not in the ledger yet. */
  get dirtyStreams(): number {
    return this.dirty.length;
  }

  get size(): number {
    return this.streams.length;
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
    const known = this.index.find(agent, agentAt, port + family * FAMILY_PORTS, domain);
    if (known >= 0) return this.streams[known]!;
    const exporter = formatAddress(addressAt(source, at));
    return this.enter({ exporter, address: addressAt(agent, agentAt), family, port, domain }, nowMs, sequence);
  }

  private enter(key: StreamKey, nowMs: number, sequence: number): Stream {
    const siblings = this.siblingsOf(key);
    const moved = siblings.find((s) => sequence >= LEAST_MOVED[key.family]! && s.tracker.continues(sequence));
    if (moved) {
      this.move(moved, key.port);
      return moved;
    }
    if (this.streams.length >= this.limit) this.evict(nowMs);
    if (this.streams.length >= this.limit) {
      this.overflowed += 1;
      return this.others;
    }
    const stream = new Stream(key, nowMs, true, this.sources);
    stream.settings = this.rules.settingsOf(Uint32Array.from(key.address));
    this.index.enter(Uint32Array.from(key.address), 0, portKey(stream), key.domain, this.streams.length);
    this.streams.push(stream);
    this.siblings.set(siblingKey(key), [...siblings.slice(-MAX_SIBLINGS + 1), stream]);
    return stream;
  }

  /** Other streams of the same exporter, protocol and domain: they differ by their port. */
  siblingsOf(key: StreamKey): readonly Stream[] {
    return this.siblings.get(siblingKey(key)) ?? [];
  }

  /** A sender can do this with each datagram: it must cost no more than another search. */
  private move(stream: Stream, port: number): void {
    const address = Uint32Array.from(stream.address);
    const i = this.index.find(address, 0, portKey(stream), stream.domain);
    this.index.remove(address, 0, portKey(stream), stream.domain);
    stream.port = port;
    this.index.enter(address, 0, portKey(stream), stream.domain, i);
  }

  /** A connection has ended: its streams are over, and what they remember holds for no other. */
  close(source: Uint32Array, at: number, port: number): void {
    this.remove(isFrom(source, at, port));
  }

  /**
   * How many sets of data have waited for their template in vain, by stream; they are given up. Without a time nothing more will come, and all of
   * them are.
   */
  *giveUpHeld(nowMs?: number, of: (stream: Stream) => boolean = () => true): Generator<GivenUp> {
    for (const stream of this.streams) {
      const held = stream.templates?.held;
      if (!held || held.size === 0 || !of(stream)) continue;
      const sets = nowMs === undefined ? held.clear() : held.expire(nowMs);
      if (sets > 0) yield { stream, sets };
    }
  }

  /** Streams that were silent for long go, with all that they keep; at most once a second. */
  evict(nowMs: number): void {
    if (nowMs < this.nextEvictionMs) return;
    this.nextEvictionMs = nowMs + 1_000;
    const before = this.streams.length;
    this.remove((s) => !s.dirty && nowMs - s.lastMs >= IDLE_MS);
    this.evicted += before - this.streams.length;
  }

  private remove(over: (stream: Stream) => boolean): void {
    const kept = this.streams.filter((s) => !over(s));
    for (const s of this.streams) if (over(s)) releaseStream(s);
    this.streams = kept;
    this.reindex();
  }

  private reindex(): void {
    this.index.clear();
    this.siblings.clear();
    this.streams.forEach((s, i) => {
      this.index.enter(Uint32Array.from(s.address), 0, portKey(s), s.domain, i);
      this.siblings.set(siblingKey(s), [...this.siblingsOf(s).slice(-MAX_SIBLINGS + 1), s]);
    });
  }

  /** Raises a counter of the stream in the minute of `nowMs`. */
  count(stream: Stream, counter: number, n: number, nowMs: number): void {
    if (n === 0) return;
    if (!stream.dirty) {
      stream.dirty = true;
      stream.minute = minuteOf(nowMs);
      this.dirty.push(stream);
    }
    stream.delta[counter] = stream.delta[counter]! + n;
    stream.total[counter] = stream.total[counter]! + n;
  }

  /** True when what is not in the ledger yet belongs to an earlier minute: it must be taken first. */
  minuteEnded(nowMs: number): boolean {
    return this.dirty.length > 0 && this.dirty[0]!.minute !== minuteOf(nowMs);
  }

  /** What happened since the last call, by exporter and domain. */
  takeLedger(): LedgerEntry[] {
    const entries = this.dirty.flatMap((stream) => {
      const { minute, exporter, domain } = stream;
      const entry: LedgerEntry = { minute, exporter, domain, counts: counts(stream.delta) };
      stream.delta.fill(0);
      stream.dirty = false;
      return [entry, ...interfaceEntries(stream)];
    });
    this.dirty = [];
    return entries;
  }

  list(): ExporterInfo[] {
    // Streams that are known from before and have not come again are not listed.
    const all = [...this.streams, this.others].filter((s) => s.total[COUNTER.datagrams]! > 0);
    return all.map((s) => ({
      exporter: s.exporter,
      port: s.port,
      domain: s.domain,
      first_seen: s.firstMs,
      last_seen: s.lastMs,
      sampling: s.sampling,
      burst_10ms: s.bursts.most10,
      burst_100ms: s.bursts.most100,
      counts: counts(s.total),
    }));
  }

  /** What the streams that came after `sinceMs` say of themselves. */
  states(sinceMs: number): ExporterState[] {
    return this.streams.filter((s) => s.lastMs > sinceMs).map((s) => stateOf(s, this.rules.nameOf(s.address) ?? ''));
  }

  /** The streams seen last, as many as a journal's header has room for: the others begin anew when the file is replayed. */
  save(): SavedStream[] {
    const latest = [...this.streams].sort((a, b) => b.lastMs - a.lastMs);
    let left = MAX_SAVED_BYTES;
    return latest.flatMap((s) => {
      left -= savedBytes(s);
      return left >= 0 ? [saveStream(s)] : [];
    });
  }

  restore(saved: readonly unknown[]): void {
    this.streams = saved.slice(0, this.limit).flatMap((entry) => restoreStream(entry, this.sources) ?? []);
    for (const s of this.streams) s.settings = this.rules.settingsOf(Uint32Array.from(s.address));
    this.reindex();
  }
}

function counts(values: Float64Array): Partial<Record<LedgerCounter, number>> {
  const found: Partial<Record<LedgerCounter, number>> = {};
  LEDGER_COUNTERS.forEach((name, i) => {
    if (values[i]) found[name] = values[i]!;
  });
  return found;
}

/** Streams from that address and port. */
export function isFrom(source: Uint32Array, at: number, port: number): (stream: Stream) => boolean {
  const exporter = formatAddress(addressAt(source, at));
  return (stream) => stream.exporter === exporter && stream.port === port;
}

function addressAt(words: Uint32Array, at: number): AddressWords {
  return [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
}

function portKey({ port, family }: { readonly port: number; readonly family: number }): number {
  return port + family * FAMILY_PORTS;
}

/** Agents behind one address are not one another, whatever their numbers. */
function siblingKey({ exporter, address, family, domain }: StreamKey): string {
  return `${exporter} ${address.join()} ${family} ${domain}`;
}

/** What passed the interfaces of an sFlow agent since the last call. */
function interfaceEntries({ minute, exporter, domain, sflow }: Stream): LedgerEntry[] {
  return (sflow?.takeInterfaceCounters() ?? []).map((c) => {
    const told: Record<string, number | null> = {
      if_seconds: c.seconds,
      if_in_octets: c.inOctets,
      if_out_octets: c.outOctets,
      if_in_packets: c.inPackets,
      if_out_packets: c.outPackets,
      if_in_discards: c.inDiscards,
      if_out_discards: c.outDiscards,
      if_in_errors: c.inErrors,
      if_out_errors: c.outErrors,
    };
    // What the agent does not count is absent, not zero.
    const counts = Object.fromEntries(Object.entries(told).filter(([, n]) => n !== null)) as LedgerCounts;
    return { minute, exporter, domain, interface: c.ifIndex, counts };
  });
}
