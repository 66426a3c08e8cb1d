import type { ColumnName } from '../../flow/index.ts';
import type { ElementColumn, Reading } from './element-column.ts';

/** Column, how its elements are read, and their numbers in IANA's registry, the preferred first. */
type Line = readonly [ColumnName, Reading, readonly number[]];

const LINES: readonly Line[] = [
  ['src_addr', 'address', [8, 27]],
  ['dst_addr', 'address', [12, 28]],
  // 180-183: the ports of UDP and TCP by names of their own.
  ['src_port', 'number', [7, 182, 180]],
  ['dst_port', 'number', [11, 183, 181]],
  ['protocol', 'number', [4, 193]],
  ['raw_packets', 'number', [298, 2, 86, 24, 172]],
  ['tcp_flags', 'number', [6]],
  ['tos', 'number', [5, 55]],
  ['in_if', 'number', [10, 252]],
  ['out_if', 'number', [14, 253]],
  ['next_hop', 'address', [15, 62]],
  ['bgp_next_hop', 'address', [18, 63]],
  ['src_as', 'number', [16]],
  ['dst_as', 'number', [17]],
  ['src_peer_as', 'number', [129]],
  ['dst_peer_as', 'number', [128]],
  ['src_mask', 'number', [9, 29]],
  ['dst_mask', 'number', [13, 30]],
  ['vlan', 'number', [58, 243]],
  ['out_vlan', 'number', [59, 254]],
  ['inner_vlan', 'number', [245]],
  ['src_mac', 'number', [56, 81]],
  ['dst_mac', 'number', [80, 57]],
  ['ttl', 'number', [52, 192, 53]],
  ['flow_label', 'number', [31]],
  ['spi', 'number', [295]],
  ['mpls_label', 'label', [70]],
  ['mpls_label2', 'label', [71]],
  ['mpls_label3', 'label', [72]],
  ['end_reason', 'code', [136]],
  ['flow_direction', 'direction', [61]],
  ['forwarding', 'number', [89]],
  ['src_nat_addr', 'address', [225, 281]],
  ['dst_nat_addr', 'address', [226, 282]],
  ['src_nat_port', 'number', [227]],
  ['dst_nat_port', 'number', [228]],
  ['nat_event', 'number', [230]],
  ['fw_event', 'code', [233]],
  ['vrf', 'text', [236]],
  ['user', 'text', [371]],
  ['host', 'text', [350]],
  ['exporter_application', 'text', [96]],
  ['server_name', 'text', [460]],
];

/** Octets, the preferred first: initiator's before both directions' sum; those that left the router only where nothing else is there. */
const OCTETS: readonly (readonly [id: number, layer: 'ip' | 'frame'])[] = [
  [231, 'ip'],
  [1, 'ip'],
  [85, 'ip'],
  [352, 'frame'],
  [353, 'frame'],
  [23, 'ip'],
  [171, 'ip'],
];

/** IANA's elements and the columns that they fill. Ranks of 100 and above are for numbers that stand for a name. */
export const IANA_COLUMNS: readonly ElementColumn[] = [
  ...LINES.flatMap(([column, reading, ids]) =>
    ids.map((id, rank): ElementColumn => ({ pen: 0, id, column, reading, rank })),
  ),
  ...OCTETS.map(
    ([id, layer], rank): ElementColumn => ({ pen: 0, id, column: 'raw_bytes', reading: 'number', rank, layer }),
  ),
  { pen: 0, id: 232, column: 'raw_bytes', reading: 'number', rank: 0, layer: 'ip', reverse: true },
  { pen: 0, id: 299, column: 'raw_packets', reading: 'number', rank: 0, reverse: true },
  { pen: 0, id: 239, column: 'client_side', reading: 'initiator', rank: 2 },
  { pen: 0, id: 195, column: 'tos', reading: 'dscp', rank: 50 },
  { pen: 0, id: 234, column: 'vrf', reading: 'vrf', rank: 100 },
  { pen: 0, id: 235, column: 'vrf', reading: 'vrf', rank: 101 },
  { pen: 0, id: 95, column: 'exporter_application', reading: 'application', rank: 100 },
];
