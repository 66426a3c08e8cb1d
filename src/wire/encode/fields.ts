import { isMappedIPv4 } from '../../flow/index.ts';
import { REVERSE_PEN, WEIR_ELEMENT, WEIR_PEN } from '../elements/registry.ts';
import { addressOf, type ExportedFlow, numberOf } from './exported-flow.ts';
import {
  address,
  type Column,
  counter,
  type Field,
  flowSampled,
  icmp,
  mac,
  mplsLabel,
  named,
  type Source,
  time,
  u8,
  u16,
  u32,
  words,
} from './field-kinds.ts';

/** What every record has, beside its times and its octets. */
export const BASE: readonly Field[] = [
  u8(4, 'protocol'),
  u16(7, 'src_port'),
  u16(11, 'dst_port'),
  counter(2, 'raw_packets'),
  u8(6, 'tcp_flags'),
  u8(5, 'tos'),
  u32(10, 'in_if'),
  u32(14, 'out_if'),
];

/** Fields that a record has together or not at all: a template is the base and the parts that its records have. */
export interface Part {
  readonly present: (flow: ExportedFlow) => boolean;
  readonly fields: readonly Field[];
  /** NetFlow v9 has no fields of varying length, none of enterprises, and none of IPFIX's mediators. */
  readonly only?: 'ipfix' | 'netflow9';
  /** Values that are not known are written as 0 just as well: such parts are joined when templates become too many. */
  readonly optional?: true;
}

const has =
  (...columns: readonly Source[]) =>
  (flow: ExportedFlow): boolean => {
    for (let i = 0; i < columns.length; i++) if (flow[columns[i]!] !== undefined) return true;
    return false;
  };

const is4 = (column: Column) => (flow: ExportedFlow) => {
  const words = addressOf(flow, column);
  return words !== null && isMappedIPv4(words);
};
const is6 = (column: Column) => (flow: ExportedFlow) => {
  const words = addressOf(flow, column);
  return words !== null && !isMappedIPv4(words);
};
/** Where one side is IPv6 the other one is written as ::ffff:a.b.c.d. */
const eitherIs6 = (a: Column, b: Column) => (flow: ExportedFlow) => is6(a)(flow) || is6(b)(flow);
const bothAre4 = (a: Column, b: Column) => (flow: ExportedFlow) =>
  (is4(a)(flow) || is4(b)(flow)) && !eitherIs6(a, b)(flow);
const icmpOf = (protocol: number) => (flow: ExportedFlow) => flow.protocol === protocol && flow.icmp_type !== undefined;

function part(present: Part['present'], ...fields: readonly Field[]): Part {
  return { present, fields };
}
function optional(columns: readonly Source[], ...fields: readonly Field[]): Part {
  return { present: has(...columns), fields, optional: true };
}

const of = (pen: number, field: Field): Field => ({ ...field, pen });
const reverse = (field: Field): Field => of(REVERSE_PEN, field);
const own = (field: Field): Field => of(WEIR_PEN, field);

const isMetered = has('tunnel', 'ipsec', 'continued');
const countsPayload = (flow: ExportedFlow): boolean => flow.byte_layer === 'payload';

/** A template is known by its parts, as bits of one number. */
function checked(parts: readonly Part[]): readonly Part[] {
  if (parts.length > 53) throw new Error(`${parts.length} parts do not fit into the 53 bits of a number`);
  return parts;
}

/** What an end system knows of its own flows: all of it with each of them, so that they have few templates. */
const END_SYSTEM_COLUMNS = [
  ...(['host', 'process', 'executable', 'parent', 'pid', 'app', 'container', 'vm'] as const),
  ...(['rtt', 'setup', 'response', 'outcome', 'retransmits', 'owner_source', 'duplicate'] as const),
] as const;
const END_SYSTEM_FIELDS: readonly Field[] = [
  words(WEIR_ELEMENT.host, 'host'),
  words(WEIR_ELEMENT.processName, 'process'),
  words(WEIR_ELEMENT.executable, 'executable'),
  words(WEIR_ELEMENT.parentName, 'parent'),
  u32(WEIR_ELEMENT.processId, 'pid'),
  words(WEIR_ELEMENT.app, 'app'),
  words(WEIR_ELEMENT.container, 'container'),
  words(WEIR_ELEMENT.virtualMachine, 'vm'),
  u32(WEIR_ELEMENT.roundTripTime, 'rtt'),
  u32(WEIR_ELEMENT.setupTime, 'setup'),
  u32(WEIR_ELEMENT.responseTime, 'response'),
  named(WEIR_ELEMENT.outcome, 'outcome'),
  u32(WEIR_ELEMENT.retransmits, 'retransmits'),
  named(WEIR_ELEMENT.ownerSource, 'owner_source'),
  named(WEIR_ELEMENT.duplicate, 'duplicate'),
].map(own);

/** Numbers of https://www.iana.org/assignments/ipfix; those below 128 are NetFlow v9's as well, and collectors read the others in v9, too. */
export const PARTS: readonly Part[] = checked([
  part((flow) => !countsPayload(flow), counter(1, 'raw_bytes')),
  { ...part(countsPayload, counter(1, 'raw_bytes')), only: 'netflow9' },
  { ...part(countsPayload, own(counter(WEIR_ELEMENT.payloadOctets, 'raw_bytes'))), only: 'ipfix' },
  part(
    bothAre4('src_addr', 'dst_addr'),
    address(8, 'src_addr', 1),
    address(12, 'dst_addr', 1),
    u8(9, 'src_mask'),
    u8(13, 'dst_mask'),
  ),
  part(
    eitherIs6('src_addr', 'dst_addr'),
    address(27, 'src_addr', 4),
    address(28, 'dst_addr', 4),
    u8(29, 'src_mask'),
    u8(30, 'dst_mask'),
  ),
  part((flow) => numberOf(flow, 'sampling') > 1, u32(34, 'sampling')),
  optional(['src_as', 'dst_as'], u32(16, 'src_as'), u32(17, 'dst_as')),
  optional(['src_peer_as', 'dst_peer_as'], u32(129, 'src_peer_as'), u32(128, 'dst_peer_as')),
  part(is4('next_hop'), address(15, 'next_hop', 1)),
  part(is6('next_hop'), address(62, 'next_hop', 4)),
  part(is4('bgp_next_hop'), address(18, 'bgp_next_hop', 1)),
  part(is6('bgp_next_hop'), address(63, 'bgp_next_hop', 4)),
  part(icmpOf(1), icmp(32)),
  part(icmpOf(58), icmp(139)),
  optional(['vlan', 'out_vlan'], u16(58, 'vlan'), u16(59, 'out_vlan')),
  optional(['inner_vlan'], u16(245, 'inner_vlan')),
  optional(['src_mac', 'dst_mac'], mac(56, 'src_mac'), mac(80, 'dst_mac')),
  part(has('mpls_label'), mplsLabel(70, 'mpls_label', 'mpls_label2')),
  part(has('mpls_label2'), mplsLabel(71, 'mpls_label2', 'mpls_label3')),
  part(has('mpls_label3'), mplsLabel(72, 'mpls_label3', null)),
  optional(['ttl'], u8(192, 'ttl')),
  optional(['flow_label'], u32(31, 'flow_label')),
  optional(['end_reason'], named(136, 'end_reason')),
  part(has('flow_direction'), named(61, 'flow_direction', -1)),
  optional(['forwarding'], u8(89, 'forwarding')),
  part(bothAre4('src_nat_addr', 'dst_nat_addr'), address(225, 'src_nat_addr', 1), address(226, 'dst_nat_addr', 1)),
  part(eitherIs6('src_nat_addr', 'dst_nat_addr'), address(281, 'src_nat_addr', 4), address(282, 'dst_nat_addr', 4)),
  optional(['src_nat_port', 'dst_nat_port'], u16(227, 'src_nat_port'), u16(228, 'dst_nat_port')),
  optional(['nat_event', 'fw_event'], u8(230, 'nat_event'), named(233, 'fw_event')),
  {
    ...optional(['application', 'user', 'vrf'], words(96, 'application'), words(371, 'user'), words(236, 'vrf')),
    only: 'ipfix',
  },
  optional(['spi'], u32(295, 'spi')),
  {
    ...optional(
      ['tunnel', 'ipsec', 'continued'],
      own(flowSampled),
      own(words(WEIR_ELEMENT.tunnel, 'tunnel')),
      own(named(WEIR_ELEMENT.ipsec, 'ipsec')),
      own(named(WEIR_ELEMENT.continued, 'continued')),
    ),
    present: (flow) => flow.sampling_origin === 'flows' || flow.sampling_origin === 'records' || isMetered(flow),
    only: 'ipfix',
  },
  { ...optional(END_SYSTEM_COLUMNS, ...END_SYSTEM_FIELDS), only: 'ipfix' },
  {
    ...optional(
      ['server_name'],
      own(words(WEIR_ELEMENT.serverName, 'server_name')),
      own(named(WEIR_ELEMENT.serverNameSource, 'server_name_source')),
    ),
    only: 'ipfix',
  },
  // Beside applicationName, which other collectors read: that of a record which has these is in Weir's own words.
  {
    ...optional(
      ['application_evidence', 'security'],
      own(words(WEIR_ELEMENT.application, 'application')),
      own(named(WEIR_ELEMENT.applicationEvidence, 'application_evidence')),
      own(named(WEIR_ELEMENT.security, 'security')),
    ),
    only: 'ipfix',
  },
  { ...optional(['client_side'], own(named(WEIR_ELEMENT.clientSide, 'client_side'))), only: 'ipfix' },
  // RFC 5103: the opposite direction in the same record.
  {
    ...optional(
      ['rev_packets'],
      reverse(counter(1, 'rev_bytes')),
      reverse(counter(2, 'rev_packets')),
      reverse(u8(6, 'rev_tcp_flags')),
      reverse(u8(5, 'rev_tos')),
      reverse(time(152, 'rev_start')),
      reverse(time(153, 'rev_end')),
    ),
    only: 'ipfix',
  },
  // RFC 7119, section 4: who metered what a mediator passes on.
  { ...part(is4('exporter'), address(403, 'exporter', 1), u32(405, 'domain'), time(258, 'received')), only: 'ipfix' },
  { ...part(is6('exporter'), address(404, 'exporter', 4), u32(405, 'domain'), time(258, 'received')), only: 'ipfix' },
]);

/** The columns that the encoders read. */
export const EXPORTED_COLUMNS: readonly string[] = [
  ...['start', 'end', 'received', 'src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'icmp_type', 'icmp_code'],
  ...['raw_bytes', 'raw_packets', 'sampling', 'sampling_origin', 'tcp_flags', 'tos', 'in_if', 'out_if', 'byte_layer'],
  ...['src_mask', 'dst_mask', 'src_as', 'dst_as', 'src_peer_as', 'dst_peer_as', 'next_hop', 'bgp_next_hop'],
  ...['vlan', 'out_vlan', 'inner_vlan', 'src_mac', 'dst_mac', 'mpls_label', 'mpls_label2', 'mpls_label3', 'ttl'],
  ...['flow_label', 'end_reason', 'flow_direction', 'forwarding', 'src_nat_addr', 'dst_nat_addr', 'src_nat_port'],
  ...['dst_nat_port', 'nat_event', 'fw_event', 'application', 'user', 'vrf', 'exporter', 'domain', 'spi'],
  ...['tunnel', 'ipsec', 'continued', ...END_SYSTEM_COLUMNS, 'server_name', 'server_name_source'],
  ...['application_evidence', 'security', 'client_side'],
];
