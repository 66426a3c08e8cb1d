import { parentPort, workerData } from 'node:worker_threads';
import { asWeirError, type ErrorCode, WeirError } from '../base/index.ts';
import { setThreadPriority } from '../system/index.ts';
import { importFlows } from './import.ts';
import type { ImportInput, ImportReport, ImportThreadOptions } from './import-messages.ts';
import { BatchesThere } from './import-there.ts';

/** An import thread: it lives as long as one import, and gives way to receivers, the store and queries. */
const { id, options, shared, store } = workerData as ImportThreadOptions;
const port = parentPort!;
const NICE = 10;
const BEAT_MS = 50;

const say = (report: ImportReport) => port.postMessage(report);

/** The bytes as they come from the other thread, in order. */
async function* bytes(): AsyncGenerator<Uint8Array> {
  const waiting: ImportInput[] = [];
  let wake = () => {};
  port.on('message', (input: ImportInput) => {
    waiting.push(input);
    wake();
  });
  for (;;) {
    const input = waiting.shift();
    if (!input) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    } else if (input.type === 'end') return;
    else if (input.type === 'broken') throw new WeirError(input.code as ErrorCode, input.message);
    else {
      yield input.bytes;
      say({ type: 'taken', bytes: input.bytes.length });
    }
  }
}

async function main(): Promise<void> {
  setThreadPriority(NICE);
  const batches = new BatchesThere(id, shared, store);
  const beat = setInterval(() => batches.beat(), BEAT_MS);
  const { facts, error } = await importFlows(bytes(), batches, options, (progress) =>
    say({ type: 'progress', facts: progress }),
  );
  clearInterval(beat);
  batches.end();
  const failure = error && asWeirError(error);
  say({ type: 'done', facts, error: failure && { code: failure.code, message: failure.message } });
  port.close();
}

void main();
