import { type Log, RateLimit } from '../base/index.ts';
import { type LedgerEntry, mergeLedger } from '../truth/index.ts';

const ONCE_PER_MS = 60_000;

/**
 * Says what goes wrong with an exporter, with its address and the cause, at most once a minute for each: everything is counted in the
 * ledger anyway, the log is for the person who looks at it now.
 */
export class TroubleLog {
  private readonly log: Log;
  private readonly limit = new RateLimit(ONCE_PER_MS);
  /** Counts that each producer holds, as they were last told. */
  private readonly told = new Map<number, ReadonlyMap<string, number>>();

  constructor(log: Log) {
    this.log = log;
  }

  /** What a producer counted; what was told of it while it was held is not told again. */
  see(producer: number, entries: readonly LedgerEntry[], nowMs: number): void {
    const told = this.told.get(producer);
    for (const { minute, exporter, domain, counts } of told ? mergeLedger(entries) : entries) {
      for (const [counter, count] of Object.entries(counts)) {
        const words = describe(counter);
        const n = count - (told?.get(`${minute} ${exporter} ${domain} ${counter}`) ?? 0);
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

  /** What a producer holds, all of it again each time: only what is new is told. */
  hold(producer: number, entries: readonly LedgerEntry[], nowMs: number): void {
    this.see(producer, entries, nowMs);
    const told = new Map<string, number>();
    for (const { minute, exporter, domain, counts } of entries)
      for (const [counter, n] of Object.entries(counts))
        if (describe(counter)) told.set(`${minute} ${exporter} ${domain} ${counter}`, n);
    if (told.size > 0) this.told.set(producer, told);
    else this.told.delete(producer);
  }
}

function describe(counter: string): string | null {
  switch (counter) {
    case 'lost':
      return 'flow records are missing by sequence number: lost on the way, or dropped by a socket buffer';
    case 'kernel_drops':
      return 'the kernel dropped datagrams because the socket buffer was full: weir doctor says how large it should have been';
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
