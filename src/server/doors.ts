import { chmodSync, rmSync } from 'node:fs';
import { asWeirError, WeirError } from '../base/index.ts';
import { portTaken } from '../system/index.ts';
import { type ApiOptions, buildApi } from './api.ts';
import type { Api } from './api-schema.ts';
import { type ListenAddress, reachableAddress } from './listen-address.ts';
import { shortSocketPath } from './socket-path.ts';
import type { TlsKeeper } from './tls/tls-keeper.ts';
import { WebFiles } from './web-files.ts';

/** What both doors of a node share; each has its own guard. */
export type SharedApiOptions = Omit<ApiOptions, 'door' | 'tls'>;

export interface OpenDoor {
  /** Where it listens; null for the Unix socket. */
  readonly address: ListenAddress | null;
  /** Whether it serves the dashboard too. */
  readonly hasDashboard: boolean;
  close(): Promise<void>;
}

/** Serves the API on a TCP port; 0.0.0.0 is every address, IPv6 too where the machine has it. */
export async function openTcpDoor(
  shared: SharedApiOptions,
  listen: ListenAddress,
  tls: TlsKeeper | null,
): Promise<OpenDoor> {
  const web = WebFiles.open();
  const door = { kind: 'tcp', address: listen.address } as const;
  const api = await buildApi({ ...shared, door, ...(web === null ? {} : { web }), ...(tls === null ? {} : { tls }) });
  const hosts = listen.address === '0.0.0.0' ? ['::', '0.0.0.0'] : [listen.address];
  for (const host of hosts) {
    try {
      await api.listen({ host, port: listen.port });
      break;
    } catch (error) {
      const errno = (error as NodeJS.ErrnoException).code;
      if (host === '::' && (errno === 'EAFNOSUPPORT' || errno === 'EADDRNOTAVAIL')) continue;
      await api.close();
      if (errno === 'EADDRINUSE') throw portTaken('tcp', listen.address, listen.port, error);
      throw new WeirError('system', whyNoDoor(listen, errno ?? asWeirError(error).message), { cause: error });
    }
  }
  return {
    address: { address: listen.address, port: portOf(api) },
    hasDashboard: web !== null,
    close: () => api.close(),
  };
}

function whyNoDoor({ address, port }: ListenAddress, why: string): string {
  const reason = why === 'EADDRNOTAVAIL' ? 'this machine has no such address (EADDRNOTAVAIL)' : why;
  return `http: cannot listen on ${address} port ${port}: ${reason}: name another with --http ADDRESS:PORT, or open none with --no-http`;
}

function portOf(api: Api): number {
  const address = api.server.address();
  if (address === null || typeof address === 'string') throw new WeirError('internal', 'the API listens on no port');
  return address.port;
}

/** Serves the API on the socket of the data directory. The store's lock is held, so a socket that is there is a dead one's. */
export async function openUnixDoor(shared: SharedApiOptions, path: string): Promise<OpenDoor> {
  const api = await buildApi({ ...shared, door: { kind: 'unix' } });
  rmSync(path, { force: true });
  const short = shortSocketPath(path);
  // Made with the mode it keeps: between bind and chmod nobody else gets in.
  const umask = process.umask(0o177);
  try {
    await api.listen({ path: short.path });
    chmodSync(path, 0o600);
  } catch (error) {
    await api.close();
    throw new WeirError('system', `cannot open the socket ${path}: ${asWeirError(error).message}`, { cause: error });
  } finally {
    process.umask(umask);
    short.done();
  }
  return {
    address: null,
    hasDashboard: false,
    close: async () => {
      await api.close();
      rmSync(path, { force: true });
    },
  };
}

/** The URL that a client on this machine can use. */
export function urlOf(address: ListenAddress, isTls = false): string {
  const { address: host, port } = reachableAddress(address);
  return `${isTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
