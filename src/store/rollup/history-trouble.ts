import { asWeirError, type Clock, type Log } from '../../base/index.ts';

const RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;

/** That history cannot be written at the moment: told once, and tried again less and less often. */
export class HistoryTrouble {
  /** Why it cannot; null when it can. */
  message: string | null = null;
  private retryAtMs = 0;
  private retryMs = RETRY_MS;
  private readonly clock: Clock;
  private readonly log: Log;

  constructor(clock: Clock, log: Log) {
    this.clock = clock;
    this.log = log;
  }

  /** Whether it is too early to try again. */
  isWaiting(nowMs: number): boolean {
    return nowMs < this.retryAtMs;
  }

  met(error: unknown): void {
    const { message } = asWeirError(error);
    if (this.message !== message)
      this.log.error({ err: error }, 'cannot write history: it is made again from the segments when the disk takes it');
    this.message = message;
    this.retryAtMs = this.clock.now() + this.retryMs;
    this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
  }

  /** Something was written. */
  over(): void {
    this.retryMs = RETRY_MS;
    if (this.message !== null) this.log.info('history is written again');
    this.message = null;
  }
}
