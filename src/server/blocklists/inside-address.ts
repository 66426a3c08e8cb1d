import { BlockList, isIPv6 } from 'node:net';

/** Addresses that mean something else in each network: own host, link, private (RFC 6890 section 2.2, RFC 4193), and those that are no single host. */
const INSIDE = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  INSIDE.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  INSIDE.addSubnet(network, bits, 'ipv6');

/** Whether an address is of this machine, its link or a private network, also where IPv6 carries it (::ffff:10.0.0.1). */
export function isInside(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  return INSIDE.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4');
}
