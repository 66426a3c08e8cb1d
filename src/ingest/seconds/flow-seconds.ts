import type { FlowBatch } from '../../flow/index.ts';
import type { LedgerEntry } from '../../truth/index.ts';
import { QuestionSums } from './question-sums.ts';
import { RowFigures } from './row-figures.ts';
import { SecondLosses } from './second-losses.ts';
import type { FlowSecond, SecondsQuestion } from './second-messages.ts';

/** A batch that a thread which receives fills. */
interface FilledBatch {
  readonly batch: FlowBatch;
  /** Rows that are whole now. */
  rows(): number;
}

/** What a second says of the whole node. */
interface NodeNow {
  readonly nowMs: number;
  readonly completeUntil: number;
  readonly deferred: boolean;
}

/** One who asked. */
interface Asker {
  readonly sums: QuestionSums;
  readonly tell: (second: FlowSecond) => void;
  sinceMs: number;
}

/** Of each second so much time at most: who watches must not hold up who stores. */
const BUDGET_MS = 200;
/** Rows between two looks at the clock. */
const ROWS_AT_ONCE = 4_096;

/**
 * Seconds of what arrives: once a second the rows that are new in the batches in memory are read once, for all who ask. Nothing is read while nobody asks, and
 * none of it is asked of the store. A row is in one second exactly, unless there was no time for it: then it is counted as not looked at.
 */
export class FlowSeconds {
  /** Row up to which each batch was read. */
  private readonly batches = new Map<FilledBatch, number>();
  private readonly askers = new Set<Asker>();
  /** They begin with the next second. */
  private readonly coming = new Set<Asker>();
  private readonly losses = new SecondLosses();
  private readonly figures = new RowFigures();
  private notLookedAt = 0;
  private spentMs = 0;
  private isSqueezed = false;
  private readonly clock: () => number;

  /** `clock`: monotonic, in ms. */
  constructor(clock: () => number = () => performance.now()) {
    this.clock = clock;
  }

  get isAsked(): boolean {
    return this.askers.size + this.coming.size > 0;
  }

  /** A batch is begun. */
  open(batch: FilledBatch): void {
    this.batches.set(batch, 0);
  }

  /** A batch is given back to who fills it: its rows are gone after this. */
  close(batch: FilledBatch): void {
    if (this.askers.size > 0) this.read(batch);
    this.batches.delete(batch);
  }

  see(entries: readonly LedgerEntry[]): void {
    this.losses.see(entries);
  }

  hold(producer: number, entries: readonly LedgerEntry[]): void {
    this.losses.hold(producer, entries);
  }

  /** The node has more to do than it can: no row is read until that is over. */
  squeeze(isSqueezed: boolean): void {
    this.isSqueezed = isSqueezed;
  }

  /** Tells each second from now on; returns what ends it. The first who asks begins at once, others when the second ends that others are in. */
  ask(question: SecondsQuestion, nowMs: number, tell: (second: FlowSecond) => void): () => void {
    const asker: Asker = { sums: new QuestionSums(question), tell, sinceMs: nowMs };
    if (this.askers.size === 0) {
      for (const batch of this.batches.keys()) this.batches.set(batch, batch.rows());
      this.notLookedAt = 0;
      this.losses.take();
      this.askers.add(asker);
    } else this.coming.add(asker);
    return () => {
      this.askers.delete(asker);
      this.coming.delete(asker);
    };
  }

  /** Ends a second: reads what is new, and tells it. */
  look({ nowMs, completeUntil, deferred }: NodeNow): void {
    for (const batch of this.batches.keys()) this.read(batch);
    const lost = this.losses.take();
    for (const { sums, tell, sinceMs } of this.askers) {
      const { duplicates, sampling, ...told } = sums.take();
      const quality = {
        ...{ duplicates, sampling, lost, not_looked_at: this.notLookedAt },
        ...{ deferred, complete_until: completeUntil },
      };
      tell({ from: sinceMs, to: nowMs, ...told, quality });
    }
    for (const asker of this.coming) this.askers.add(asker);
    this.coming.clear();
    for (const asker of this.askers) asker.sinceMs = nowMs;
    this.notLookedAt = 0;
    this.spentMs = 0;
  }

  private read(filled: FilledBatch): void {
    let row = this.batches.get(filled) ?? 0;
    const end = filled.rows();
    if (row === end) return;
    this.batches.set(filled, end);
    const startMs = this.clock();
    let nowMs = startMs;
    const mayRead = () => !this.isSqueezed && this.spentMs + nowMs - startMs < BUDGET_MS;
    if (mayRead()) this.bind(filled.batch);
    while (row < end && mayRead()) {
      const next = Math.min(end, row + ROWS_AT_ONCE);
      this.add(row, next);
      row = next;
      nowMs = this.clock();
    }
    this.notLookedAt += end - row;
    this.spentMs += nowMs - startMs;
  }

  private bind(batch: FlowBatch): void {
    this.figures.bind(batch);
    for (const { sums } of this.askers) sums.bind(batch);
  }

  private add(from: number, to: number): void {
    const { figures } = this;
    // Rows of one question after the other: each has its tables in the cache.
    for (const { sums } of this.askers)
      for (let row = from; row < to; row++) {
        figures.read(row);
        sums.add(row, figures);
      }
  }
}
