import { SequenceTracker } from '../truth/index.ts';
import {
  AgentUptime,
  deleteFirst,
  type EntryHolder,
  type EntryLimit,
  type ExportHeader,
  type SflowResult,
} from '../wire/index.ts';
import { restoredOr } from './saved-state.ts';

const HIGH = 2 ** 32;
/** A tracker as text. */
const SOURCE_BYTES = 700;
/** A data source that was silent for this long makes room for others. */
const FORGET_MS = 3_600_000;
/** How often it is looked for such ones, when there is no room. */
const SWEEP_MS = 10_000;

interface Source {
  tracker: SequenceTracker;
  lastMs: number;
}

/**
 * The sequences of one sFlow stream. Each data source of an agent numbers its samples, so what is missing is counted in records,
 * source by source. Counters of an agent that started anew begin anew: that is no loss.
 */
export class SflowSequences {
  /** Of the last datagram, in records. */
  lost = 0;
  recovered = 0;
  duplicated = 0;
  /** 1 when the agent, or one of its data sources, began anew. */
  restarted = 0;
  /** Records of the last datagram whose data source found no room, and sources that lost theirs before it: their loss is not known. */
  untracked = 0;
  private readonly room: EntryHolder;
  private readonly uptime = new AgentUptime();
  private readonly sources = new Map<number, Source>();
  private nextSweepMs = 0;
  private shedSources = 0;

  /** `limit` bounds the data sources of all streams that share it. */
  constructor(limit: EntryLimit) {
    this.room = limit.holder((count) => this.shed(count));
  }

  /** About what `save` gives takes as text. */
  get savedBytes(): number {
    return this.sources.size * SOURCE_BYTES;
  }

  /** A datagram that has been decoded. */
  observe(header: ExportHeader, result: SflowResult, receivedMs: number): void {
    this.lost = 0;
    this.recovered = 0;
    this.duplicated = 0;
    this.restarted = 0;
    this.untracked = this.shedSources;
    this.shedSources = 0;
    this.room.used(receivedMs);
    if (this.uptime.observe(header.uptimeMs, receivedMs)) this.begin();
    const { sources, sampleClasses, sampleSources, sampleSequences } = result;
    for (let i = 0; i < sources; i++) {
      this.observeSample(sampleClasses[i]! * HIGH + sampleSources[i]!, sampleSequences[i]!, receivedMs);
    }
  }

  private begin(): void {
    this.restarted = 1;
    this.release();
  }

  private observeSample(key: number, sequence: number, receivedMs: number): void {
    const source = this.sources.get(key) ?? this.enter(key, receivedMs);
    if (source === null) {
      this.untracked += 1;
      return;
    }
    const { tracker } = source;
    // Without a boot time: that sFlow's uptime says so is seen to above.
    tracker.observe(sequence, 1, Number.NaN);
    source.lastMs = receivedMs;
    this.lost += tracker.lost;
    this.recovered += tracker.recovered;
    this.duplicated += tracker.duplicated;
    if (tracker.restarted) this.restarted = 1;
  }

  private enter(key: number, receivedMs: number): Source | null {
    if (!this.room.take()) {
      this.sweep(receivedMs);
      if (!this.room.take()) return null;
    }
    const source = { tracker: new SequenceTracker('records'), lastMs: receivedMs };
    this.sources.set(key, source);
    return source;
  }

  private sweep(receivedMs: number): void {
    if (receivedMs < this.nextSweepMs) return;
    this.nextSweepMs = receivedMs + SWEEP_MS;
    for (const [key, { lastMs }] of this.sources) {
      if (receivedMs - lastMs <= FORGET_MS) continue;
      this.sources.delete(key);
      this.room.give(1);
    }
  }

  /** Others have less: what is let go begins anew, and is told with the next datagram. */
  private shed(count: number): void {
    const n = deleteFirst(this.sources, count);
    this.room.give(n);
    this.shedSources += n;
  }

  /** Gives the share of the bound back: the stream is let go, or begins anew. */
  release(): void {
    this.room.give(this.sources.size);
    this.sources.clear();
  }

  /** For a journal; `restore` reads it back. */
  save(): unknown {
    return {
      uptime: this.uptime.save(),
      sources: [...this.sources].map(([key, { lastMs, tracker }]) => [key, lastMs, tracker.save()]),
    };
  }

  /** What cannot be read begins anew: the datagrams behind the state are worth more than it is. */
  static restore(value: unknown, limit: EntryLimit): SflowSequences {
    const sequences = new SflowSequences(limit);
    const saved = (value ?? {}) as { uptime?: unknown; sources?: unknown };
    if (Array.isArray(saved.uptime)) sequences.uptime.load(saved.uptime);
    for (const entry of Array.isArray(saved.sources) ? saved.sources : []) sequences.load(entry);
    return sequences;
  }

  private load(entry: unknown): void {
    const [key, lastMs, numbers] = Array.isArray(entry) ? entry : [];
    const tracker = restoredOr(() => (Array.isArray(numbers) ? SequenceTracker.restore(numbers) : null), null);
    if (!Number.isSafeInteger(key) || !Number.isFinite(lastMs) || tracker === null || this.sources.has(key)) return;
    if (!this.room.take()) return;
    this.sources.set(key, { tracker, lastMs });
    if (lastMs > this.room.lastMs) this.room.used(lastMs);
  }
}
