import { setTimeout as sleep } from 'node:timers/promises';
import { pacer } from './command-export-flows.ts';

/**
 * How SIGINT and SIGTERM end a probe. The first one ends the capture, whose open flows are then sent no faster than collectors take them. Where the probe
 * does nothing but wait for collectors, nothing is captured that could end: then it ends the waiting, as a second one does. A third one ends the process.
 */
export class ProbeStop {
  /** Waits where collectors were given more records than the rate; rejects nothing: `hurry` says whether the wait was broken off. */
  readonly pace: (records: number) => Promise<unknown> | undefined;
  private readonly capture = new AbortController();
  private readonly waits = new AbortController();
  private waiting = false;

  /** `rate`: records a second. */
  constructor(rate: number) {
    this.pace = pacer(
      rate,
      () => performance.now(),
      (ms) => this.wait(ms),
    );
  }

  /** Nothing more is captured. */
  get signal(): AbortSignal {
    return this.capture.signal;
  }

  /** Nothing is waited for any more. */
  get hurry(): AbortSignal {
    return this.waits.signal;
  }

  /** From now on signals come here. */
  listen(): void {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => this.take());
  }

  private take(): void {
    if (this.hurry.aborted) process.exit(130);
    if (this.waiting || this.signal.aborted) this.waits.abort();
    this.capture.abort();
  }

  private async wait(ms: number): Promise<void> {
    if (this.hurry.aborted) return;
    this.waiting = true;
    try {
      await sleep(ms, undefined, { signal: this.hurry });
    } catch (error) {
      if (!this.hurry.aborted) throw error;
    }
    this.waiting = false;
  }
}
