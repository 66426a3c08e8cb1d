import { AgentUptime } from './agent-uptime.ts';
import { deleteFirst, type EntryHolder, EntryLimit } from './entry-limit.ts';
import { InterfaceCounters } from './interface-counters.ts';
import type { InterfaceCounterDelta } from './interface-state.ts';

/** Interfaces and data sources of a session that shares its bound with nobody. */
const OWN_LIMIT = 4_096;
/** A rise of the drops above this is no rise but a counter of something else. */
const PLAUSIBLE_RISE = 2 ** 24;
const FORGET_MS = 3_600_000;
const HIGH = 4_294_967_296;

interface SourceState {
  drops: number;
  lastMs: number;
}

/** What is remembered of one agent and sub-agent at one address and port: its drops by data source, and its interfaces' counters. */
export class SflowSession {
  readonly interfaces: InterfaceCounters;
  /** Samples of data sources that found no room for their drops, or lost theirs, since the last datagram began. */
  untracked = 0;
  private readonly room: EntryHolder;
  private readonly uptime = new AgentUptime();
  private readonly sources = new Map<number, SourceState>();
  private lastMs = 0;

  /** `limit` bounds what all sessions that share it remember; what finds no room is not counted (`untracked`). */
  constructor(limit: EntryLimit = new EntryLimit(OWN_LIMIT)) {
    this.room = limit.holder((count) => this.shed(count));
    this.interfaces = new InterfaceCounters(this.room);
  }

  /** How often the agent started anew while it was heard. */
  get starts(): number {
    return this.uptime.starts;
  }

  /** A datagram begins. */
  begin(uptimeMs: number, receivedMs: number): void {
    this.lastMs = receivedMs;
    this.untracked = this.shedSources;
    this.interfaces.untracked = this.shedInterfaces;
    this.shedSources = 0;
    this.shedInterfaces = 0;
    this.room.used(receivedMs);
    // A device that counts its drops from 0 again must not pass for one that drops billions.
    if (this.uptime.observe(uptimeMs, receivedMs)) this.forgetSources();
  }

  /**
   * What the drops of a data source rose by; 0 for the first that is heard of it. `kind` tells flow samples from
   * discarded packets, which are counted each by itself.
   */
  dropsSince(kind: number, sourceClass: number, index: number, drops: number): number {
    const key = (kind * 4_096 + (sourceClass & 0xfff)) * HIGH + index;
    const state = this.sources.get(key);
    if (state === undefined) {
      if (this.room.take()) this.sources.set(key, { drops, lastMs: this.lastMs });
      else this.untracked += 1;
      return 0;
    }
    state.lastMs = this.lastMs;
    const rise = (drops - state.drops) | 0;
    // A little behind is a datagram that was overtaken; far behind is a counter that was set back.
    if (rise > 0 || rise < -PLAUSIBLE_RISE) state.drops = drops;
    return rise > 0 && rise <= PLAUSIBLE_RISE ? rise : 0;
  }

  /** What the agent's interfaces counted since the last call. */
  takeInterfaceCounters(): InterfaceCounterDelta[] {
    for (const [key, state] of this.sources) {
      if (this.lastMs - state.lastMs <= FORGET_MS) continue;
      this.sources.delete(key);
      this.room.give(1);
    }
    return this.interfaces.take(this.lastMs);
  }

  /** Gives its share of the bound back; the session is not used afterwards. */
  release(): void {
    this.forgetSources();
    this.interfaces.release();
  }

  /** Others have less: what is let go begins anew, and is told with the next datagram. */
  private shed(count: number): void {
    const sources = deleteFirst(this.sources, count);
    this.room.give(sources);
    this.shedSources += sources;
    this.shedInterfaces += this.interfaces.shed(count - sources);
  }
  private shedSources = 0;
  private shedInterfaces = 0;

  private forgetSources(): void {
    this.room.give(this.sources.size);
    this.sources.clear();
  }

  save(): unknown {
    return {
      lastMs: this.lastMs,
      uptime: this.uptime.save(),
      sources: [...this.sources].map(([key, { drops, lastMs }]) => [key, drops, lastMs]),
      interfaces: this.interfaces.save(),
    };
  }

  /** What cannot be read begins anew. */
  static restore(value: unknown, limit?: EntryLimit): SflowSession {
    const session = new SflowSession(limit);
    const saved = (value ?? {}) as { lastMs?: unknown; uptime?: unknown; sources?: unknown; interfaces?: unknown };
    if (typeof saved.lastMs === 'number') {
      session.lastMs = saved.lastMs;
      session.room.used(saved.lastMs);
    }
    if (Array.isArray(saved.uptime)) session.uptime.load(saved.uptime);
    for (const entry of Array.isArray(saved.sources) ? saved.sources : []) session.loadSource(entry);
    session.interfaces.load(saved.interfaces);
    return session;
  }

  private loadSource(entry: unknown): void {
    const [key, drops, lastMs] = Array.isArray(entry) ? entry : [];
    if (!Number.isFinite(key) || !Number.isFinite(drops) || !Number.isFinite(lastMs) || this.sources.has(key)) return;
    if (this.room.take()) this.sources.set(key, { drops, lastMs });
  }
}
