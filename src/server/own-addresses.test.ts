import { expect, it } from 'vitest';
import { reachableAddresses } from './own-addresses.ts';

const INTERFACES = {
  lo: [
    { address: '127.0.0.1', family: 'IPv4' as const },
    { address: '::1', family: 'IPv6' as const },
  ],
  docker0: [{ address: '172.17.0.1', family: 'IPv4' as const }],
  eth0: [
    { address: 'fe80::1', family: 'IPv6' as const },
    { address: '2001:db8::7', family: 'IPv6' as const },
    { address: '192.0.2.7', family: 'IPv4' as const },
  ],
};
const of = (listen: string) => reachableAddresses(listen, INTERFACES, 'eth0').map(({ address }) => address);

it('the address that most exporters will reach comes first, those of this machine alone last', () => {
  expect(of('0.0.0.0')).toEqual(['192.0.2.7', '2001:db8::7', '172.17.0.1', '127.0.0.1', '::1']);
});

it('a socket on one address, or on IPv6, is reached there alone', () => {
  expect(of('127.0.0.1')).toEqual(['127.0.0.1']);
  expect(of('::')).toEqual(['2001:db8::7', '::1']);
  expect(of('198.51.100.1')).toEqual([]);
});
