import type { LiveDimension, LiveQuery, LiveSecond } from '../../ingest/index.ts';
import type { Policy } from '../policy/policy.ts';
import type { HostMeter } from '../table/host-meter.ts';
import { LiveTotals } from './live-totals.ts';

const SECOND_MS = 1_000;
/** A timer may be early by so much. */
const EARLY_MS = 2;
/** Nobody asks any more. */
const UNASKED_MS = 5_000;
/** The meter could not look for so long: who asked meanwhile is heard only after the sweep. */
const HELD_UP_MS = 2_000;

/** What is beside the totals of a second. */
export interface LiveFacts {
  readonly level: LiveSecond['level'];
  /** Packets that are in no flow, since the meter began. */
  readonly unmetered: number;
  readonly recordsSampled: number;
  readonly notes: readonly string[];
}

interface Waiting {
  readonly query: LiveQuery;
  readonly give: (second: LiveSecond | null) => void;
}

/** Seconds of this host for those who ask for them, one by one. While nobody does, nothing is computed and nothing kept. */
export class LiveView {
  private readonly meter: HostMeter;
  private readonly policy: Policy | null;
  private readonly facts: () => LiveFacts;
  private totals: LiveTotals | null = null;
  private dimensions: readonly LiveDimension[] = [];
  private waiting: Waiting[] = [];
  private askedMs = 0;
  private sweptMs = 0;
  /** Since when it is counted; null: from the next whole second on. */
  private fromMs: number | null = null;
  private unmetered = 0;

  constructor(meter: HostMeter, policy: Policy | null, facts: () => LiveFacts) {
    this.meter = meter;
    this.policy = policy;
    this.facts = facts;
  }

  get isOn(): boolean {
    return this.dimensions.length > 0;
  }

  /** Gives the next second. */
  ask(query: LiveQuery, nowMs: number, give: (second: LiveSecond | null) => void): void {
    this.askedMs = nowMs;
    const more = query.by.filter((dimension) => !this.dimensions.includes(dimension));
    if (more.length > 0) this.begin([...this.dimensions, ...more]);
    this.waiting.push({ query, give });
  }

  /** To be called after each sweep. */
  swept(nowMs: number): void {
    const heldUp = nowMs - this.sweptMs > HELD_UP_MS;
    this.sweptMs = nowMs;
    if (!this.isOn || (heldUp && this.waiting.length === 0)) return;
    if (this.isUnasked(nowMs)) this.end();
    else if (this.fromMs === null) this.start(nowMs);
    else if (secondOf(nowMs) !== secondOf(this.fromMs)) this.tell(this.fromMs, nowMs);
  }

  /** How soon it wants the next sweep: at the next whole second. */
  waitMs(nowMs: number): number {
    return this.isOn ? SECOND_MS - (nowMs % SECOND_MS) + EARLY_MS : Number.POSITIVE_INFINITY;
  }

  /** Who still waits has asked, however long ago: a meter that could not look for longer than that owes them all of this time. After a clock that was set back nobody knows. */
  private isUnasked(nowMs: number): boolean {
    if (nowMs < this.askedMs - UNASKED_MS) return true;
    return this.waiting.length === 0 && nowMs - this.askedMs > UNASKED_MS;
  }

  /** What is counted by from now on; what was counted is of no use for it. */
  private begin(dimensions: readonly LiveDimension[]): void {
    this.dimensions = dimensions;
    this.fromMs = null;
    this.meter.watched = null;
    this.totals = null;
  }

  private start(nowMs: number): void {
    this.totals = new LiveTotals(this.meter.liveSource(), this.policy, this.dimensions);
    this.meter.watched = this.totals;
    this.totals.count(nowMs);
    this.next(nowMs);
  }

  private next(nowMs: number): void {
    this.totals!.clear();
    this.fromMs = nowMs;
    this.unmetered = this.facts().unmetered;
  }

  private tell(from: number, nowMs: number): void {
    const totals = this.totals!;
    totals.count(nowMs);
    const { level, unmetered, recordsSampled, notes } = this.facts();
    // A clock that was set back: nobody knows how long this was.
    const waiting = nowMs > from ? this.waiting.splice(0) : [];
    for (const { query, give } of waiting) {
      const { total, by, duplicates, removed } = totals.sums(query);
      const quality = {
        duplicates,
        removed,
        unmetered_packets: unmetered - this.unmetered,
        records_sampled: recordsSampled,
        notes,
      };
      give({ from, to: nowMs, level, byte_layer: this.meter.backend.byteLayer, total, by, quality });
    }
    this.next(nowMs);
  }

  private end(): void {
    for (const { give } of this.waiting.splice(0)) give(null);
    this.begin([]);
  }
}

function secondOf(ms: number): number {
  return Math.floor(ms / SECOND_MS);
}
