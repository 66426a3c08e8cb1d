import { WeirError } from '../base/index.ts';
import type { Budget } from '../store/index.ts';

export interface BudgetOptions {
  /** For the whole query, all its statements together; default 30 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with 0..1, never falling. */
  readonly onProgress?: (share: number) => void;
}

/** Shares one budget between the statements of a query. */
export class QueryBudget {
  readonly startedAt = performance.now();
  private readonly timeoutMs: number;
  private readonly options: BudgetOptions;
  private stages = 1;
  private done = 0;
  private shown = 0;

  constructor(options: BudgetOptions) {
    this.options = options;
    this.timeoutMs = options.timeoutMs ?? 30_000;
  }

  /** Says how many statements there will be. */
  expect(stages: number): void {
    this.stages = Math.max(stages, this.done + 1);
  }

  /** What the next statement may cost. */
  next(): Budget {
    const { signal } = this.options;
    this.check();
    const before = this.done;
    this.done += 1;
    this.stages = Math.max(this.stages, this.done);
    this.progress(before / this.stages);
    const timeoutMs = Math.max(1, Math.ceil(this.timeoutMs - this.elapsedMs));
    return {
      timeoutMs,
      ...(signal ? { signal } : {}),
      onProgress: (share) => this.progress((before + share) / this.stages),
    };
  }

  /** What opening a view may cost: it is no statement, and shows no progress. */
  opening(): Budget {
    this.check();
    const { signal } = this.options;
    return { timeoutMs: Math.max(1, Math.ceil(this.timeoutMs - this.elapsedMs)), ...(signal ? { signal } : {}) };
  }

  /** Ends the query when its time is used up or its caller has gone. */
  check(): void {
    if (this.options.signal?.aborted) throw new WeirError('cancelled', 'the query was cancelled');
    if (this.elapsedMs >= this.timeoutMs) {
      throw new WeirError(
        'timeout',
        `the query was stopped after ${this.timeoutMs} ms: ask for a shorter range or allow more time`,
      );
    }
  }

  finish(): void {
    this.progress(1);
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  private progress(share: number): void {
    const now = Math.min(1, share);
    if (now <= this.shown) return;
    this.shown = now;
    this.options.onProgress?.(now);
  }
}
