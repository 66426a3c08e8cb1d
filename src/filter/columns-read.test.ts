import { expect, test } from 'vitest';
import { type FilterNode, parseFilter, pinnedColumns, referencedColumns } from './index.ts';

const read = (text: string) => [...referencedColumns(parseFilter(text))].sort();
const pinned = (text: string) => [...pinnedColumns(parseFilter(text))].sort();

test.each([
  ['', []],
  ['any', []],
  ['proto tcp', ['protocol']],
  ['port 80', ['dst_port', 'src_port']],
  ['proto tcp and (src as 1 or not dst as 2)', ['dst_as', 'protocol', 'src_as']],
  ['flags S', ['protocol', 'tcp_flags']],
  ['src net 10.0.0.0/8', ['src_addr']],
  ['src net 10.0.0.0 255.0.0.255', ['src_addr']],
  ['application "ssh" or user like "a%"', ['application', 'user']],
  ['bytes > 1000', ['raw_bytes', 'sampling']],
  ['bps > 1000', ['end', 'raw_bytes', 'sampling', 'start']],
  ['bpp > 10', ['raw_bytes', 'raw_packets']],
  ['duration > 10', ['end', 'start']],
  ['engine-id 3', ['domain']],
  ['src_port < dst_port', ['dst_port', 'src_port']],
  ['packets < bytes', ['raw_bytes', 'raw_packets', 'sampling']],
  ['src_addr = dst_addr', ['dst_addr', 'src_addr']],
  ['user = process', ['process', 'user']],
  ['swap (src port 80)', ['dst_port']],
  ['either (src port 80)', ['dst_port', 'src_port']],
  ['site "berlin" and service_port 443 and subnet 10.0.0.0/24', ['service_port', 'site', 'subnet']],
  ['src or dst site "berlin"', ['dst_site', 'src_site']],
])('%s reads %j', (text, columns) => {
  expect(read(text)).toEqual(columns);
});

test.each([
  ['', []],
  ['proto tcp', ['protocol']],
  ['proto != tcp', []],
  ['not proto tcp', []],
  ['proto in [tcp]', ['protocol']],
  ['proto in [tcp udp]', []],
  ['proto tcp or src as 1', []],
  ['proto tcp and (src as 1 and dst as 2)', ['dst_as', 'protocol', 'src_as']],
  ['proto tcp and (src as 1 or dst as 2)', ['protocol']],
  ['src port 1-1', ['src_port']],
  ['src port 1-2', []],
  ['port 80', []],
  ['direction out', ['direction']],
  ['src ip 10.0.0.1', ['src_addr']],
  ['src net 10.0.0.1/32', ['src_addr']],
  ['src net 10.0.0.0/8', []],
  ['src ip in [10.0.0.1 10.0.0.5]', []],
  ['src net 10.0.0.0 255.0.0.255', []],
  ['application "ssh"', ['application']],
  ['application in ["ssh" "http"]', []],
  ['application like "ssh"', []],
  ['flags S', ['protocol']],
  ['direction in', ['direction']],
  ['bytes 1000', []],
  ['src_port = dst_port', []],
  ['src_addr = dst_addr', []],
  ['user = process', []],
  ['site "berlin" and service_port 443', ['service_port', 'site']],
  ['subnet 10.1.2.0/24', ['subnet']],
  ['subnet 10.1.2.0/23', []],
  ['subnet 10.1.2.0', ['subnet']],
  ['subnet 2001:db8::/64', ['subnet']],
  ['subnet 2001:db8::/63', []],
  ['subnet 2001:db8::/24', []],
])('%s fixes %j', (text, columns) => {
  expect(pinned(text)).toEqual(columns);
});

test('a filter that was made of every kind of node is read', () => {
  const kinds = new Set<FilterNode['kind']>();
  const walk = (node: FilterNode) => {
    kinds.add(node.kind);
    if (node.kind === 'and' || node.kind === 'or') node.of.forEach(walk);
    if (node.kind === 'not') walk(node.of);
  };
  const text =
    '(any or src ip 10.0.0.1) and not src net 10.0.0.0 255.0.0.255 and flags S and user "a" and user like "a%" and src_port < dst_port and src_addr = dst_addr and user = process and proto 6';
  walk(parseFilter(text));
  expect([...kinds].sort()).toEqual(
    'address addresses and bits constant like masked not number numbers or text texts'.split(' '),
  );
  expect(pinned(text)).toEqual(['protocol', 'user']);
});
