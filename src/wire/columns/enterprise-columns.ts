import type { ColumnName } from '../../flow/index.ts';
import {
  CISCO_ENDPOINT_ELEMENTS,
  NTOP_PROCESS_ELEMENTS,
  NVZFLOW_ELEMENTS,
  NVZFLOW_LOGGED_IN_USER,
  type ProcessElement,
  type ProcessFact,
  ZIFTEN_ELEMENTS,
} from '../elements/process-elements.ts';
import { CISCO_PEN, NTOP_PEN, WEIR_ELEMENT, WEIR_PEN } from '../elements/registry.ts';
import type { ElementColumn, Reading } from './element-column.ts';

function column(pen: number, name: ColumnName, reading: Reading, rank: number, id: number): ElementColumn {
  return { pen, id, column: name, reading, rank };
}

/** Cisco: NAT and events of old ASA, visibility of applications (AVC), whose connections have a client and a server instead of ends. */
const CISCO: readonly ElementColumn[] = [
  column(CISCO_PEN, 'user', 'text', 1, 7232),
  column(CISCO_PEN, 'src_nat_addr', 'address', 4, 7233),
  column(CISCO_PEN, 'dst_nat_addr', 'address', 4, 7234),
  column(CISCO_PEN, 'src_nat_port', 'number', 4, 7235),
  column(CISCO_PEN, 'dst_nat_port', 'number', 4, 7236),
  column(CISCO_PEN, 'fw_event', 'code', 4, 7237),
  column(CISCO_PEN, 'src_addr', 'address', 10, 12236),
  column(CISCO_PEN, 'dst_addr', 'address', 10, 12237),
  column(CISCO_PEN, 'src_addr', 'address', 11, 12238),
  column(CISCO_PEN, 'dst_addr', 'address', 11, 12239),
  column(CISCO_PEN, 'src_port', 'number', 10, 12240),
  column(CISCO_PEN, 'dst_port', 'number', 10, 12241),
  column(CISCO_PEN, 'server_name', 'avc_text', 2, 12235),
  { ...column(CISCO_PEN, 'raw_bytes', 'number', 20, 8338), layer: 'ip' },
  { ...column(CISCO_PEN, 'raw_bytes', 'number', 20, 8337), layer: 'ip', reverse: true },
  // nvzFlow counts payload, seen from the end system.
  { ...column(CISCO_PEN, 'raw_bytes', 'number', 21, 12347), layer: 'payload' },
  { ...column(CISCO_PEN, 'raw_bytes', 'number', 21, 12346), layer: 'payload', reverse: true },
];

const NTOP: readonly ElementColumn[] = [
  column(NTOP_PEN, 'exporter_application', 'text', 1, 119),
  column(NTOP_PEN, 'exporter_application', 'text', 2, 427),
  column(NTOP_PEN, 'server_name', 'text', 3, 188),
  column(NTOP_PEN, 'server_name', 'text', 4, 187),
  column(NTOP_PEN, 'server_name', 'text', 5, 361),
  column(NTOP_PEN, 'server_name', 'text', 6, 122),
  column(NTOP_PEN, 'user', 'text', 2, 121),
  column(NTOP_PEN, 'user', 'text', 3, 428),
  column(NTOP_PEN, 'tcp_flags', 'number', 10, 78),
  { ...column(NTOP_PEN, 'tcp_flags', 'number', 10, 79), reverse: true },
];

const WEIR: readonly ElementColumn[] = [
  column(WEIR_PEN, 'tunnel', 'text', 1, WEIR_ELEMENT.tunnel),
  column(WEIR_PEN, 'ipsec', 'code', 1, WEIR_ELEMENT.ipsec),
  column(WEIR_PEN, 'continued', 'code', 1, WEIR_ELEMENT.continued),
  column(WEIR_PEN, 'host', 'text', 1, WEIR_ELEMENT.host),
  column(WEIR_PEN, 'process', 'text', 1, WEIR_ELEMENT.processName),
  column(WEIR_PEN, 'executable', 'text', 1, WEIR_ELEMENT.executable),
  column(WEIR_PEN, 'parent', 'text', 1, WEIR_ELEMENT.parentName),
  column(WEIR_PEN, 'pid', 'number', 1, WEIR_ELEMENT.processId),
  column(WEIR_PEN, 'app', 'text', 1, WEIR_ELEMENT.app),
  column(WEIR_PEN, 'container', 'text', 1, WEIR_ELEMENT.container),
  column(WEIR_PEN, 'vm', 'text', 1, WEIR_ELEMENT.virtualMachine),
  column(WEIR_PEN, 'rtt', 'number', 1, WEIR_ELEMENT.roundTripTime),
  column(WEIR_PEN, 'setup', 'number', 1, WEIR_ELEMENT.setupTime),
  column(WEIR_PEN, 'response', 'number', 1, WEIR_ELEMENT.responseTime),
  column(WEIR_PEN, 'outcome', 'code', 1, WEIR_ELEMENT.outcome),
  column(WEIR_PEN, 'retransmits', 'number', 1, WEIR_ELEMENT.retransmits),
  column(WEIR_PEN, 'owner_source', 'code', 1, WEIR_ELEMENT.ownerSource),
  column(WEIR_PEN, 'duplicate', 'code', 1, WEIR_ELEMENT.duplicate),
  column(WEIR_PEN, 'server_name', 'text', 1, WEIR_ELEMENT.serverName),
  column(WEIR_PEN, 'server_name_source', 'code', 1, WEIR_ELEMENT.serverNameSource),
  column(WEIR_PEN, 'application', 'text', 0, WEIR_ELEMENT.application),
  column(WEIR_PEN, 'application_evidence', 'code', 1, WEIR_ELEMENT.applicationEvidence),
  column(WEIR_PEN, 'security', 'code', 1, WEIR_ELEMENT.security),
  column(WEIR_PEN, 'client_side', 'client', 1, WEIR_ELEMENT.clientSide),
  // Counted above the headers, where the kernel tells no more.
  { ...column(WEIR_PEN, 'raw_bytes', 'number', 22, WEIR_ELEMENT.payloadOctets), layer: 'payload' },
];

/** What of a process has a column, and how it is read. */
const FACTS: Readonly<Partial<Record<ProcessFact, readonly [ColumnName, Reading]>>> = {
  process: ['process', 'text'],
  executable: ['executable', 'text'],
  parent: ['parent', 'text'],
  user: ['user', 'text'],
  uid: ['user', 'decimal'],
  pid: ['pid', 'number'],
  host: ['host', 'text'],
};

const SIDE_RANK = { own: 10, source: 20, destination: 30 } as const;

/** The end system's own process first, then that of the source. The destination's host is who was asked for, not who metered. */
function processColumn({ fact, side, pen, id }: ProcessElement): ElementColumn[] {
  if (fact === 'host' && side === 'destination') return [column(pen, 'server_name', 'text', 20, id)];
  const target = FACTS[fact];
  return target ? [column(pen, target[0], target[1], SIDE_RANK[side] + (fact === 'uid' ? 100 : 0), id)] : [];
}

/** Elements of enterprises and the columns that they fill. */
export const ENTERPRISE_COLUMNS: readonly ElementColumn[] = [
  ...CISCO,
  ...NTOP,
  ...WEIR,
  ...[
    ...NVZFLOW_ELEMENTS.filter((element) => element.pen !== 0),
    NVZFLOW_LOGGED_IN_USER,
    ...CISCO_ENDPOINT_ELEMENTS,
    ...NTOP_PROCESS_ELEMENTS,
    ...ZIFTEN_ELEMENTS,
  ].flatMap(processColumn),
];
