import { expect, it } from 'vitest';
import { isInside } from './inside-address.ts';

it('knows addresses of this machine, of its link and of private networks, however they are written', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '100.127.255.255',
    '169.254.169.254',
    '172.31.0.1',
    '192.168.1.1',
    '0.0.0.0',
  ];
  inside.push('224.0.0.1', '255.255.255.255', '::', '::1', 'fd00:ec2::254', 'fe80::1%eth0', 'fec0::1', 'ff02::1');
  inside.push('::ffff:10.0.0.1', '::ffff:7f00:1');
  const outside = [
    '8.8.8.8',
    '100.128.0.1',
    '172.32.0.1',
    '198.51.100.7',
    '223.255.255.255',
    '2001:db8::1',
    '::ffff:8.8.8.8',
  ];
  expect(inside.filter((address) => !isInside(address))).toEqual([]);
  expect(outside.filter(isInside)).toEqual([]);
});
