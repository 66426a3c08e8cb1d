import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { asWeirError, type ErrorCode, WeirError } from '../base/index.ts';
import { NO_FACTS, type SourceFacts } from '../store/index.ts';
import type { ImportOptions, ImportOutcome } from './import.ts';
import { IMPORT_BATCHES } from './import-batches.ts';
import type { ImportInput, ImportReport, ImportThreadOptions } from './import-messages.ts';
import { newProducerShared } from './producer-messages.ts';
import type { StoreThread } from './store-thread.ts';

/** Bytes on their way to the thread, at most. */
const IN_FLIGHT = 4 << 20;

/** As importFlows, in a thread of its own beside the store's; never throws. */
export async function importInThread(
  store: StoreThread,
  source: AsyncIterable<Uint8Array>,
  options: ImportOptions,
  onProgress: (facts: SourceFacts) => void,
): Promise<ImportOutcome> {
  const shared = newProducerShared(IMPORT_BATCHES);
  const port = store.produce(shared);
  const workerData: ImportThreadOptions = { id: `import-${randomUUID()}`, options, shared, store: port };
  const worker = new Worker(new URL('../ingest/import-worker.js', import.meta.url), {
    workerData,
    transferList: [port],
  });
  const post = (input: ImportInput) => worker.postMessage(input);
  let facts = NO_FACTS;
  let inFlight = 0;
  let over = false;
  let moved = () => {};
  const outcome = new Promise<ImportOutcome>((resolve) => {
    worker.on('message', (report: ImportReport) => {
      if (report.type === 'taken') inFlight -= report.bytes;
      else facts = report.facts;
      if (report.type === 'progress') onProgress(facts);
      if (report.type === 'done') resolve({ facts, error: report.error && errorOf(report.error) });
      moved();
    });
    const died = (error: Error) => {
      // A producer that is gone must not hold back what the others have.
      new Float64Array(shared.heartbeat)[0] = Number.POSITIVE_INFINITY;
      resolve({ facts, error: new WeirError('internal', `the import thread ended: ${error.message}`) });
    };
    worker.once('error', died);
    worker.once('exit', (code) => died(new Error(`exit code ${code}`)));
  }).finally(() => {
    over = true;
    moved();
  });
  try {
    for await (const piece of source) {
      // A copy of its own: the piece may lie in a pool of the reader.
      post({ type: 'bytes', bytes: new Uint8Array(piece) });
      inFlight += piece.length;
      while (inFlight >= IN_FLIGHT && !over)
        await new Promise<void>((resolve) => {
          moved = resolve;
        });
      if (over) break;
    }
    post({ type: 'end' });
  } catch (error) {
    const { code, message } = asWeirError(error);
    post({ type: 'broken', code, message });
  }
  return outcome;
}

function errorOf({ code, message }: { code: string; message: string }): WeirError {
  return new WeirError(code as ErrorCode, message);
}
