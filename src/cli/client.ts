import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { asWeirError, WeirError } from '../base/index.ts';
import type { HomeNetworks, LookUpAddress } from '../label/index.ts';
import {
  localQueryService,
  nodeSocket,
  openStoreAtRest,
  type QueryService,
  queryResources,
  type RunningNodeFile,
  runningNodes,
  withNameNotes,
} from '../server/index.ts';
import { type Endpoint, fetchJson, nameOf } from './http-connection.ts';
import { HttpQueryService } from './http-service.ts';
import { readTrust, type Trust } from './node-trust.ts';

/** Flags of every command that asks. */
export interface AnswererFlags {
  readonly server?: string;
  readonly token?: string;
  readonly data?: string;
  readonly ca?: string;
  readonly fingerprint?: string;
}

export function addAnswererFlags(command: Command): Command {
  return command
    .option('--data <dir>', 'the store in this directory, also while a node runs on it')
    .option('--server <url>', 'the node at this URL, e.g. http://127.0.0.1:8480')
    .option('--token <token>', 'token of that node (or WEIR_TOKEN)')
    .option('--ca <file>', 'certificate, in PEM, of that node or of who vouches for it (or WEIR_CA)')
    .option('--fingerprint <sha256>', 'of the certificate of that node, instead of --ca (or WEIR_FINGERPRINT)');
}

/** Who answers the questions of this command, until `close`. */
export interface Answerer {
  readonly service: QueryService;
  /** The node behind it; null when the store was opened in this process. */
  readonly endpoint: Endpoint | null;
  /** Of a store that was opened in this process: the home networks and sites that its newest rows were labelled by; null where they are not kept. */
  readonly networks?: () => HomeNetworks | null;
  /** Likewise: what the table of places that is kept there has of addresses. */
  readonly lookUps?: () => LookUpAddress;
  /** How messages name it. */
  readonly name: string;
  close(): Promise<void>;
}

export const DEFAULT_DATA = './weir-data';
/** Whoever asks in the foreground may wait as long as they like: Ctrl-C ends the query. */
const DAY_MS = 86_400_000;

/** Where a command goes to: a node, or a directory that no node runs on. */
type Place =
  | { readonly kind: 'node'; readonly endpoint: Endpoint }
  | { readonly kind: 'directory'; readonly directory: string };

/** --server, else --data, else the one node that runs on this machine, else ./weir-data. */
export async function findPlace(
  flags: AnswererFlags,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Place> {
  const server = flags.server ?? (flags.data === undefined ? env.WEIR_SERVER : undefined);
  if (flags.server !== undefined && flags.data !== undefined)
    throw new WeirError('usage', '--server and --data exclude each other: give one of them');
  if (server)
    return { kind: 'node', endpoint: urlEndpoint(server, flags.token ?? env.WEIR_TOKEN, readTrust(flags, env)) };
  const data = flags.data ?? env.WEIR_DATA;
  if (data !== undefined) return placeOf(resolve(data));
  const nodes = runningNodes();
  if (nodes.length > 1) throw severalNodes(nodes);
  const [node] = nodes;
  if (node) {
    const endpoint = await endpointOf(node, flags.token ?? env.WEIR_TOKEN);
    if (endpoint) return { kind: 'node', endpoint };
  }
  return placeOf(resolve(DEFAULT_DATA));
}

async function placeOf(directory: string): Promise<Place> {
  const endpoint: Endpoint = { kind: 'socket', path: nodeSocket(directory) };
  if (existsSync(endpoint.path) && (await answers(endpoint))) return { kind: 'node', endpoint };
  return { kind: 'directory', directory };
}

/** The node or the store that answers a question. */
export async function findAnswerer(
  flags: AnswererFlags,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Answerer> {
  const place = await findPlace(flags, env);
  return place.kind === 'node' ? remote(place.endpoint) : ofDirectory(place.directory);
}

export function severalNodes(nodes: readonly RunningNodeFile[]): WeirError {
  const list = nodes.map((n) => `  --data ${n.data}   (process ${n.pid}${n.http ? `, ${n.http}` : ''})`);
  return new WeirError(
    'usage',
    `${nodes.length} nodes run on this machine: say which one is meant\n${list.join('\n')}`,
  );
}

function urlEndpoint(text: string, token: string | undefined, trust: Trust): Endpoint {
  let url: URL | undefined;
  try {
    url = new URL(text.includes('://') ? text : `http://${text}`);
  } catch {
    // Said below.
  }
  if (!url || !/^https?:$/.test(url.protocol))
    throw new WeirError('usage', `--server: expected a URL such as http://127.0.0.1:8480, not "${text}"`);
  return { kind: 'url', url, token, trust };
}

/** The socket of a node, else its URL where the socket belongs to another user; null when neither answers. */
async function endpointOf(node: RunningNodeFile, token: string | undefined): Promise<Endpoint | null> {
  const socket: Endpoint = { kind: 'socket', path: node.socket };
  if (await answers(socket)) return socket;
  if (!node.http) return null;
  const url: Endpoint = { kind: 'url', url: new URL(node.http), token };
  return (await answers(url)) ? url : null;
}

/** False when nobody listens. A node that refuses us does answer: its reason is worth more than ours. */
async function answers(endpoint: Endpoint): Promise<boolean> {
  try {
    await fetchJson(endpoint, { method: 'GET', path: '/api/v1/queries' });
    return true;
  } catch (error) {
    return asWeirError(error).code !== 'system';
  }
}

function remote(endpoint: Endpoint): Answerer {
  return { service: new HttpQueryService(endpoint), endpoint, name: nameOf(endpoint), close: async () => {} };
}

/** Throws where no store is in the directory. */
export function mustBeStore(directory: string): void {
  if (existsSync(join(directory, 'VERSION'))) return;
  throw new WeirError(
    'not_found',
    `there is no store in ${directory}, and no node runs on this machine: start one with \`weir up\`, or name one with --data DIR or --server URL`,
  );
}

/** The store in the directory, opened here. */
async function ofDirectory(directory: string): Promise<Answerer> {
  mustBeStore(directory);
  const { askAboveMs, memoryBytes, threads } = queryResources();
  const { reader, close, asName, networkSources, networks, lookUps } = await openStoreAtRest(directory, {
    memoryBytes,
    threads,
  });
  const service = localQueryService(reader, {
    maxRunning: 1,
    maxWaiting: 0,
    timeoutMs: DAY_MS,
    askAboveMs,
    scratchDirectory: join(directory, 'tmp'),
    asName,
    networkSources,
  });
  return {
    // Names of the node's own are in its configuration, which nobody has read here.
    service: withNameNotes(service, { naming: null }),
    networks,
    lookUps,
    endpoint: null,
    name: directory,
    close: async () => {
      await service.stop();
      await close();
    },
  };
}
