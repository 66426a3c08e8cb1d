import { parentPort, workerData } from 'node:worker_threads';
import { asWeirError, type CounterSheet, type CounterSheetHandle, systemClock } from '../base/index.ts';
import { TextColumns } from '../flow/index.ts';
import { JournalWriter } from '../store/index.ts';
import { BatchPool } from './batch-pool.ts';
import { type IngestCounter, ingestCounters } from './ingest-counters.ts';
import { Pipeline } from './pipeline.ts';
import type { LogLevel, ProducerMessage } from './producer-messages.ts';
import { ReceiveLoop } from './receive-loop.ts';
import type {
  Listening,
  ReceiveReady,
  ReceiveReply,
  ReceiveRequest,
  ReceiveThreadOptions,
} from './receive-messages.ts';
import { SocketLoads } from './socket-loads.ts';

/** How often a receive thread looks at the clock, its mail and the stop flag. */
export const TICK_MS = 50;

/** What every receive thread has, however its datagrams come. */
export interface ReceiveThread {
  readonly options: ReceiveThreadOptions;
  readonly pipeline: Pipeline;
  readonly loop: ReceiveLoop;
  readonly counters: CounterSheet<IngestCounter>;
  readonly loads: SocketLoads;
  /** Tells the one who started the thread that all ports are open. */
  ready(listening: readonly Listening[], counters?: readonly CounterSheetHandle[]): void;
  /** Answers what every receive thread is asked. */
  answer(request: ReceiveRequest): void;
  /** To the store thread. */
  post(message: ProducerMessage): void;
  /** A line for the log. */
  log(level: LogLevel, text: string): void;
  stopping(): boolean;
}

/** Where a thread's messages come from, if not in datagrams of the network: over TCP, or from a meter of its own. */
type Origin = { readonly connections?: boolean; readonly metered?: boolean };

/** Builds this worker's thread and runs `body`, which returns when it has been told to stop and has handed on all that it had. */
export async function runReceiveThread(
  body: (thread: ReceiveThread) => void | Promise<void>,
  origin: Origin = {},
): Promise<void> {
  const options = workerData as ReceiveThreadOptions;
  const port = parentPort!;
  let thread: ReceiveThread | null = null;
  let isReady = false;
  try {
    thread = build(options, origin, () => {
      isReady = true;
    });
    await body(thread);
  } catch (error) {
    if (isReady && thread) {
      saveRest(thread.loop);
      // Nobody waits for `failed` any more: the Worker's 'error' event carries the reason.
      throw error;
    }
    const { code, message } = asWeirError(error);
    port.postMessage({ type: 'failed', code, message } satisfies ReceiveReady);
  }
  options.store.close();
}

function build(options: ReceiveThreadOptions, origin: Origin, whenReady: () => void): ReceiveThread {
  const port = parentPort!;
  const { maxExporters, rules, elements, networks, naming } = options;
  const counters = ingestCounters();
  const texts = new TextColumns();
  const pipeline = new Pipeline({
    maxExporters,
    counters,
    texts,
    rules,
    elements,
    networks,
    naming,
    ...origin,
  });
  if (options.places) pipeline.use(options.places);
  pipeline.restore(options.streams);
  const post = (message: ProducerMessage) => options.store.postMessage(message);
  const loop = new ReceiveLoop({
    ...options,
    pipeline,
    journal: new JournalWriter(options.journalDirectory, options.thread, options.freeShare),
    pool: new BatchPool(options.poolBatches, options.batchRows, texts, options.shared),
    counters,
    post,
  });
  const loads = new SocketLoads(options.listeners.length);
  const stopFlag = new Int32Array(options.shared.stop);
  return {
    options,
    pipeline,
    loop,
    counters,
    loads,
    ready(listening, more = []) {
      whenReady();
      port.postMessage({
        type: 'ready',
        listening,
        counters: [counters.handle(), ...more],
        loads: loads.memory,
      } satisfies ReceiveReady);
    },
    answer(request) {
      if (request.type === 'places') pipeline.use(request.places);
      if (request.type !== 'exporters') return;
      port.postMessage({ type: 'exporters', id: request.id, list: pipeline.exporters.list() } satisfies ReceiveReply);
    },
    post,
    log: (level, message) => post({ type: 'log', level, message }),
    stopping: () => Atomics.load(stopFlag, 0) === 1,
  };
}

/** What is in memory is handed on if that can still be done; what is not is in the journal. */
function saveRest(loop: ReceiveLoop): void {
  try {
    loop.finish(systemClock.now());
  } catch {
    // The first error is the one to tell.
  }
}
