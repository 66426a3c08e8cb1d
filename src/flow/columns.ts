/**
 * The one table of what a flow record is. Batches, the SQL schema, the filter language's fields, JSON and CSV output and
 * the API's documents are derived from it: adding a column touches this file alone.
 *
 * `id` is permanent and never reused (a removed column leaves its number behind). `ie` is the IPFIX information element
 * (https://www.iana.org/assignments/ipfix). `unknown` is the value that stands for "not known" in memory and in SQL; such a value is
 * absent in JSON. No column is ever NULL, so that a filter means the same in SQL and in memory.
 */

/** How a value is kept: unsigned words of 8 to 64 bits, `time` (ms since 1970, UTC, 64 bits), `address` (two 64-bit words, IPv4 as ::ffff:a.b.c.d), `enum` (8 bits, names in `values`), `text` (dictionary code). */
type ColumnType = 'u8' | 'u16' | 'u32' | 'u64' | 'time' | 'address' | 'enum' | 'text';

export interface Column {
  readonly id: number;
  readonly name: string;
  readonly type: ColumnType;
  readonly unit?: 'ms' | 'bytes' | 'packets' | '1 in N' | 'bits';
  readonly ie?: number;
  readonly meaning: string;
  /** May stand in `by` of a query. */
  readonly group?: true;
  /** May be summed as a metric. */
  readonly sum?: true;
  readonly unknown?: number | '';
  /** For `enum`: the names, by stored value. */
  readonly values?: readonly string[];
  /** How a number is shown and may be written in a filter. */
  readonly names?: 'protocol' | 'tcp_flags';
  /** Other words for the column in the filter language: nfdump's and those that its users type. */
  readonly aliases?: readonly string[];
}

export const COLUMNS = [
  { id: 1, name: 'start', type: 'time', unit: 'ms', ie: 152, meaning: 'first packet of the flow' },
  { id: 2, name: 'end', type: 'time', unit: 'ms', ie: 153, meaning: 'last packet of the flow' },
  { id: 3, name: 'received', type: 'time', unit: 'ms', ie: 258, meaning: 'when the record arrived here' },
  {
    id: 4,
    name: 'time',
    type: 'time',
    unit: 'ms',
    meaning: 'end of the flow on the clock of this node: the axis of every query',
  },
  {
    id: 5,
    name: 'src_addr',
    type: 'address',
    ie: 27,
    meaning: 'source address',
    group: true,
    unknown: 0,
    aliases: ['src ip', 'srcip'],
  },
  {
    id: 6,
    name: 'dst_addr',
    type: 'address',
    ie: 28,
    meaning: 'destination address',
    group: true,
    unknown: 0,
    aliases: ['dst ip', 'dstip'],
  },
  {
    id: 7,
    name: 'src_port',
    type: 'u16',
    ie: 7,
    meaning: 'source port; 0 where the protocol has none',
    group: true,
    aliases: ['src port', 'srcport'],
  },
  {
    id: 8,
    name: 'dst_port',
    type: 'u16',
    ie: 11,
    meaning: 'destination port; 0 where the protocol has none',
    group: true,
    aliases: ['dst port', 'dstport'],
  },
  {
    id: 9,
    name: 'protocol',
    type: 'u8',
    ie: 4,
    meaning: 'IP protocol number',
    group: true,
    names: 'protocol',
    aliases: ['proto'],
  },
  {
    id: 10,
    name: 'icmp_type',
    type: 'u8',
    ie: 176,
    meaning: 'ICMP or ICMPv6 type',
    group: true,
    unknown: 255,
    aliases: ['icmp-type'],
  },
  {
    id: 11,
    name: 'icmp_code',
    type: 'u8',
    ie: 177,
    meaning: 'ICMP or ICMPv6 code',
    group: true,
    unknown: 255,
    aliases: ['icmp-code'],
  },
  {
    id: 12,
    name: 'raw_bytes',
    type: 'u64',
    unit: 'bytes',
    ie: 1,
    meaning: 'octets as exported, before scaling by sampling',
    sum: true,
  },
  {
    id: 13,
    name: 'raw_packets',
    type: 'u64',
    unit: 'packets',
    ie: 2,
    meaning: 'packets as exported, before scaling by sampling',
    sum: true,
  },
  {
    id: 14,
    name: 'sampling',
    type: 'u32',
    unit: '1 in N',
    ie: 34,
    meaning: 'one packet in N was looked at',
    group: true,
  },
  {
    id: 15,
    name: 'sampling_origin',
    type: 'enum',
    meaning: 'where the sampling rate is known from; unknown: sampling was signalled without a rate',
    group: true,
    values: ['unknown', 'default', 'configured', 'options', 'record', 'shed'],
  },
  {
    id: 16,
    name: 'tcp_flags',
    type: 'u8',
    unit: 'bits',
    ie: 6,
    meaning: 'TCP flags seen in the flow, or-ed together',
    group: true,
    names: 'tcp_flags',
  },
  {
    id: 17,
    name: 'tos',
    type: 'u8',
    ie: 5,
    meaning: 'type of service (DSCP and ECN)',
    group: true,
    aliases: ['src tos'],
  },
  {
    id: 18,
    name: 'exporter',
    type: 'address',
    ie: 130,
    meaning: 'address that the export came from',
    group: true,
    unknown: 0,
    aliases: ['router ip'],
  },
  {
    id: 19,
    name: 'domain',
    type: 'u32',
    ie: 149,
    meaning: 'observation domain; for NetFlow v5 engine type x 256 + engine id',
    group: true,
  },
  {
    id: 20,
    name: 'in_if',
    type: 'u32',
    ie: 10,
    meaning: 'SNMP index of the input interface; 0 unknown',
    group: true,
    unknown: 0,
    aliases: ['in if', 'inif'],
  },
  {
    id: 21,
    name: 'out_if',
    type: 'u32',
    ie: 14,
    meaning: 'SNMP index of the output interface; 0 unknown or dropped',
    group: true,
    unknown: 0,
    aliases: ['out if', 'outif'],
  },
  {
    id: 22,
    name: 'next_hop',
    type: 'address',
    ie: 15,
    meaning: 'address of the next router',
    group: true,
    unknown: 0,
    aliases: ['next ip', 'nextip'],
  },
  {
    id: 23,
    name: 'src_as',
    type: 'u32',
    ie: 16,
    meaning: 'autonomous system of the source as the exporter says',
    group: true,
    unknown: 0,
    aliases: ['src as', 'srcas'],
  },
  {
    id: 24,
    name: 'dst_as',
    type: 'u32',
    ie: 17,
    meaning: 'autonomous system of the destination as the exporter says',
    group: true,
    unknown: 0,
    aliases: ['dst as', 'dstas'],
  },
  {
    id: 25,
    name: 'src_mask',
    type: 'u8',
    unit: 'bits',
    ie: 9,
    meaning: 'length of the route prefix of the source; 0 unknown',
    group: true,
    unknown: 0,
    aliases: ['src mask'],
  },
  {
    id: 26,
    name: 'dst_mask',
    type: 'u8',
    unit: 'bits',
    ie: 13,
    meaning: 'length of the route prefix of the destination; 0 unknown',
    group: true,
    unknown: 0,
    aliases: ['dst mask'],
  },
] as const satisfies readonly Column[];

export type ColumnName = (typeof COLUMNS)[number]['name'];
