import { formatListenAddress, isLoopback, type ListenAddress } from '../listen-address.ts';
import { reachableAddresses } from '../own-addresses.ts';
import type { Access } from './access.ts';

/**
 * The link by which the first admin chooses a name and a password, for a port that other machines reach and that nobody could use otherwise; null where none is
 * needed. The code is behind the `#`, which browsers send to nobody.
 */
export function firstLink(
  access: Access,
  token: string | null,
  listening: ListenAddress,
  isTls: boolean,
): string | null {
  if (isLoopback(listening.address) || token !== null || !access.isEmpty) return null;
  return `${isTls ? 'https' : 'http'}://${formatListenAddress(namedAddress(listening))}/first#${access.firstCode()}`;
}

/** An address of this machine that others reach, in place of `every address`. */
function namedAddress({ address, port }: ListenAddress): ListenAddress {
  if (address !== '0.0.0.0' && address !== '::') return { address, port };
  return { address: reachableAddresses(address)[0]?.address ?? '127.0.0.1', port };
}
