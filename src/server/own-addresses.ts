import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { isLoopback } from './listen-address.ts';

export interface OwnAddress {
  readonly address: string;
  readonly interface: string;
  /** Only this machine can send to it. */
  readonly loopback: boolean;
}

type Interfaces = Readonly<NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address' | 'family'>[]>>;

/**
 * The addresses at which others reach a socket that listens on `listen` (0.0.0.0 and :: are every address): those of the interface of the default route first,
 * IPv4 before IPv6, loopback last. Link-local addresses (RFC 4291, RFC 3927) are left out: an exporter would have to say on which link.
 */
export function reachableAddresses(
  listen: string,
  interfaces: Interfaces = networkInterfaces(),
  defaultInterface: string | null = interfaceOfDefaultRoute(),
): OwnAddress[] {
  const all = Object.entries(interfaces).flatMap(([name, list = []]) =>
    list.map(({ address }) => ({ address, interface: name, loopback: isLoopback(address) })),
  );
  const rank = ({ address, interface: name, loopback }: OwnAddress) =>
    (loopback ? 4 : 0) + (name === defaultInterface ? 0 : 2) + (isIPv6(address) ? 1 : 0);
  return all
    .filter(({ address }) => !/^(fe[89ab]|169\.254\.)/i.test(address) && hears(listen, address))
    .sort((a, b) => rank(a) - rank(b));
}

function hears(listen: string, address: string): boolean {
  // As `weir up` opens it, 0.0.0.0 takes IPv6 too.
  return listen === '0.0.0.0' || (listen === '::' && isIPv6(address)) || listen === address;
}

/** By the kernel's table (proc(5)): the line whose destination is 0.0.0.0; null where there is none, and elsewhere than on Linux. */
function interfaceOfDefaultRoute(): string | null {
  try {
    const lines = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1);
    return lines.map((line) => line.split('\t')).find(([, to]) => to === '00000000')?.[0] ?? null;
  } catch {
    return null;
  }
}
