import { isIP } from 'node:net';

/** An address and a port that a socket listens on; port 0 takes a free one. */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/** `127.0.0.1:8480`, `[::1]:8480`, `localhost:8480`, `:8480` or `8480` (every address); null where the text is none of them. */
export function parseListenAddress(text: string): ListenAddress | null {
  const m = /^\s*(?:(\[[^\]]+\]|[^:[\]]*):)?(\d{1,5})\s*$/.exec(text);
  if (!m) return null;
  const port = Number(m[2]);
  const host = (m[1] ?? '').replace(/^\[|\]$/g, '');
  const address = host === '' || host === '*' ? '0.0.0.0' : host === 'localhost' ? '127.0.0.1' : host;
  const bracketed = m[1]?.startsWith('[') ?? false;
  if (port > 65_535 || isIP(address) !== (bracketed ? 6 : 4)) return null;
  return { address, port };
}

/** As `weir up` prints it: IPv6 in brackets. */
export function formatListenAddress({ address, port }: ListenAddress): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether only this machine can reach a socket that listens on the address. */
export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\./i.test(address) || address === '::1';
}

/** The address that a client on this machine can use to reach the listener. */
export function reachableAddress({ address, port }: ListenAddress): ListenAddress {
  if (address === '0.0.0.0') return { address: '127.0.0.1', port };
  return address === '::' ? { address: '::1', port } : { address, port };
}
