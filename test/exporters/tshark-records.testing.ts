import type { ExpectedRecord } from './telegraf.testing.ts';
import { cflowRecords, isTree, listOf, type Tree } from './tshark.testing.ts';

type Read = (text: string) => string | number | undefined;

const unlessZero: Read = (text) => (Number(text) === 0 ? undefined : Number(text));
const unlessNoAddress: Read = (text) => (text === '0.0.0.0' || text === '::' ? undefined : text);
const unlessNoMac: Read = (text) => (text === '00:00:00:00:00:00' ? undefined : text);
const END_REASONS = [undefined, 'idle', 'active', 'end', 'forced', 'resources'];
const DIRECTIONS = ['ingress', 'egress'];

/** tshark's names, Weir's columns. Of a biflow's two values the first is the forward one. */
const FIELDS: readonly (readonly [name: string, column: string, read: Read])[] = [
  ['srcaddr', 'src_addr', String],
  ['srcaddrv6', 'src_addr', String],
  ['dstaddr', 'dst_addr', String],
  ['dstaddrv6', 'dst_addr', String],
  ['srcport', 'src_port', Number],
  ['protocol', 'protocol', Number],
  ['permanent_octets', 'raw_bytes', Number],
  ['permanent_packets', 'raw_packets', Number],
  ['octets', 'raw_bytes', Number],
  ['packets', 'raw_packets', Number],
  ['inputint', 'in_if', unlessZero],
  ['outputint', 'out_if', unlessZero],
  ['tcpflags', 'tcp_flags', Number],
  ['tos', 'tos', Number],
  ['srcas', 'src_as', unlessZero],
  ['dstas', 'dst_as', unlessZero],
  ['srcmask', 'src_mask', unlessZero],
  ['dstmask', 'dst_mask', unlessZero],
  ['nexthop', 'next_hop', unlessNoAddress],
  ['bgpnexthop', 'bgp_next_hop', unlessNoAddress],
  ['vlanid', 'vlan', unlessZero],
  ['post_vlanid', 'out_vlan', unlessZero],
  ['srcmac', 'src_mac', unlessNoMac],
  ['ip_ttl', 'ttl', unlessZero],
  ['flow_end_reason', 'end_reason', (text) => END_REASONS[Number(text)]],
  ['direction', 'flow_direction', (text) => DIRECTIONS[Number(text)]],
];

/** What tshark reads in the flow records of each datagram, forward direction alone, in Weir's words. */
export const tsharkRecords = (frames: readonly Tree[]): ExpectedRecord[][] =>
  cflowRecords(frames).map((flows) => flows.map(recordOf));

function recordOf(flow: Tree): ExpectedRecord {
  const record: Record<string, string | number | undefined> = {};
  for (const [name, column, read] of FIELDS) {
    const [value] = listOf(flow[`cflow.${name}`]);
    if (typeof value === 'string') record[column] = read(value);
  }
  const port = listOf(flow['cflow.dstport'])[0];
  // ICMP's type and code stand in the destination port as well as in elements of their own.
  if (typeof port === 'string' && record.protocol !== 1 && record.protocol !== 58) record.dst_port = Number(port);
  return { ...record, ...times(flow) };
}

/** Absolute times, the most exact where a record has several forms of one moment; uptimes are not compared here. */
function times(flow: Tree): ExpectedRecord {
  let start = 0;
  let end = 0;
  for (const tree of listOf(flow['cflow.timedelta_tree']).filter(isTree)) {
    const [from] = listOf(tree['cflow.abstimestart']);
    const [to] = listOf(tree['cflow.abstimeend']);
    if (typeof from === 'string') start = Math.max(start, milliseconds(from));
    if (typeof to === 'string') end = Math.max(end, milliseconds(to));
  }
  return start > 0 && end > 0 ? { start, end } : {};
}

/** `Oct 21, 2022 09:45:13.807000000 UTC`. */
const milliseconds = (text: string) => Date.parse(text.replace(/(\.\d{3})\d*/, '$1'));
