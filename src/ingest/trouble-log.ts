import { type Log, RateLimit } from '../base/index.ts';
import type { LedgerEntry } from '../truth/index.ts';

const ONCE_PER_MS = 60_000;

/**
 * Says what goes wrong with an exporter, with its address and the cause, at most once a minute for each: everything is counted in the
 * ledger anyway, the log is for the person who looks at it now.
 */
export class TroubleLog {
  private readonly log: Log;
  private readonly limit = new RateLimit(ONCE_PER_MS);

  constructor(log: Log) {
    this.log = log;
  }

  see(entries: readonly LedgerEntry[], nowMs: number): void {
    for (const { exporter, domain, counts } of entries) {
      for (const [counter, n] of Object.entries(counts)) {
        const words = describe(counter);
        if (!words || n <= 0) continue;
        const held = this.limit.allow(`${exporter} ${domain} ${counter}`, nowMs);
        if (held !== null)
          this.log.warn(
            { exporter: exporter || 'this node', domain, count: n, ...(held > 0 ? { repeated: held } : {}) },
            words,
          );
      }
    }
  }
}

function describe(counter: string): string | null {
  switch (counter) {
    case 'lost':
      return 'flow records are missing by sequence number: lost on the way, or dropped by a socket buffer';
    case 'kernel_drops':
      return 'the kernel dropped datagrams because the socket buffer was full: raise receive_buffer (weir doctor says what is allowed)';
    case 'store_drops':
      return 'flow records could be kept neither on disk nor in memory';
    case 'queue_drops':
      return 'datagrams were lost with the journal before they were decoded';
    case 'restarts':
      return 'the exporter began its sequence anew';
    default:
      return counter.startsWith('error_')
        ? `datagrams could not be read, or not wholly: ${counter.slice('error_'.length)}`
        : null;
  }
}
