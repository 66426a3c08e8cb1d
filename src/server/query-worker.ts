import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { asWeirError } from '../base/index.ts';
import { attachReader } from '../ingest/index.ts';
import { AsNames } from '../label/index.ts';
import type { AskedNetworkSource } from '../query/index.ts';
import { setThreadPriority } from '../system/index.ts';
import { localQueryService } from './local-query-service.ts';
import { serveQueries } from './query-calls.ts';
import type { QueryThreadData, QueryThreadNote, QueryThreadOrder, QueryThreadReady } from './worker-query-service.ts';

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
    let names: AsNames | null = null;
    let sources: readonly AskedNetworkSource[] = [];
    const service = localQueryService(reader, {
      ...options,
      scratchDirectory: join(options.root, 'tmp'),
      asName: (asn) => names?.name(asn) ?? '',
      networkSources: () => sources,
    });
    serveQueries(callPort, service);
    keepServing();
    parentPort!.on('message', (order: QueryThreadOrder) => {
      if (order.type === 'squeeze') {
        service.squeeze(order.on);
        void reader.setThreads(order.on ? 1 : options.threads);
        return;
      }
      if (order.type === 'names') {
        names = new AsNames(order.names);
        sources = order.sources;
        return;
      }
      void service
        .stop()
        .then(() => reader.close())
        .then(() => process.exit());
    });
    parentPort!.postMessage({ type: 'ready' } satisfies QueryThreadReady);
  } catch (error) {
    const { code, message } = asWeirError(error);
    parentPort!.postMessage({ type: 'failed', code, message } satisfies QueryThreadReady);
  }
}

/**
 * From here on the database may be at work at any time, and a thread that ends then takes the process with it. What nobody caught
 * is told to the other side, which logs it; the question that it belonged to may fail, the others do not.
 */
function keepServing(): void {
  const tell = (reason: unknown) => {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    const { message, stack } = error;
    parentPort!.postMessage({ type: 'uncaught', message, stack } satisfies QueryThreadNote);
  };
  process.on('uncaughtException', tell);
  process.on('unhandledRejection', tell);
}

void main();
