import type { Line } from './line-protocol.testing.ts';

/** A record in Weir's words, as `weir flows --format jsonl` gives it; undefined: Weir is to leave the column out. */
export type ExpectedRecord = Readonly<Record<string, string | number | undefined>>;

type Value = string | number;
interface Mapping {
  readonly column: string;
  readonly read: (value: Value) => Value | undefined;
}

const as = (column: string, read: Mapping['read'] = (value) => value): Mapping => ({ column, read });
const unlessZero = (value: Value) => (Number(value) === 0 ? undefined : value);
const number = (value: Value) => Number(value);

const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };
const END_REASONS: Readonly<Record<string, string>> = {
  'idle timeout': 'idle',
  'active timeout': 'active',
  'end of flow': 'end',
  'forced end': 'forced',
  'lack of resources': 'resources',
};

/** telegraf writes one letter for a flag that is set and a dot for another, most significant first. */
function readFlags(value: Value): number {
  return [...String(value)].reduce((bits, letter) => bits * 2 + Number(letter !== '.'), 0);
}

function known<T>(table: Readonly<Record<string, T>>, value: Value): T {
  const found = table[String(value)];
  if (found === undefined) throw new Error(`no word for telegraf's "${value}"`);
  return found;
}

/** How telegraf's names of the elements map to Weir's columns. */
const COLUMNS: Readonly<Record<string, Mapping>> = {
  src: as('src_addr', (value) => plainAddress(value)),
  dst: as('dst_addr', (value) => plainAddress(value)),
  src_port: as('src_port'),
  dst_port: as('dst_port'),
  protocol: as('protocol', (value) => known(PROTOCOLS, value)),
  in_bytes: as('raw_bytes'),
  in_packets: as('raw_packets'),
  in_total_bytes: as('raw_bytes'),
  in_total_packets: as('raw_packets'),
  flow_start_ms: as('start'),
  flow_end_ms: as('end'),
  tcp_flags: as('tcp_flags', readFlags),
  src_tos: as('tos', number),
  in_snmp: as('in_if', unlessZero),
  out_snmp: as('out_if', unlessZero),
  next_hop: as('next_hop', (value) => (value === '0.0.0.0' ? undefined : value)),
  src_mask: as('src_mask', unlessZero),
  dst_mask: as('dst_mask', unlessZero),
  bgp_src_as: as('src_as', unlessZero),
  bgp_dst_as: as('dst_as', unlessZero),
  vlan_src: as('vlan', unlessZero),
  in_src_mac: as('src_mac'),
  out_dst_mac: as('dst_mac'),
  direction: as('flow_direction'),
  flow_end_reason: as('end_reason', (value) => known(END_REASONS, value)),
};

/** Names that are no column, each with its reason. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  first_switched:
    'uptime: compared as start where the header gives the boot time, else the record has an absolute time as well',
  last_switched: 'likewise',
  flow_start: 'seconds; beside it stand milliseconds, or it is 0, which is no time',
  flow_end: 'likewise',
  sys_uptime: 'of the header',
  seq_number: 'of the header',
  flows: 'v5: of the header; else a count of aggregated flows that is 1',
  engine_type: 'v5: part of the domain; in records of v9 it is no part of it (RFC 3954 section 5.1 has the source id)',
  engine_id: 'likewise',
  sampling_interval: '0: not sampled',
  icmp_type: 'telegraf shows element 32 of TCP flows as well',
  icmp_code: 'likewise',
  fwd_status: 'all "unknown": 0',
  fwd_reason: 'likewise',
  ip_version: 'the addresses have it',
  dst_tos: 'type of service after the exporter: no column',
};

/** Elements by number that telegraf has no name for: CERT's (6871) and ntop's (35632), and what ntop's are called with a mapping file. */
const NO_COLUMN =
  /^(type_6871_(rev_)?\d+|type_35632_\d+|(app|client_nw|server_nw)_latency_ms|ssl_\w+|ja3[cs]_hash|l7_proto|retransmitted_(in|out)_(bytes|pkts))$/;

/** Elements of the reverse direction (RFC 5103) under telegraf's names: hexadecimal. */
const REVERSE: Readonly<Record<string, Mapping>> = {
  type_29305_85: as('raw_bytes', number),
  type_29305_86: as('raw_packets', number),
  type_29305_58: as('vlan', (value) => unlessZero(Number(value))),
  type_29305_5: as('tos', number),
};

/** Go writes IPv6 addresses without the compression of RFC 5952 where it is not the longest run; a URL's host has it. */
function plainAddress(value: Value): string {
  const text = String(value);
  return text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

/** The rows that a line of telegraf's stands for: two for a biflow whose reverse direction has packets. */
export function expectedRecords({ fields }: Line): ExpectedRecord[] {
  const forward: Record<string, Value | undefined> = {};
  const reverse: Record<string, Value | undefined> = {};
  for (const [name, value] of Object.entries(fields)) {
    const mapping = COLUMNS[name];
    const back = REVERSE[name];
    if (mapping) forward[mapping.column] = mapping.read(value);
    else if (back) reverse[back.column] = back.read(value);
    else if (!(name in NOT_COMPARED) && !NO_COLUMN.test(name)) throw new Error(`telegraf's "${name}" is not mapped`);
  }
  if (!reverse.raw_packets) return [forward];
  const { src_addr, dst_addr, src_port, dst_port, protocol, end_reason, end } = forward;
  const swapped = { src_addr: dst_addr, dst_addr: src_addr, src_port: dst_port, dst_port: src_port };
  return [forward, { ...reverse, ...swapped, protocol, end_reason, end }];
}
