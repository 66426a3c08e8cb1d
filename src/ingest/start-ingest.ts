import { Worker } from 'node:worker_threads';
import { type CounterSheetHandle, type ErrorCode, type Log, WeirError } from '../base/index.ts';
import type { HomeNetworks, NamingSettings, PlaceTableHandle } from '../label/index.ts';
import type { ElementMapping } from '../wire/index.ts';
import { threadAsker } from './ask-thread.ts';
import type { ActiveFlows, ActiveQuery, CaptureOptions } from './capture-messages.ts';
import { captureRules } from './capture-stream.ts';
import type { ExporterRule } from './exporter-rules.ts';
import type { ExporterInfo } from './exporters.ts';
import type { LiveQuery, LiveSecond } from './live-messages.ts';
import { mergeActive } from './merge-active.ts';
import { type Overload, OverloadWatch } from './overload-watch.ts';
import type { HostMeterProgram, HostMeterStatus } from './piped-messages.ts';
import { HOST_RULES } from './piped-rules.ts';
import type { PipelineState } from './pipeline-options.ts';
import { newProducerShared, type ProducerShared } from './producer-messages.ts';
import type {
  ListenerOptions,
  Listening,
  PlacesOrder,
  ReceiveReady,
  ReceiveThreadOptions,
} from './receive-messages.ts';
import { readSocketLoads, type SocketLoad } from './socket-loads.ts';
import type { StoreThread } from './store-thread.ts';
import { withoutHeld } from './stream.ts';

export interface IngestOptions {
  /** Datagram ports: each is opened in every receive thread, and takes every export format. */
  readonly listeners: readonly ListenerOptions[];
  /** IPFIX over TCP, in a thread of its own; null for none. */
  readonly tcp: ListenerOptions | null;
  /** Interfaces whose packets are metered, in a thread of its own; null for none. */
  readonly capture: CaptureOptions | null;
  /** What this host sends and receives is metered by a process of its own, which a thread reads; null where it is not. */
  readonly host: HostMeterProgram | null;
  readonly store: StoreThread;
  readonly journalDirectory: string;
  /** The part of its file system that stays free, 0 to 1. */
  readonly freeShare: number;
  readonly receiveBufferBytes: number;
  /** Receive threads; above 1 they share the ports with SO_REUSEPORT. */
  readonly threads: number;
  /** Streams that are known at a time, for each thread. */
  readonly maxExporters: number;
  /** What configuration says of exporters. */
  readonly rules: readonly ExporterRule[];
  readonly elements: readonly ElementMapping[];
  /** What is inside. */
  readonly networks: HomeNetworks;
  /** What is known of addresses at the moment; null where no table is finished yet. */
  readonly places: () => PlaceTableHandle | null;
  /** What configuration adds to the names that come with Weir. */
  readonly naming?: NamingSettings | undefined;
  /** A row leaves its batch for the segment writer after this time at the latest. */
  readonly batchAgeMs: number;
  /** Rows in memory, for each thread: the bound on memory. */
  readonly memoryRows: number;
  readonly log: Log;
}

export interface IngestHandle {
  readonly listening: readonly Listening[];
  readonly counters: readonly CounterSheetHandle[];
  exporters(): Promise<ExporterInfo[]>;
  /** The meter of this host; null where there is none. */
  hostMeter(): Promise<HostMeterStatus | null>;
  /** Flows that are open now; null where nothing is metered. */
  activeFlows(query: ActiveQuery): Promise<ActiveFlows | null>;
  /** The next second of what this host sends and receives; null where it is not metered. */
  live(query: LiveQuery): Promise<LiveSecond | null>;
  /** How full the buffer of each datagram port was, and what came at once. */
  loads(): readonly SocketLoad[];
  /** What is given up at the moment, and how far answers are behind. */
  overload(): Overload;
  /** What is known of addresses from now on: each thread takes it between two datagrams. */
  usePlaces(places: PlaceTableHandle): void;
  /** Called at each change of what is given up. */
  onOverload(listener: (overload: Overload) => void): void;
  /** Resolves when a receive thread has ended without being asked to. */
  readonly failed: Promise<Error>;
  /** Takes what waits in the sockets, hands on what is in memory, closes the sockets. */
  stop(): Promise<void>;
}

/** Rows of one batch; a pool has memoryRows / BATCH_ROWS of them. */
const BATCH_ROWS = 32_768;

interface Thread {
  readonly shared: ProducerShared;
  readonly ready: Extract<ReceiveReady, { type: 'ready' }>;
  /** With what ended it, when nobody asked it to. */
  readonly ended: Promise<Error | null>;
  /** Its streams; none once it has ended. */
  readonly ask: ReturnType<typeof threadAsker>;
  tell(order: PlacesOrder): void;
}

/** Opens the sockets, each in every receive thread; returns when all listen. */
export async function startIngest(options: IngestOptions): Promise<IngestHandle> {
  const threads: Thread[] = [];
  const datagram: Thread[] = [];
  let capture: Thread | null = null;
  let host: Thread | null = null;
  let { listeners } = options;
  try {
    for (let i = 0; i < options.threads && listeners.length > 0; i++) {
      const thread = await startThread(options, i, listeners, 'receive-worker.js');
      threads.push(thread);
      datagram.push(thread);
      // Port 0 was chosen by the first thread; the others share it.
      listeners = thread.ready.listening;
    }
    if (options.tcp) threads.push(await startThread(options, threads.length, [options.tcp], 'tcp-worker.js'));
    if (options.capture) {
      capture = await startThread(options, threads.length, [], 'capture-worker.js');
      threads.push(capture);
    }
    if (options.host) {
      host = await startThread(options, threads.length, [], 'piped-worker.js');
      threads.push(host);
    }
  } catch (error) {
    await stopAll(threads);
    throw error;
  }
  const ports = datagram[0]?.ready.listening ?? [];
  const { log, store } = options;
  const watched = threads.map(({ shared, ready }) => ({ shared, counters: ready.counters[0]! }));
  const watch = new OverloadWatch({ threads: watched, store: store.counters, log });
  watch.start();
  return {
    listening: [...ports, ...threads.slice(datagram.length).flatMap((t) => t.ready.listening)],
    counters: [...threads.flatMap((t) => t.ready.counters), watch.counters.handle()],
    exporters: async () => {
      const replies = await Promise.all(threads.map((t) => t.ask({ type: 'exporters' })));
      return replies.flatMap((reply) => reply?.list ?? []);
    },
    hostMeter: async () => (await host?.ask({ type: 'host' }))?.status ?? null,
    activeFlows: async (query) => {
      const asked = [capture, host].map(async (t) => (await t?.ask({ type: 'active', query }))?.answer ?? null);
      return mergeActive(query, await Promise.all(asked));
    },
    live: async (query) => (await host?.ask({ type: 'live', query }))?.answer ?? null,
    loads: () =>
      readSocketLoads(
        ports.map((p) => p.name),
        datagram.map((t) => t.ready.loads),
      ),
    usePlaces: (places) => {
      for (const { tell } of threads) tell({ type: 'places', id: 0, places });
    },
    overload: () => watch.overload,
    onOverload: (listener) => watch.onChange(listener),
    failed: new Promise((resolve) => {
      for (const t of threads) void t.ended.then((error) => error && resolve(error));
    }),
    stop: () => {
      watch.stop();
      return stopAll(threads);
    },
  };
}

async function startThread(
  options: IngestOptions,
  thread: number,
  listeners: readonly ListenerOptions[],
  program: 'receive-worker.js' | 'tcp-worker.js' | 'capture-worker.js' | 'piped-worker.js',
): Promise<Thread> {
  const capture = program === 'capture-worker.js' ? options.capture : null;
  const host = program === 'piped-worker.js' ? options.host : null;
  const poolBatches = Math.max(4, Math.ceil(options.memoryRows / BATCH_ROWS));
  const shared = newProducerShared(poolBatches);
  const store = options.store.produce(shared);
  const workerData: ReceiveThreadOptions = {
    thread,
    listeners: listeners.map(({ name, address, port }) => ({ name, address, port })),
    receiveBufferBytes: options.receiveBufferBytes,
    reusePort: options.threads > 1,
    maxExporters: options.maxExporters,
    // What configuration says of exporters is not about our own meter.
    rules: capture ? captureRules(capture) : host ? HOST_RULES : options.rules,
    elements: options.elements,
    networks: options.networks,
    places: options.places(),
    naming: options.naming,
    ...(capture ? { capture } : {}),
    ...(host ? { host } : {}),
    journalDirectory: options.journalDirectory,
    freeShare: options.freeShare,
    firstJournal: options.store.nextJournal,
    // A session of TCP ends with its connection, and what our own meter sends with its thread: none goes on from the last run.
    streams: program === 'receive-worker.js' ? stateFor(thread, options.store.streams) : { streams: [] },
    poolBatches,
    batchRows: BATCH_ROWS,
    batchAgeMs: options.batchAgeMs,
    shared,
    store,
  };
  const worker = new Worker(new URL(`../ingest/${program}`, import.meta.url), { workerData, transferList: [store] });
  const stop = new Int32Array(shared.stop);
  let died: Error | null = null;
  const ended = new Promise<Error | null>((resolve) => {
    worker.once('error', (error) => {
      died = error;
    });
    worker.once('exit', (code) =>
      resolve(Atomics.load(stop, 0) === 1 ? null : (died ?? new Error(`a receive thread ended with code ${code}`))),
    );
  });
  const ready = await new Promise<ReceiveReady>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (ready.type === 'failed') {
    await worker.terminate();
    throw new WeirError(ready.code as ErrorCode, ready.message);
  }
  return { shared, ready, ended, ask: threadAsker(worker), tell: (order) => worker.postMessage(order) };
}

async function stopAll(threads: readonly Thread[]): Promise<void> {
  for (const t of threads) Atomics.store(new Int32Array(t.shared.stop), 0, 1);
  await Promise.all(threads.map((t) => t.ended));
}

/** All threads know all streams, because nobody knows to which one the kernel will give them; data that waits is with the first alone. */
function stateFor(thread: number, state: PipelineState): PipelineState {
  return thread === 0 ? state : { streams: state.streams.map(withoutHeld) };
}
