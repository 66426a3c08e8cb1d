import { expect, test } from 'vitest';
import type { HostRecord } from '../table/host-record.ts';
import { type ProxyRequest, parseProxyLine } from './proxy-line.ts';
import { ProxyRecords } from './proxy-records.ts';

function recordsOf(line: string): HostRecord[] {
  const records: HostRecord[] = [];
  new ProxyRecords('here', (record) => records.push(record)).give(parseProxyLine(line) as ProxyRequest, 0);
  return records;
}

test('what the client sent is egress, and what it got ingress: its user has sent the one and received the other', () => {
  const line =
    '1795355548.198 3 192.0.2.7 34070 203.0.113.9 443 192.0.2.2 57284 1200 45000 200 -/- CONNECT example.org:443 alice';
  expect(recordsOf(line)).toMatchObject([
    { flow_direction: 'egress', src_port: 34070, raw_bytes: 1_200, user: 'alice', owner_source: 'proxy_log' },
    { flow_direction: 'ingress', dst_port: 34070, raw_bytes: 45_000, user: 'alice', owner_source: 'proxy_log' },
  ]);
});

test('of a line of the format that Squid has by default only the way to the client is known', () => {
  const line =
    '1795355548.198 107 192.0.2.7 TCP_MISS/200 5000 GET http://example.org/ carol HIER_DIRECT/203.0.113.9 text/html';
  expect(recordsOf(line)).toMatchObject([{ flow_direction: 'ingress', raw_bytes: 5_000, user: 'carol' }]);
});
