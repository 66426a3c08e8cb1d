import { type AddressWords, parseAddress } from '../flow/index.ts';
import { LEDGER_COUNTERS, SequenceTracker } from '../truth/index.ts';

/** One export stream: a source address and port with one observation domain. Its sequence numbers count by themselves. */
export class Stream {
  readonly address: AddressWords;
  readonly exporter: string;
  port: number;
  readonly domain: number;
  tracker = new SequenceTracker();
  /** Null for the shared stream of those who found no room. */
  readonly tracked: boolean;
  firstMs: number;
  lastMs: number;
  /** What happened since the ledger was last taken, and ever. */
  readonly delta = new Float64Array(LEDGER_COUNTERS.length);
  readonly total = new Float64Array(LEDGER_COUNTERS.length);
  minute = 0;
  dirty = false;
  /** Latest sampling rate and where it is known from. */
  sampling = 1;
  samplingOrigin = 0;

  constructor(address: AddressWords, exporter: string, port: number, domain: number, nowMs: number, tracked: boolean) {
    this.address = address;
    this.exporter = exporter;
    this.port = port;
    this.domain = domain;
    this.firstMs = this.lastMs = nowMs;
    this.tracked = tracked;
  }
}

/** A stream as a journal file carries it. */
export type SavedStream = readonly [
  exporter: string,
  port: number,
  domain: number,
  firstMs: number,
  lastMs: number,
  tracker: readonly number[],
];

export function saveStream(s: Stream): SavedStream {
  return [s.exporter, s.port, s.domain, s.firstMs, s.lastMs, s.tracker.save()];
}

/** Null for what is no stream. What cannot be read of its sequence begins anew: the datagrams behind the state are worth more than it is. */
export function restoreStream(saved: unknown): Stream | null {
  if (!Array.isArray(saved)) return null;
  const [exporter, port, domain, firstMs, lastMs, tracker] = saved as unknown as SavedStream;
  const address = typeof exporter === 'string' ? parseAddress(exporter) : null;
  if (!address) return null;
  const stream = new Stream(address, exporter, port, domain, firstMs, true);
  stream.lastMs = lastMs;
  stream.tracker = restoredTracker(tracker);
  return stream;
}

function restoredTracker(saved: readonly number[]): SequenceTracker {
  try {
    return SequenceTracker.restore(saved);
  } catch {
    return new SequenceTracker();
  }
}
