import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { asWeirError } from '../base/index.ts';
import { attachReader } from '../ingest/index.ts';
import { setThreadPriority } from '../system/index.ts';
import { localQueryService } from './local-query-service.ts';
import { serveQueries } from './query-calls.ts';
import type { QueryThreadData, QueryThreadReady } from './worker-query-service.ts';

/** The query thread: its own DuckDB over the store of another thread. Nothing but questions runs here, and at a lower priority than receiving. */
const NICE = 5;

async function main(): Promise<void> {
  const { storePort, callPort, options } = workerData as QueryThreadData & {
    storePort: MessagePort;
    callPort: MessagePort;
  };
  // Threads that DuckDB starts inherit the priority: it is set before.
  setThreadPriority(NICE);
  try {
    const reader = await attachReader(storePort, {
      memoryBytes: options.memoryBytes,
      threads: options.threads,
      tempDirectory: join(options.root, 'tmp'),
      spillBytes: options.spillBytes,
      directories: [options.root],
    });
    const service = localQueryService(reader, { ...options, scratchDirectory: join(options.root, 'tmp') });
    serveQueries(callPort, service);
    parentPort!.once(
      'message',
      () =>
        void service
          .stop()
          .then(() => reader.close())
          .then(() => process.exit()),
    );
    parentPort!.postMessage({ type: 'ready' } satisfies QueryThreadReady);
  } catch (error) {
    const { code, message } = asWeirError(error);
    parentPort!.postMessage({ type: 'failed', code, message } satisfies QueryThreadReady);
  }
}

void main();
