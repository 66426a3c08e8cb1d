import { type ColumnName, type RowShape, rowShape } from '../../flow/index.ts';
import { GROUP, GROUP_MASKS } from './sample-fields.ts';

/** The columns that every row of sFlow fills. */
const COMMON: readonly ColumnName[] = [
  'start',
  'end',
  'received',
  'time',
  'src_addr',
  'dst_addr',
  'src_port',
  'dst_port',
  'protocol',
  'icmp_type',
  'icmp_code',
  'raw_bytes',
  'raw_packets',
  'sampling',
  'sampling_origin',
  'tcp_flags',
  'tos',
  'ttl',
  'exporter',
  'domain',
  'agent_address',
  'in_if',
  'out_if',
  'flow_direction',
  'src_mac',
  'dst_mac',
  'vlan',
  'format',
  'byte_layer',
];

const BY_GROUP: readonly (readonly [number, readonly ColumnName[]])[] = [
  [GROUP.tags, ['out_vlan', 'inner_vlan']],
  [GROUP.flowLabel, ['flow_label']],
  [GROUP.mpls, ['mpls_label', 'mpls_label2', 'mpls_label3']],
  [GROUP.router, ['next_hop', 'src_mask', 'dst_mask']],
  [GROUP.gateway, ['bgp_next_hop', 'src_as', 'dst_as', 'src_peer_as', 'dst_peer_as', 'as_path']],
  [GROUP.nat, ['src_nat_addr', 'dst_nat_addr', 'src_nat_port', 'dst_nat_port']],
  [GROUP.names, ['user', 'server_name']],
  [GROUP.tunnel, ['tunnel']],
  [GROUP.forwarding, ['forwarding']],
  [GROUP.source, ['source']],
  [GROUP.secured, ['spi', 'ipsec']],
];

/** The shapes of rows by the groups that they have, each made when it is first met. */
export class RowShapes {
  private readonly shapes = new Array<RowShape | undefined>(GROUP_MASKS);

  of(groups: number): RowShape {
    const known = this.shapes[groups];
    if (known) return known;
    const names = BY_GROUP.filter(([group]) => (groups & group) !== 0).flatMap(([, columns]) => columns);
    const shape = rowShape([...COMMON, ...names]);
    this.shapes[groups] = shape;
    return shape;
  }
}
