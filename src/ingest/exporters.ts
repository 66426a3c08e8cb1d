import type { ExporterState, LedgerCounts, LedgerEntry } from '../truth/index.ts';
import { FORMAT } from '../wire/index.ts';
import type { ExporterRules } from './exporter-rules.ts';
import { minuteOf } from './periods.ts';
import type { Heard } from './producer-messages.ts';
import { restoreStream, type SavedStream, type Stream, savedBytes, saveStream } from './stream.ts';
import { COUNTER, countsOf, takeEntries } from './stream-ledger.ts';
import { changedState } from './stream-state.ts';
import { StreamTable } from './stream-table.ts';

/** What a journal file begins with: a reader refuses a header above 64 MiB. */
const MAX_SAVED_BYTES = 48 << 20;

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
  /** Sets of data that wait for their template now. */
  readonly waiting_sets: number;
  readonly counts: Readonly<LedgerCounts>;
}

interface GivenUp {
  readonly stream: Stream;
  readonly sets: number;
}

/** The streams of one receive thread, with what was counted for each and is not in the ledger yet. */
export class Exporters {
  readonly table: StreamTable;
  private readonly rules: ExporterRules;
  private dirty: Stream[] = [];
  /** Of streams that are over: what was heard of them and is not told yet. */
  private closed: Heard[] = [];

  /** What is not of the minute in which it was found out. */
  private owed: LedgerEntry[] = [];

  constructor(limit: number, rules: ExporterRules) {
    this.rules = rules;
    this.table = new StreamTable(limit, rules);
  }

  get size(): number {
    return this.table.size;
  }

  /** A connection has ended: its streams are over, and what they remember holds for no other. */
  close(source: Uint32Array, at: number, port: number): void {
    for (const stream of [...this.table.from(source, at, port)]) {
      this.closed.push(...heardOf(stream));
      this.table.remove(stream);
    }
  }

  /** A meter has ended without telling of the flows that it had open: their packets are missing where they were. In order, it has none open. */
  loseOpen(source: Uint32Array, at: number, port: number): void {
    for (const { exporter, domain, templates } of this.table.from(source, at, port))
      for (const [minute, packets] of templates?.facts.open.list() ?? [])
        this.owed.push({ minute, exporter, domain, counts: { unmetered_packets: packets } });
  }

  /**
   * How many sets of data have waited for their template in vain, by stream; they are given up. Without a time nothing more will come, and all of
   * them are.
   */
  *giveUpHeld(nowMs?: number, of: readonly Stream[] = this.table.all()): Generator<GivenUp> {
    for (const stream of of) {
      const held = stream.templates?.held;
      if (!held || held.size === 0) continue;
      const sets = nowMs === undefined ? held.clear() : held.expire(nowMs);
      if (sets > 0) yield { stream, sets };
    }
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
    const { table } = this;
    if (table.droppedSets > 0)
      this.count(table.others, COUNTER.error_no_template, table.droppedSets, table.others.lastMs);
    table.droppedSets = 0;
    const entries = [...this.dirty.flatMap(takeEntries), ...this.owed];
    this.dirty = [];
    this.owed = [];
    return entries;
  }

  list(): ExporterInfo[] {
    // Streams that are known from before and have not come again are not listed.
    const all = [...this.table.all(), this.table.others].filter((s) => s.total[COUNTER.datagrams]! > 0);
    return all.map((s) => ({
      exporter: s.exporter,
      port: s.port,
      domain: s.domain,
      first_seen: s.firstMs,
      last_seen: s.lastMs,
      sampling: s.sampling,
      burst_10ms: s.bursts.most10,
      burst_100ms: s.bursts.most100,
      waiting_sets: s.templates?.held.size ?? 0,
      counts: countsOf(s.total),
    }));
  }

  /** Streams that something came from since the last call; not those whose datagrams nobody can read. */
  heard(): Heard[] {
    const list = [...this.closed, ...this.table.all().flatMap(heardOf)];
    this.closed = [];
    return list;
  }

  /** What streams say of themselves that is new since they were last asked; those known from before that have not come again say nothing. */
  states(nowMs: number): ExporterState[] {
    return this.table.all().flatMap((s) => {
      if (s.format === FORMAT.unknown) return [];
      return changedState(s, this.rules.nameOf(s.address) ?? '', nowMs) ?? [];
    });
  }

  /**
   * As many streams as a journal's header has room for: the others begin anew when the file is replayed. First those whose state is no larger than
   * an equal share of the room, the latest first: a few that make theirs large must not push all others out.
   */
  save(): SavedStream[] {
    const latest = [...this.table.all()]
      .sort((a, b) => b.lastMs - a.lastMs)
      .map((stream) => ({ stream, bytes: savedBytes(stream) }));
    const share = MAX_SAVED_BYTES / Math.max(1, latest.length);
    let left = MAX_SAVED_BYTES;
    const fits = (bytes: number) => {
      if (bytes > left) return false;
      left -= bytes;
      return true;
    };
    const small = latest.filter(({ bytes }) => bytes <= share && fits(bytes));
    const large = latest.filter(({ bytes }) => bytes > share && fits(bytes));
    return [...small, ...large].map(({ stream }) => saveStream(stream));
  }

  restore(saved: readonly unknown[]): void {
    for (const entry of saved) this.table.restore((limit) => restoreStream(entry, limit));
  }
}

function heardOf(stream: Stream): Heard[] {
  const { exporter, domain, presentMs, heardMs, heardRecords, heardBytes } = stream;
  if (presentMs === heardMs || stream.format === FORMAT.unknown) return [];
  const records = stream.total[COUNTER.records]!;
  stream.heardMs = presentMs;
  stream.heardRecords = records;
  stream.heardBytes = 0;
  return [[exporter, domain, presentMs, records - heardRecords, heardBytes]];
}
