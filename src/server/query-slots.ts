import { type Clock, systemClock, WeirError } from '../base/index.ts';

type QueryKind = 'query' | 'flows' | 'report' | 'export';

/** A question that runs or waits, as `/api/v1/queries` lists it. */
export interface RunningQuery {
  readonly id: string;
  readonly kind: QueryKind;
  /** What was asked, in one line. */
  readonly text: string;
  /** Whose it is; absent where that is not known. */
  readonly asker?: string | undefined;
  readonly state: 'waiting' | 'running';
  /** When it was asked, ms since 1970. */
  readonly startedMs: number;
  /** 0..1. */
  readonly progress: number;
}

export interface SlotOptions {
  /** Questions that run at once. */
  readonly maxRunning: number;
  /** Questions that may wait; one more is refused. */
  readonly maxWaiting: number;
  readonly clock?: Clock;
  /** First letter of the ids; `q` unless told. */
  readonly prefix?: string;
}

/** What the work in a slot is given. */
export interface Slot {
  readonly id: string;
  readonly signal: AbortSignal;
  progress(share: number): void;
}

export interface SlotRequest {
  readonly kind: QueryKind;
  readonly text: string;
  readonly asker?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

interface Entry extends SlotRequest {
  readonly id: string;
  readonly startedMs: number;
  readonly abort: AbortController;
  progress: number;
  running: boolean;
  /** Lets the entry run; set while it waits. */
  admit?: () => void;
}

/** How many questions run at once is bounded, and so is how many wait: each has an id, a progress and can be cancelled. */
export class QuerySlots {
  private readonly entries = new Map<string, Entry>();
  private readonly options: SlotOptions;
  private readonly clock: Clock;
  private nextId = 1;
  private onEmpty: (() => void) | undefined;
  private maxRunning: number;

  constructor(options: SlotOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.maxRunning = options.maxRunning;
  }

  list(): RunningQuery[] {
    return [...this.entries.values()].map(({ id, kind, text, asker, startedMs, progress, running }) => ({
      id,
      kind,
      text,
      ...(asker === undefined ? {} : { asker }),
      state: running ? ('running' as const) : ('waiting' as const),
      startedMs,
      progress,
    }));
  }

  /** From now on so many run at once, at most as many as at the start. Those that run already go on. */
  limit(running: number): void {
    this.maxRunning = Math.min(running, this.options.maxRunning);
    this.admitNext();
  }

  /** False when there is no such question (any more). */
  cancel(id: string): boolean {
    const entry = this.entries.get(id);
    entry?.abort.abort();
    return entry !== undefined;
  }

  /** Cancels all, and resolves when none is left. */
  async stop(): Promise<void> {
    for (const entry of this.entries.values()) entry.abort.abort();
    if (this.entries.size === 0) return;
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve;
    });
  }

  /**
   * A slot, as soon as one is free. Whoever took it must `leave()` it, exactly once, when the work and all reading of its
   * answer are over. Raises WeirError `busy` when too many wait, `cancelled` when the wait was cut short.
   */
  async enter(request: SlotRequest): Promise<Slot & { leave(): void }> {
    if (request.signal?.aborted) throw cancelled();
    const waiting = [...this.entries.values()].filter((e) => !e.running).length;
    if (this.runningCount() >= this.maxRunning && waiting >= this.options.maxWaiting) {
      throw new WeirError('busy', `${this.maxRunning} queries run and ${waiting} wait: ask again later`);
    }
    const abort = new AbortController();
    const onAbort = () => abort.abort();
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const id = `${this.options.prefix ?? 'q'}${this.nextId++}`;
    const entry: Entry = { ...request, id, startedMs: this.clock.now(), abort, progress: 0, running: false };
    this.entries.set(id, entry);
    const leave = () => {
      request.signal?.removeEventListener('abort', onAbort);
      this.entries.delete(id);
      if (this.entries.size === 0) this.onEmpty?.();
      this.admitNext();
    };
    try {
      if (this.runningCount() >= this.maxRunning) await this.turnOf(entry);
      else entry.running = true;
    } catch (error) {
      leave();
      throw error;
    }
    const progress = (share: number) => {
      entry.progress = Math.max(entry.progress, Math.min(1, share));
      entry.onProgress?.(entry.progress);
    };
    return { id, signal: abort.signal, progress, leave };
  }

  /** Runs the work in a slot. */
  async run<T>(request: SlotRequest, work: (slot: Slot) => Promise<T>): Promise<T> {
    const slot = await this.enter(request);
    try {
      return await work(slot);
    } finally {
      slot.leave();
    }
  }

  private runningCount(): number {
    let n = 0;
    for (const entry of this.entries.values()) if (entry.running) n += 1;
    return n;
  }

  private turnOf(entry: Entry): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(cancelled());
      entry.abort.signal.addEventListener('abort', onAbort, { once: true });
      entry.admit = () => {
        entry.abort.signal.removeEventListener('abort', onAbort);
        delete entry.admit;
        entry.running = true;
        resolve();
      };
    });
  }

  private admitNext(): void {
    while (this.runningCount() < this.maxRunning) {
      const next = [...this.entries.values()].find((e) => e.admit && !e.abort.signal.aborted);
      if (!next) return;
      next.admit!();
    }
  }
}

function cancelled(): WeirError {
  return new WeirError('cancelled', 'the query was cancelled');
}
