import { type Clock, CounterSheet, type CounterSheetHandle, type Log, systemClock } from '../base/index.ts';
import { OVERLOAD_STEPS, OverloadController, type OverloadState } from './overload-controller.ts';
import { type ProducerShared, usedShare } from './producer-messages.ts';

/** A receive thread as it is looked at: memory that it shares, and its own counters. */
interface WatchedThread {
  readonly shared: ProducerShared;
  readonly counters: CounterSheetHandle;
}

export interface OverloadWatchOptions {
  readonly threads: readonly WatchedThread[];
  /** Of the store thread. */
  readonly store: CounterSheetHandle;
  readonly log: Log;
  readonly clock?: Clock;
}

/** What holds at the moment, for health and for those who are to give way. */
export interface Overload extends OverloadState {
  /** How far answers are behind what was received. */
  readonly lagMs: number;
  /** The share of its batches that the fullest receive thread has in use. */
  readonly pool: number;
  /** The longest time for which a receive thread has not come round; it does so twenty times a second. */
  readonly silentMs: number;
  /** When the clock of the machine was set, as far as that was seen: ms since 1970; null when it was not. */
  readonly clockSetMs: number | null;
}

const LOOK_MS = 100;
/** A difference between the two clocks that no delay of this thread explains. */
const CLOCK_STEP_MS = 1_000;
/** All batches in use: then datagrams are only journalled, and a thread says nothing of the time up to which all is in view. */
const FULL = 1;

/**
 * Looks ten times a second at how full everything is, and tells the receive threads how much to keep. It runs in the main thread, which no flood keeps
 * busy; what it looks at lies in shared memory.
 */
export class OverloadWatch {
  readonly counters = new CounterSheet([
    {
      key: 'step',
      name: 'weir_overload_step',
      help: 'What the node has given up: 0 nothing, 1 questions are squeezed, 2 extras are off, 3 flows are shed',
      kind: 'gauge',
    },
    { key: 'rate', name: 'weir_shed_rate', help: 'One flow in so many is kept; 1: all', kind: 'gauge' },
    {
      key: 'lag',
      name: 'weir_ingest_lag_seconds',
      help: 'How far answers are behind what was received',
      kind: 'gauge',
    },
  ]);
  private readonly options: OverloadWatchOptions;
  private readonly clock: Clock;
  private readonly controller = new OverloadController();
  private readonly reads: readonly ((name: string) => number)[];
  private readonly store: (name: string) => number;
  private readonly listeners: ((overload: Overload) => void)[] = [];
  private timer: NodeJS.Timeout | null = null;
  private clockAhead = Number.NaN;
  private clockSetMs: number | null = null;

  constructor(options: OverloadWatchOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.reads = options.threads.map((t) => reader(t.counters));
    this.store = reader(options.store);
    this.counters.set('rate', 1);
  }

  /** Called at each change. */
  onChange(listener: (overload: Overload) => void): void {
    this.listeners.push(listener);
  }

  start(): void {
    this.timer = setInterval(() => this.look(performance.now()), LOOK_MS);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  get overload(): Overload {
    const { clockSetMs } = this;
    return { ...this.controller.state, lagMs: this.lagMs(), pool: this.pool(), silentMs: this.silentMs(), clockSetMs };
  }

  /** `monotonicMs`: of a clock that nobody sets. */
  look(monotonicMs: number): void {
    this.watchClock(monotonicMs);
    const lagMs = this.lagMs();
    this.counters.set('lag', lagMs / 1_000);
    const sum = (name: string) => this.reads.reduce((n, read) => n + read(name), 0);
    const changed = this.controller.observe({
      nowMs: monotonicMs,
      buffer: Math.max(
        0,
        ...this.reads.map((read) =>
          share(read('weir_ingest_buffer_queued_bytes'), read('weir_ingest_buffer_limit_bytes')),
        ),
      ),
      lagMs,
      received: sum('weir_ingest_records_total'),
      datagrams: sum('weir_ingest_datagrams_total'),
      deferred: sum('weir_ingest_deferred_datagrams_total'),
      written: this.store('weir_store_written_rows_total') + this.store('weir_store_replayed_rows_total'),
      waiting: this.store('weir_store_deferred_files') > 0,
      failing: this.store('weir_store_failing') > 0,
    });
    if (changed) this.apply();
  }

  private apply(): void {
    const { overload } = this;
    const { step, rate, cause, lagMs } = overload;
    for (const { shared } of this.options.threads) Atomics.store(new Int32Array(shared.shed), 0, rate);
    this.counters.set('step', step);
    this.counters.set('rate', rate);
    const facts = { step, name: OVERLOAD_STEPS[step], keep: `1 in ${rate}`, lag_seconds: Math.round(lagMs / 100) / 10 };
    if (step > 0) this.options.log.warn(facts, `overload: ${cause}`);
    else this.options.log.info(facts, 'overload is over: nothing is given up any more');
    for (const listener of this.listeners) listener(overload);
  }

  private lagMs(): number {
    const heard = Math.min(
      ...this.options.threads.map((t) => new Float64Array(t.shared.heartbeat)[0]!).filter((ms) => ms > 0),
    );
    const since = this.store('weir_store_deferred_since_timestamp_seconds') * 1_000;
    const until = Math.min(heard, since > 0 ? since : Number.POSITIVE_INFINITY);
    return Number.isFinite(until) ? Math.max(0, this.clock.now() - until) : 0;
  }

  private pool(): number {
    return Math.max(0, ...this.options.threads.map((t) => usedShare(t.shared)));
  }

  private silentMs(): number {
    const now = this.clock.now();
    const silent = this.options.threads
      .filter((t) => usedShare(t.shared) < FULL)
      .map((t) => now - new Float64Array(t.shared.heartbeat)[0]!);
    return Math.max(0, ...silent.filter((ms) => ms < now));
  }

  private watchClock(monotonicMs: number): void {
    const ahead = this.clock.now() - monotonicMs;
    if (Math.abs(ahead - this.clockAhead) > CLOCK_STEP_MS) this.clockSetMs = this.clock.now();
    this.clockAhead = ahead;
  }
}

/** Reads a thread's counters by their names for Prometheus; 0 for one that it does not have. */
function reader({ defs, memory }: CounterSheetHandle): (name: string) => number {
  const values = new Float64Array(memory);
  const at = new Map(defs.map((d, i) => [d.name, i]));
  return (name) => values[at.get(name) ?? values.length] ?? 0;
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
