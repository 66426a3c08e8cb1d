import { SequenceTracker } from '../truth/index.ts';
import { AgentUptime, type EntryLimit, type ExportHeader, type SflowResult } from '../wire/index.ts';

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
 * source by source; the agent numbers its datagrams as well. Counters of an agent that started anew begin anew: that is no loss.
 */
export class SflowSequences {
  /** Of the last datagram, in records. */
  lost = 0;
  recovered = 0;
  duplicated = 0;
  /** 1 when the agent, or one of its data sources, began anew. */
  restarted = 0;
  /** Datagrams missing before the last one, whatever they held: interface counters are not records. */
  lostDatagrams = 0;
  /** Records of data sources that found no room, ever: their loss is not known. */
  untracked = 0;
  private readonly limit: EntryLimit;
  private readonly uptime = new AgentUptime();
  private datagrams = new SequenceTracker('datagrams');
  private readonly sources = new Map<number, Source>();
  private nextSweepMs = 0;

  /** `limit` bounds the data sources of all streams that share it. */
  constructor(limit: EntryLimit) {
    this.limit = limit;
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
    if (this.uptime.observe(header.uptimeMs, receivedMs)) this.begin();
    // Without a boot time: that sFlow's uptime says so is seen to above.
    this.datagrams.observe(header.sequence, 1, Number.NaN);
    this.lostDatagrams = this.datagrams.lost;
    const { sources, sampleClasses, sampleSources, sampleSequences } = result;
    for (let i = 0; i < sources; i++) {
      this.observeSample(sampleClasses[i]! * HIGH + sampleSources[i]!, sampleSequences[i]!, receivedMs);
    }
  }

  private begin(): void {
    this.restarted = 1;
    this.datagrams = new SequenceTracker('datagrams');
    this.release();
  }

  private observeSample(key: number, sequence: number, receivedMs: number): void {
    const source = this.sources.get(key) ?? this.enter(key, receivedMs);
    if (source === null) {
      this.untracked += 1;
      return;
    }
    const { tracker } = source;
    tracker.observe(sequence, 1, Number.NaN);
    source.lastMs = receivedMs;
    this.lost += tracker.lost;
    this.recovered += tracker.recovered;
    this.duplicated += tracker.duplicated;
    if (tracker.restarted) this.restarted = 1;
  }

  private enter(key: number, receivedMs: number): Source | null {
    if (!this.limit.take()) {
      this.sweep(receivedMs);
      if (!this.limit.take()) return null;
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
      this.limit.give(1);
    }
  }

  /** Gives the share of the bound back: the stream is let go, or begins anew. */
  release(): void {
    this.limit.give(this.sources.size);
    this.sources.clear();
  }

  /** For a journal; `restore` reads it back. */
  save(): unknown {
    return {
      uptime: this.uptime.save(),
      datagrams: this.datagrams.save(),
      sources: [...this.sources].map(([key, { lastMs, tracker }]) => [key, lastMs, tracker.save()]),
    };
  }

  /** What cannot be read begins anew: the datagrams behind the state are worth more than it is. */
  static restore(value: unknown, limit: EntryLimit): SflowSequences {
    const sequences = new SflowSequences(limit);
    const saved = (value ?? {}) as { uptime?: unknown; datagrams?: unknown; sources?: unknown };
    if (Array.isArray(saved.uptime)) sequences.uptime.load(saved.uptime);
    sequences.datagrams = restoredTracker(saved.datagrams) ?? sequences.datagrams;
    for (const entry of Array.isArray(saved.sources) ? saved.sources : []) sequences.load(entry);
    return sequences;
  }

  private load(entry: unknown): void {
    const [key, lastMs, numbers] = Array.isArray(entry) ? entry : [];
    const tracker = restoredTracker(numbers);
    if (!Number.isSafeInteger(key) || !Number.isFinite(lastMs) || tracker === null || this.sources.has(key)) return;
    if (this.limit.take()) this.sources.set(key, { tracker, lastMs });
  }
}

function restoredTracker(saved: unknown): SequenceTracker | null {
  try {
    return Array.isArray(saved) ? SequenceTracker.restore(saved) : null;
  } catch {
    return null;
  }
}
