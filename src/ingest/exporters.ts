import { type AddressWords, formatAddress } from '../flow/index.ts';
import { LEDGER_COUNTERS, type LedgerCounter, type LedgerEntry } from '../truth/index.ts';
import { minuteOf } from './periods.ts';
import { restoreStream, type SavedStream, Stream, saveStream } from './stream.ts';
import { StreamIndex } from './stream-index.ts';

/** Position of each counter in a stream's array. */
export const COUNTER = Object.fromEntries(LEDGER_COUNTERS.map((name, i) => [name, i])) as Readonly<
  Record<LedgerCounter, number>
>;

/** A stream that was silent for this long may make room for another. */
const IDLE_MS = 600_000;
/** Streams of one address and domain that are asked whether a new port is one of them. */
const MAX_SIBLINGS = 8;
/** Streams whose state a journal file begins with; a state takes less than 1,000 bytes, and a reader refuses a header above 64 MiB. */
const MAX_SAVED = 60_000;
/** The exporter that all share who come when the table is full: counted, but without a sequence of its own. */
const OTHERS = '(others)';

/** What is known of a stream, for lists and for people. */
export interface ExporterInfo {
  readonly exporter: string;
  readonly port: number;
  readonly domain: number;
  readonly first_seen: number;
  readonly last_seen: number;
  readonly sampling: number;
  readonly counts: Readonly<Partial<Record<LedgerCounter, number>>>;
}

/** All streams of one receive thread, bounded: when there is no room, newcomers share one stream until idle ones have gone. */
export class Exporters {
  private readonly limit: number;
  private readonly index: StreamIndex;
  private streams: Stream[] = [];
  /** Streams of the same address and domain, to recognise one that changed its port. */
  private readonly siblings = new Map<string, Stream[]>();
  private readonly others: Stream;
  private dirty: Stream[] = [];
  private nextEvictionMs = 0;
  /** Datagrams that were counted under OTHERS; streams that were let go because they were idle. */
  overflowed = 0;
  evicted = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.index = new StreamIndex(limit);
    this.others = new Stream([0, 0, 0, 0], OTHERS, 0, 0, 0, false);
  }

  /** Streams with something that is not in the ledger yet. */
  get dirtyStreams(): number {
    return this.dirty.length;
  }

  get size(): number {
    return this.streams.length;
  }

  /**
   * The stream of a datagram. `sequence` (or -1) lets a known stream keep its count when its exporter changes the
   * source port in the middle: a number that continues it exactly is no coincidence.
   */
  find(source: Uint32Array, at: number, port: number, domain: number, nowMs: number, sequence: number): Stream {
    const known = this.index.find(source, at, port, domain);
    if (known >= 0) return this.streams[known]!;
    return this.enter(source, at, port, domain, nowMs, sequence);
  }

  private enter(
    source: Uint32Array,
    at: number,
    port: number,
    domain: number,
    nowMs: number,
    sequence: number,
  ): Stream {
    const address: AddressWords = [source[at]!, source[at + 1]!, source[at + 2]!, source[at + 3]!];
    const exporter = formatAddress(address);
    const key = `${exporter} ${domain}`;
    const siblings = this.siblings.get(key) ?? [];
    const moved = siblings.find((s) => sequence >= 0 && s.tracker.continues(sequence));
    if (moved) {
      this.move(moved, source, at, port);
      return moved;
    }
    if (this.streams.length >= this.limit) this.evict(nowMs);
    if (this.streams.length >= this.limit) {
      this.overflowed += 1;
      return this.others;
    }
    const stream = new Stream(address, exporter, port, domain, nowMs, true);
    this.index.enter(source, at, port, domain, this.streams.length);
    this.streams.push(stream);
    this.siblings.set(key, [...siblings.slice(-MAX_SIBLINGS + 1), stream]);
    return stream;
  }

  /** A sender can do this with each datagram: it must cost no more than another search. */
  private move(stream: Stream, source: Uint32Array, at: number, port: number): void {
    const i = this.index.find(source, at, stream.port, stream.domain);
    this.index.remove(source, at, stream.port, stream.domain);
    stream.port = port;
    this.index.enter(source, at, port, stream.domain, i);
  }

  private evict(nowMs: number): void {
    if (nowMs < this.nextEvictionMs) return;
    this.nextEvictionMs = nowMs + 1_000;
    const before = this.streams.length;
    this.streams = this.streams.filter((s) => s.dirty || nowMs - s.lastMs < IDLE_MS);
    this.evicted += before - this.streams.length;
    this.reindex();
  }

  private reindex(): void {
    this.index.clear();
    this.siblings.clear();
    this.streams.forEach((s, i) => {
      this.index.enter(Uint32Array.from(s.address), 0, s.port, s.domain, i);
      const key = `${s.exporter} ${s.domain}`;
      const siblings = this.siblings.get(key) ?? [];
      if (siblings.length < MAX_SIBLINGS) this.siblings.set(key, [...siblings, s]);
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
    const entries = this.dirty.map((stream) => {
      const entry: LedgerEntry = {
        minute: stream.minute,
        exporter: stream.exporter,
        domain: stream.domain,
        counts: counts(stream.delta),
      };
      stream.delta.fill(0);
      stream.dirty = false;
      return entry;
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
      counts: counts(s.total),
    }));
  }

  /** The streams seen last, as many as a journal's header has room for: the others begin anew when the file is replayed. */
  save(): SavedStream[] {
    return latestOf(this.streams, (s) => s.lastMs).map(saveStream);
  }

  restore(saved: readonly unknown[]): void {
    this.streams = saved.slice(0, this.limit).flatMap((entry) => restoreStream(entry) ?? []);
    this.reindex();
  }
}

/** Those seen last, as many as are kept from one run to the next. */
export function latestOf<T>(streams: readonly T[], lastMs: (stream: T) => number): readonly T[] {
  if (streams.length <= MAX_SAVED) return streams;
  return [...streams].sort((a, b) => lastMs(b) - lastMs(a)).slice(0, MAX_SAVED);
}

function counts(values: Float64Array): Partial<Record<LedgerCounter, number>> {
  const found: Partial<Record<LedgerCounter, number>> = {};
  LEDGER_COUNTERS.forEach((name, i) => {
    if (values[i]) found[name] = values[i]!;
  });
  return found;
}
