import { existsSync, readdirSync } from 'node:fs';
import { type Log, systemClock } from '../base/index.ts';
import { type IngestHandle, importService, isSqueezed, keepsExtras, startIngest, startStore } from '../ingest/index.ts';
import { homePrefixes } from '../label/index.ts';
import { layoutOf } from '../store/index.ts';
import { Access } from './access/access.ts';
import { AuditLog } from './access/audit-log.ts';
import { firstLink } from './access/first-link.ts';
import { Blocklists } from './blocklists/blocklists.ts';
import { captureOf } from './capture-setting.ts';
import { openTcpDoor, openUnixDoor, type SharedApiOptions, urlOf } from './doors.ts';
import { hostMeterOf } from './host-meter-setting.ts';
import { LiveState } from './live-state.ts';
import { namingOf } from './naming-setting.ts';
import { networksOf } from './networks.ts';
import { MEMORY_SEGMENTS, SEGMENT_AGE_MS, WRITER_MEMORY_BYTES } from './node-bounds.ts';
import { setsOf, startNodeQueries } from './node-queries.ts';
import { inAnnouncedOrder, warnOfSmallBuffers } from './open-ports.ts';
import { networkSources } from './places/network-sources.ts';
import { Places } from './places/places.ts';
import { retentionOf } from './retention-setting.ts';
import { registerNode } from './runtime-directory.ts';
import { DATAGRAM_LISTENERS, type NodeConfig } from './settings.ts';
import { InterfacePoller } from './snmp/interface-poller.ts';
import { snmpAccess } from './snmp/snmp-setting.ts';
import { inOrder } from './steps.ts';
import { tlsFindings } from './tls/tls-findings.ts';
import { TlsKeeper } from './tls/tls-keeper.ts';
import { weirVersion } from './version.ts';
import { SavedViews } from './views/saved-views.ts';
import { watchThreads } from './watch-threads.ts';

export interface RunningNode {
  /** Open ports in the order in which `weir up` prints them. */
  readonly listening: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  /** Where the API is for a client on this machine; null without HTTP. */
  readonly url: string | null;
  /** Where a browser on this machine finds the dashboard; null where it was not built, and without HTTP. */
  readonly dashboard: string | null;
  /** Where the first admin chooses a name and a password, once; null where somebody may come in already. */
  readonly first: string | null;
  /** The Unix socket that serves the same API. */
  readonly socket: string;
  /** Resolves when a thread that the node cannot be without has died. */
  readonly failed: Promise<Error>;
  /** Looks at once at files that are looked at from time to time, and asks the servers of block lists. */
  reload(): void;
  stop(): Promise<void>;
}

/** A batch is handed to the segment writer at this age: short, so that a journal file does not wait for a quiet exporter. */
const BATCH_AGE_MS = 60_000;

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
  const networks = networksOf(config);
  const home = homePrefixes(networks);
  const blocklists = new Blocklists({ directory: layout.blocklists, lists: config.blocklists, home, log });
  started.push(() => blocklists.stop());
  const places = new Places({
    directory: layout.places,
    files: config.as_data,
    bundled: config.bundled_data,
    networks,
    blocklists: () => blocklists.files(),
    log,
  });
  started.push(() => places.stop());
  const hadStore = existsSync(layout.version);
  // What a crash left in the journal gets its labels when it is read, which is now: it waits for a table, as nothing else does.
  if (hadStore) await places.start({ waitForMaking: hasFiles(layout.journal) });
  const known = () => (places.handle === null ? null : { networks, handle: places.handle });
  const store = await startStore({
    root: config.data,
    retention: retentionOf(config),
    segmentRows: config.segment_rows,
    naming: namingOf(config),
    segmentAgeMs: SEGMENT_AGE_MS,
    writerMemoryBytes: WRITER_MEMORY_BYTES,
    journalSyncMs: config.journal_sync,
    maxExporters: config.max_exporters,
    places: known(),
    log: { style: config.log, level: 'info' },
  });
  started.push(() => store.stop());
  if (!hadStore) void places.start({ waitForMaking: false });
  if (store.replayed > 0) log.info({ rows: store.replayed }, 'recovered rows from the journal');

  const queries = await startNodeQueries(config, store, log);
  started.push(() => queries.stop());

  const imports = importService({
    root: config.data,
    store,
    rules: config.exporters,
    elements: config.elements,
    networks,
    places: () => places.handle,
    naming: namingOf(config),
    maxExporters: config.max_exporters,
  });
  started.push(() => imports.stop());

  let ingest: IngestHandle | undefined;
  const snmp = new InterfacePoller({
    path: layout.interfaces,
    configured: namedInterfaces(config.exporters),
    access: snmpAccess(config.snmp),
    exporters: async () => ((await ingest?.exporters()) ?? []).map(({ exporter }) => exporter),
    log,
  });
  started.push(() => snmp.stop());
  const state = new LiveState(store, queries, () => ingest, home.length > 0, setsOf(config), {
    blocklists,
    snmp,
    places,
  });
  started.push(() => state.stop());
  const access = new Access(layout.access, systemClock);
  const audit = new AuditLog(layout.audit, log);
  started.push(() => audit.stop());
  const shared: SharedApiOptions = {
    access,
    audit,
    service: queries,
    node: state,
    imports,
    log,
    version: weirVersion(),
    token: config.http_token,
    names: config.http_names,
    sets: setsOf(config),
    labels: { networks, naming: namingOf(config), lookUps: () => places.lookUp(blocklists.origins()) },
    tempDirectory: layout.tmp,
    views: new SavedViews(layout.views, log, (publication) => access.mayPublish(publication)),
    publish: config.publish,
    config,
  };
  const unix = await openUnixDoor(shared, layout.socket);
  started.push(() => unix.close());
  const tls = tlsOf(config, layout.tls, log);
  if (tls) started.push(() => tls.stop());
  const tcp = config.http ? await openTcpDoor(shared, config.http, tls) : null;
  state.lookAt(() => tlsFindings(tcp?.address ?? null, tls?.status() ?? null, systemClock.now()));
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
    networks,
    places: () => places.handle,
    naming: namingOf(config),
    batchAgeMs: BATCH_AGE_MS,
    log,
    memoryRows: Math.ceil((MEMORY_SEGMENTS * config.segment_rows) / config.receive_threads),
  });
  const { listening: ports, stop: stopIngest, usePlaces } = ingest;
  const usePlacesEverywhere = () => {
    usePlaces(places.handle!);
    store.usePlaces(known()!);
    queries.useNames(places.names!, networkSources(places.status().sources));
  };
  places.onTable(usePlacesEverywhere);
  // One that was finished while threads started.
  if (places.handle !== null) usePlacesEverywhere();
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

  blocklists.onChange(() => places.look());
  blocklists.start();
  snmp.start();
  const url = tcp?.address ? urlOf(tcp.address, tls !== null) : null;
  const first = tcp?.address ? firstLink(access, config.http_token, tcp.address, tls !== null) : null;
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
      () => tls?.stop(),
      () => unix.close(),
      () => audit.stop(),
      () => imports.stop(),
      () => blocklists.stop(),
      () => snmp.stop(),
      () => places.stop(),
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
    dashboard: tcp?.hasDashboard ? url : null,
    first,
    socket: layout.socket,
    failed: watch.failed,
    reload: () => {
      blocklists.reload();
      places.look();
      tls?.look();
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** The certificate of the API; null where it is served without TLS, or not over TCP. */
function tlsOf(config: NodeConfig, directory: string, log: Log): TlsKeeper | null {
  const { http, https, tls_cert: cert, tls_key: key, http_names: names } = config;
  if (http === null || !(https || cert !== null)) return null;
  const own = cert === null || key === null ? null : { cert, key };
  const isOne = http.address !== '0.0.0.0' && http.address !== '::';
  return new TlsKeeper({ own, directory, names: isOne ? [...names, http.address] : names, log });
}

/** Rules without names count too: the longest prefix alone does. */
function namedInterfaces(rules: NodeConfig['exporters']) {
  if (rules.every(({ name, interfaces }) => name === undefined && interfaces === undefined)) return [];
  return rules.map(({ prefix, name, interfaces }) => ({
    ...{ prefix, interfaces: interfaces ?? [] },
    ...(name === undefined ? {} : { name }),
  }));
}

function hasFiles(directory: string): boolean {
  return existsSync(directory) && readdirSync(directory).length > 0;
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
