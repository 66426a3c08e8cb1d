import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type CounterSheetHandle, type ErrorCode, WeirError } from '../base/index.ts';
import type { Listens } from './measured-times.ts';
import type { PipelineState } from './pipeline-options.ts';
import type { ProducerShared } from './producer-messages.ts';
import type { SecondsQuestion } from './seconds/second-messages.ts';
import type {
  KnownPlaces,
  StoreOrder,
  StoreReady,
  StoreReply,
  StoreThreadOptions,
  StoreThreadStatus,
} from './store-messages.ts';

/** The store thread as others hold it. */
export interface StoreThread {
  readonly counters: CounterSheetHandle;
  /** First number that journal files of this run may have. */
  readonly nextJournal: number;
  /** Where the export streams stood when the node ended last. */
  readonly streams: PipelineState;
  /** Rows that were recovered from the journal at start. */
  readonly replayed: number;
  /** A port for one reader (attachReader). */
  connect(): MessagePort;
  /** A port through which each second of what arrives is told (FlowSecond), until it is closed. */
  watch(question: SecondsQuestion): MessagePort;
  /** A port for one receive thread. */
  produce(shared: ProducerShared): MessagePort;
  status(): Promise<StoreThreadStatus>;
  /** Whether history keeps its costly tables. */
  extras(on: boolean): void;
  /** What is known of addresses from now on, for journal files that are read late. */
  usePlaces(places: KnownPlaces): void;
  /** Tells whether flows are received from now on: times in which they are not are gaps. */
  listens(what: Listens): void;
  /** Resolves when the thread has ended without being asked to. */
  readonly failed: Promise<Error>;
  /** Writes what is in memory and ends; producers must have ended before. */
  stop(): Promise<void>;
}

/** Opens the store in a thread of its own; what a crash left in the journal is in the store when this returns. */
export async function startStore(options: StoreThreadOptions): Promise<StoreThread> {
  const worker = new Worker(new URL('../ingest/store-worker.js', import.meta.url), { workerData: options });
  const waiting = new Map<number, (reply: StoreReply) => void>();
  let nextId = 1;
  let died: Error | null = null;
  const ready = await new Promise<StoreReady>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (ready.type === 'failed') {
    await worker.terminate();
    throw new WeirError(ready.code as ErrorCode, ready.message);
  }
  worker.on('message', (reply: StoreReply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  let stopping = false;
  const failed = new Promise<Error>((resolve) => {
    const onDeath = (error: Error) => {
      died = error;
      for (const [id, answer] of waiting)
        answer({ id, ok: false, code: 'internal', message: `the store thread ended: ${error.message}` });
      waiting.clear();
      if (!stopping) resolve(error);
    };
    worker.once('error', onDeath);
    worker.once('exit', (code) => onDeath(died ?? new Error(`exit code ${code}`)));
  });
  const ask = (type: 'status' | 'stop'): Promise<StoreThreadStatus | null> =>
    new Promise((resolve, reject) => {
      if (died) return reject(new WeirError('internal', `the store thread ended: ${died.message}`));
      const id = nextId++;
      waiting.set(id, (reply) => {
        if (reply.ok) resolve(reply.value as StoreThreadStatus | null);
        else reject(new WeirError(reply.code as ErrorCode, reply.message));
      });
      worker.postMessage({ id, type });
    });
  const hand = (message: object): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ ...message, port: port1 }, [port1]);
    return port2;
  };
  return {
    counters: ready.counters,
    nextJournal: ready.nextJournal,
    streams: ready.streams,
    replayed: ready.replayed,
    connect: () => hand({ type: 'reader' }),
    watch: (question) => hand({ type: 'seconds', question }),
    produce: (shared) => hand({ type: 'producer', shared }),
    status: async () => (await ask('status'))!,
    extras: (on) => worker.postMessage({ type: 'extras', on } satisfies StoreOrder),
    usePlaces: (places) => worker.postMessage({ type: 'places', places } satisfies StoreOrder),
    listens: (what) => worker.postMessage({ type: 'listens', what, atMs: Date.now() }),
    failed,
    stop: async () => {
      stopping = true;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      await ask('stop');
      await ended;
    },
  };
}
