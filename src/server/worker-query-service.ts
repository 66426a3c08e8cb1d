import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type ErrorCode, type Log, WeirError } from '../base/index.ts';
import type { AsNamesHandle } from '../label/index.ts';
import type { AskedNetworkSource } from '../query/index.ts';
import { remoteQueries } from './query-calls.ts';
import type { QueryService } from './query-service.ts';
import { ThreadCaller } from './thread-rpc.ts';

/** What the query thread is started with; the ports come beside it. */
export interface QueryThreadOptions {
  /** The data directory. */
  readonly root: string;
  readonly memoryBytes: number;
  readonly threads: number;
  /** What may be written to disk when the memory is used up. */
  readonly spillBytes: number;
  readonly timeoutMs: number;
  readonly askAboveMs: number;
  readonly maxRunning: number;
  readonly maxWaiting: number;
  readonly sets: Readonly<Record<string, readonly string[]>>;
}

export interface QueryThreadData {
  readonly options: QueryThreadOptions;
}

export type QueryThreadReady =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** What the thread is told, beside questions. */
export type QueryThreadOrder =
  | { readonly type: 'stop' }
  | { readonly type: 'squeeze'; readonly on: boolean }
  | NamesOrder;

/** Names of autonomous systems, and where networks are known from. */
interface NamesOrder {
  readonly type: 'names';
  readonly names: AsNamesHandle;
  readonly sources: readonly AskedNetworkSource[];
}

/** What nobody caught in the thread, which goes on. */
export interface QueryThreadNote {
  readonly type: 'uncaught';
  readonly message: string;
  readonly stack: string | undefined;
}

export interface WorkerQueryService extends QueryService {
  /** While it is on, questions get one thread and one turn, and exports wait. */
  squeeze(on: boolean): void;
  /** Reports name autonomous systems by these from now on, and say that networks are known from these sources. */
  useNames(names: AsNamesHandle, sources: readonly AskedNetworkSource[]): void;
  stop(): Promise<void>;
}

/** A thread is ended by force only after so long: when its database is at work then, the process aborts. */
const STOP_MS = 30_000;

interface Thread {
  readonly worker: Worker;
  readonly caller: ThreadCaller;
  readonly ended: Promise<void>;
}

/** The questions, answered in a thread of their own. When it dies its questions fail, and the next one starts a new thread. */
export async function startWorkerQueryService(
  connect: () => MessagePort,
  options: QueryThreadOptions,
  log: Log,
): Promise<WorkerQueryService> {
  let stopped = false;
  let squeezed = false;
  let names: NamesOrder | null = null;
  let current: Promise<Thread> | null = null;
  const start = (): Promise<Thread> => {
    const starting = startThread(connect(), options);
    starting.then(
      ({ worker, caller }) => {
        if (squeezed) tell(worker, { type: 'squeeze', on: true });
        if (names !== null) tell(worker, names);
        worker.on('message', ({ message, stack }: QueryThreadNote) =>
          log.error({ err: { message, stack } }, 'an error in the query thread that nobody caught'),
        );
        worker.on('error', (error) => {
          log.error({ err: error }, 'the query thread failed');
          caller.fail(new WeirError('internal', `the query thread failed: ${error.message}`));
        });
        worker.once('exit', () => {
          caller.fail(new WeirError('internal', 'the query thread has ended'));
          if (current === starting) current = null;
        });
      },
      () => {
        if (current === starting) current = null;
      },
    );
    return starting;
  };
  const thread = (): Promise<Thread> => {
    if (stopped) throw new WeirError('cancelled', 'the node is stopping');
    current ??= start();
    return current;
  };
  await thread();
  return {
    ...remoteQueries(async () => (await thread()).caller),
    squeeze: (on) => {
      squeezed = on;
      void current?.then(
        ({ worker }) => tell(worker, { type: 'squeeze', on }),
        () => {},
      );
    },
    useNames: (given, sources) => {
      const order: NamesOrder = { type: 'names', names: given, sources };
      names = order;
      void current?.then(
        ({ worker }) => tell(worker, order),
        () => {},
      );
    },
    stop: async () => {
      stopped = true;
      const last = await current?.catch(() => null);
      if (!last) return;
      last.caller.fail(new WeirError('cancelled', 'the node is stopping'));
      // A database that still computes is not torn down: its questions are cancelled and waited for, within reason.
      tell(last.worker, { type: 'stop' });
      const deadline = setTimeout(() => void last.worker.terminate(), STOP_MS);
      await last.ended;
      clearTimeout(deadline);
    },
  };
}

function tell(worker: Worker, order: QueryThreadOrder): void {
  worker.postMessage(order);
}

async function startThread(storePort: MessagePort, options: QueryThreadOptions): Promise<Thread> {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('../server/query-worker.js', import.meta.url), {
    workerData: { options, storePort, callPort: port2 },
    transferList: [storePort, port2],
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const ready = await new Promise<QueryThreadReady>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (ready.type === 'failed') {
    await worker.terminate();
    throw new WeirError(ready.code as ErrorCode, ready.message);
  }
  return { worker, caller: new ThreadCaller(port1), ended };
}
