import { isLoopback } from './listen-address.ts';

/** How a request came in. The Unix socket has mode 0600: who can open it may ask anything. */
export type Door = { readonly kind: 'unix' } | { readonly kind: 'tcp'; readonly address: string };

export interface GuardOptions {
  readonly door: Door;
  /** Names beside localhost, 127.0.0.1 and [::1] by which loopback may be called. */
  readonly names: readonly string[];
}

export interface RequestFacts {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
}

/**
 * Whether a request may come in, whoever sent it: why not, or null when it may. On loopback the Host header must name this machine, else a page
 * of a foreign site whose name was rebound to 127.0.0.1 could read every answer. Requests that a browser sends for
 * another site are refused on every TCP port.
 */
export function makeGuard(options: GuardOptions): (request: RequestFacts) => string | null {
  const { door, names } = options;
  if (door.kind === 'unix') return () => null;
  const allowedHosts = new Set(['localhost', '127.0.0.1', '[::1]', ...names.map((n) => n.toLowerCase())]);
  const loopback = isLoopback(door.address);
  if (loopback) allowedHosts.add(door.address.includes(':') ? `[${door.address}]` : door.address);

  return ({ host, origin, fetchSite }) => {
    if (loopback && !allowedHosts.has(hostName(host)))
      return `Host "${host ?? ''}" is not a name of this node: use localhost, or set http_names`;

    if (origin !== undefined && !sameSite(origin, host)) return `requests from ${origin} are refused`;
    if (fetchSite === 'cross-site' || fetchSite === 'same-site') return 'requests from other sites are refused';
    return null;
  };
}

function hostName(host: string | undefined): string {
  return (host ?? '').toLowerCase().replace(/:\d+$/, '');
}

function sameSite(origin: string, host: string | undefined): boolean {
  try {
    return host !== undefined && new URL(origin).host === new URL(`http://${host}`).host;
  } catch {
    return false; // `null`, the origin of sandboxed frames and files, is no URL.
  }
}
