import { expect, test } from 'vitest';
import type { ActiveAnswer } from '../server/index.ts';
import { renderActive } from './render-active.ts';

const answer: ActiveAnswer = {
  as_of: Date.UTC(2026, 10, 22, 9, 58, 15),
  columns: [
    { name: 'age', type: 'integer', unit: 'ms' },
    { name: 'rate', type: 'number', unit: 'bit/s' },
    { name: 'bytes', type: 'integer', unit: 'bytes' },
    { name: 'interface', type: 'text', unit: null },
    { name: 'src_addr', type: 'address', unit: null },
    { name: 'protocol', type: 'integer', unit: null },
    { name: 'ttl', type: 'integer', unit: null },
  ],
  records: [
    { age: 65_000, rate: 1_500_000, bytes: 12_345_678, src_addr: '10.0.0.1', protocol: 6, ttl: 64, interface: 'eth1' },
    { age: 900, rate: 800, bytes: 100, src_addr: '10.0.0.2', protocol: 17, ttl: 63, interface: 'eth1' },
  ],
  total: { flows: 5, bytes: 12_400_000, packets: 10_000 },
  quality: {
    duplicates_left_out: 0,
    open: 1_234,
    captures: [
      { interface: 'eth1', up: true, packets: 9_990, dropped_packets: 10 },
      { interface: 'eth2', up: false, packets: 0, dropped_packets: 0 },
    ],
  },
};

test('a table has what fits, in the words of people, and says below what it was chosen from and what was missed', () => {
  expect(renderActive(answer, 'table', undefined)).toMatchInlineSnapshot(`
    "      age  protocol  src_addr    bytes         rate  interface
    ---------  --------  --------  -------  -----------  ---------
    1 min 5 s  tcp       10.0.0.1  12.3 MB  1.50 Mbit/s  eth1
       900 ms  udp       10.0.0.2    100 B    800 bit/s  eth1

    open at 2026-11-22 09:58:15Z: 5 flows of 1,234 open ones (12.4 MB, 10,000 packets), 2 shown; eth1 10 packets dropped (0.10 %); eth2 is down, no packet dropped
    "
  `);
});

test('csv and jsonl have the columns of the answer, or those that were asked for', () => {
  expect(renderActive(answer, 'csv', undefined).split('\n').slice(0, 2)).toEqual([
    'age,rate,bytes,interface,src_addr,protocol,ttl',
    '65000,1500000,12345678,eth1,10.0.0.1,6,64',
  ]);
  expect(renderActive(answer, 'csv', ['src_addr', 'bytes'])).toBe('src_addr,bytes\n10.0.0.1,12345678\n10.0.0.2,100\n');
  expect(renderActive(answer, 'jsonl', ['bytes'])).toBe('{"bytes":12345678}\n{"bytes":100}\n');
});

test('json is the answer of the node', () => {
  expect(JSON.parse(renderActive(answer, 'json', undefined))).toEqual(answer);
});
