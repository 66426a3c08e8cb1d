import type { Log } from '../base/index.ts';
import {
  type IngestHandle,
  importService,
  isSqueezed,
  keepsExtras,
  type StoreThread,
  startIngest,
  startStore,
} from '../ingest/index.ts';
import { type HomeNetworks, homePrefixes } from '../label/index.ts';
import { layoutOf } from '../store/index.ts';
import { captureOf } from './capture-setting.ts';
import { openTcpDoor, openUnixDoor, type SharedApiOptions, urlOf } from './doors.ts';
import { hostMeterOf } from './host-meter-setting.ts';
import { LiveState } from './live-state.ts';
import { MEMORY_SEGMENTS, SEGMENT_AGE_MS, WRITER_MEMORY_BYTES } from './node-bounds.ts';
import { retentionOf } from './retention-setting.ts';
import { registerNode } from './runtime-directory.ts';
import { DATAGRAM_LISTENERS, type NodeConfig } from './settings.ts';
import { weirVersion } from './version.ts';
import { startWorkerQueryService, type WorkerQueryService } from './worker-query-service.ts';

export interface RunningNode {
  /** Open ports in the order in which `weir up` prints them. */
  readonly listening: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  /** Where the API is for a client on this machine; null without HTTP. */
  readonly url: string | null;
  /** The Unix socket that serves the same API. */
  readonly socket: string;
  /** Resolves when a thread that the node cannot be without has died. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

/** A batch is handed to the segment writer at this age: short, so that a journal file does not wait for a quiet exporter. */
const BATCH_AGE_MS = 60_000;
const MAX_RUNNING_QUERIES = 2;
const MAX_WAITING_QUERIES = 32;

/** Starts store, queries, API and receivers, in this order; returns when all ports are open. What was started is stopped when a later step fails. */
export async function startNode(config: NodeConfig, log: Log): Promise<RunningNode> {
  const started: (() => Promise<void> | void)[] = [];
  try {
    return await assemble(config, log, started);
  } catch (error) {
    await inOrder(started.reverse()).catch(() => {});
    throw error;
  }
}

async function assemble(config: NodeConfig, log: Log, started: (() => Promise<void> | void)[]): Promise<RunningNode> {
  const layout = layoutOf(config.data);
  const store = await startStore({
    root: config.data,
    retention: retentionOf(config),
    segmentRows: config.segment_rows,
    segmentAgeMs: SEGMENT_AGE_MS,
    writerMemoryBytes: WRITER_MEMORY_BYTES,
    journalSyncMs: config.journal_sync,
    maxExporters: config.max_exporters,
    log: { style: config.log, level: 'info' },
  });
  started.push(() => store.stop());
  if (store.replayed > 0) log.info({ rows: store.replayed }, 'recovered rows from the journal');

  const queries = await startQueries(config, store, log);
  started.push(() => queries.stop());

  const imports = importService({
    root: config.data,
    store,
    rules: config.exporters,
    elements: config.elements,
    networks: networksOf(config),
    maxExporters: config.max_exporters,
  });
  started.push(() => imports.stop());

  let ingest: IngestHandle | undefined;
  const state = new LiveState(store, queries, () => ingest, homePrefixes(networksOf(config)).length > 0);
  started.push(() => state.stop());
  const shared: SharedApiOptions = {
    service: queries,
    node: state,
    imports,
    log,
    version: weirVersion(),
    token: config.http_token,
    names: config.http_names,
    sets: setsOf(config),
    tempDirectory: layout.tmp,
  };
  const unix = await openUnixDoor(shared, layout.socket);
  started.push(() => unix.close());
  const tcp = config.http ? await openTcpDoor(shared, config.http) : null;
  if (tcp) started.push(() => tcp.close());

  ingest = await startIngest({
    listeners: DATAGRAM_LISTENERS.flatMap((name) => (config[name] ? [{ name, ...config[name] }] : [])),
    tcp: config.ipfix_tcp ? { name: 'ipfix-tcp', ...config.ipfix_tcp } : null,
    capture: captureOf(config),
    host: hostMeterOf(config),
    store,
    journalDirectory: layout.journal,
    freeShare: config.free_space,
    receiveBufferBytes: config.receive_buffer,
    threads: config.receive_threads,
    maxExporters: config.max_exporters,
    rules: config.exporters,
    elements: config.elements,
    networks: networksOf(config),
    batchAgeMs: BATCH_AGE_MS,
    log,
    memoryRows: Math.ceil((MEMORY_SEGMENTS * config.segment_rows) / config.receive_threads),
  });
  const { listening: ports, stop: stopIngest } = ingest;
  ingest.onOverload((overload) => {
    queries.squeeze(isSqueezed(overload));
    store.extras(keepsExtras(overload));
  });
  started.push(() => stopIngest());
  const host = await ingest.hostMeter();
  const meters = config.capture.length > 0 || host?.givenUp === false;
  store.listens(ports.length > 0 || meters ? 'open' : 'closed');
  if (config.capture.length > 0) log.info({ interfaces: config.capture }, 'packets are metered');
  warnOfSmallBuffers(ports, log);

  const url = tcp?.address ? urlOf(tcp.address) : null;
  const unregister = register({ data: config.data, socket: layout.socket, url }, log);
  started.push(unregister);
  const watch = watchThreads(store, ingest);
  started.push(() => watch.stop());

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    watch.stop();
    // Sockets first: what waits in them is drained. The doors close before the store gives up its lock: the next node on this
    // directory opens the same Unix socket.
    await inOrder([
      () => stopIngest(),
      () => store.listens('ended'),
      unregister,
      () => tcp?.close(),
      () => unix.close(),
      () => imports.stop(),
      () => store.stop(),
      () => queries.stop(),
      () => state.stop(),
    ]);
  };
  return {
    listening: [
      ...(tcp?.address ? [{ name: 'http', ...tcp.address }] : []),
      ...inAnnouncedOrder(ports).map(({ name, address, port }) => ({ name, address, port })),
    ],
    url,
    socket: layout.socket,
    failed: watch.failed,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** All ports ask for the same and get the same: one line says it. */
function warnOfSmallBuffers(ports: IngestHandle['listening'], log: Log): void {
  const small = ports.filter(({ buffer }) => buffer !== null && buffer.grantedBytes < buffer.askedBytes);
  if (small.length === 0) return;
  const { askedBytes, grantedBytes } = small[0]!.buffer!;
  log.warn(
    { ports: small.map((p) => p.name), asked: askedBytes, granted: grantedBytes },
    'the socket buffers are smaller than receive_buffer: weir doctor says what to change',
  );
}

/** The order in which `weir up` tells its ports, whichever thread opened them. */
function inAnnouncedOrder<T extends { readonly name: string }>(ports: readonly T[]): T[] {
  const order = ['netflow', 'ipfix', 'ipfix-tcp', 'sflow'];
  return [...ports].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

function networksOf({ home, sites }: NodeConfig): HomeNetworks {
  return { home, sites };
}

/** `@home` in a filter: what the configuration says is inside. */
function setsOf(config: NodeConfig): Readonly<Record<string, readonly string[]>> {
  const home = homePrefixes(networksOf(config));
  return home.length > 0 ? { home } : {};
}

function startQueries(config: NodeConfig, store: StoreThread, log: Log): Promise<WorkerQueryService> {
  return startWorkerQueryService(
    () => store.connect(),
    {
      root: config.data,
      memoryBytes: config.query_memory,
      threads: config.query_threads,
      spillBytes: config.query_memory * 4,
      timeoutMs: config.query_timeout,
      askAboveMs: config.query_ask,
      maxRunning: MAX_RUNNING_QUERIES,
      maxWaiting: MAX_WAITING_QUERIES,
      sets: setsOf(config),
    },
    log,
  );
}

function register(node: { data: string; socket: string; url: string | null }, log: Log): () => void {
  try {
    return registerNode({ pid: process.pid, data: node.data, socket: node.socket, http: node.url });
  } catch (error) {
    // The node works without: commands then need --data or --server.
    log.warn({ err: error }, 'this node could not be noted in the runtime directory: name it with --data or --server');
    return () => {};
  }
}

/** Takes every step, whatever one of them throws; then throws the first error. */
async function inOrder(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** A node without one of its threads would accept flows and lose them: it must end, and be started again by its supervisor. */
function watchThreads(store: StoreThread, ingest: IngestHandle): { failed: Promise<Error>; stop(): void } {
  let stopped = false;
  const failed = new Promise<Error>((resolve) => {
    for (const died of [store.failed, ingest.failed]) void died.then((error) => stopped || resolve(error));
  });
  return {
    failed,
    stop: () => {
      stopped = true;
    },
  };
}
