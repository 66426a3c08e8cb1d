import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../base/index.ts';
import type { FlowRecord } from '../query/index.ts';
import { type ExportCounts, type ExportProtocol, flowEncoder } from '../wire/index.ts';
import type { Sender } from './command-export-send.ts';

export interface SendOptions {
  readonly protocol: ExportProtocol;
  /** UDP loses: templates are sent again and again. A file or a connection has them once (RFC 7011, section 8.1). */
  readonly lossy: boolean;
  /** Flow records a second; none: as fast as the other side takes them. */
  readonly rate?: number | undefined;
  readonly absoluteTimes?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Messages that nothing limits hold more records, which saves bytes. */
const STREAM_MESSAGE_BYTES = 8_192;
/** As long as the sender may be ahead of its pace: no more than this stands in the collector's buffer at once. */
const SLICE_MS = 5;

/** Sends all records and says what came of it. Memory does not grow with their number. */
export async function sendFlows(
  records: AsyncIterable<readonly FlowRecord[]>,
  sender: Sender,
  options: SendOptions,
): Promise<ExportCounts> {
  const { protocol, lossy, rate, absoluteTimes = false, signal } = options;
  const waiting: Uint8Array[] = [];
  const encoder = flowEncoder(protocol, {
    send: (message) => waiting.push(message),
    absoluteTimes,
    ...(lossy ? {} : { mtu: STREAM_MESSAGE_BYTES, refreshDatagrams: 0, refreshMs: 0 }),
  });
  const pace = rate === undefined ? () => undefined : pacer(rate, () => performance.now());
  const drain = async () => {
    for (const message of waiting) {
      if (signal?.aborted) throw new WeirError('cancelled', 'the export was cancelled');
      await sender.send(message);
    }
    waiting.length = 0;
  };
  try {
    for await (const piece of records) {
      for (const record of piece) {
        const before = encoder.counts.records;
        encoder.add(record, Date.now());
        const ahead = pace(encoder.counts.records - before);
        if (ahead) await ahead;
        if (waiting.length > 0) await drain();
      }
    }
    encoder.end(Date.now());
    await drain();
    await sender.finish();
  } finally {
    await sender.abandon();
  }
  return encoder.counts;
}

/** Waits where more than `rate` units a second were let through; it never makes up for time in which nothing came. */
export function pacer(
  rate: number,
  now: () => number,
  wait: (ms: number) => Promise<unknown> = sleep,
): (units: number) => Promise<unknown> | undefined {
  let due = now();
  return (units) => {
    due = Math.max(due, now() - SLICE_MS) + (1000 * units) / rate;
    const ahead = due - now();
    return ahead > SLICE_MS ? wait(ahead) : undefined;
  };
}
