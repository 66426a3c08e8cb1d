import { type ColumnName, columnOf, physicalOf, type RowShape } from '../flow/index.ts';
import type { ColumnMapping } from './columns/column-mapping.ts';
import { type ColumnOp, columnOp } from './columns/column-op.ts';
import type { ElementColumn } from './columns/element-column.ts';
import { REVERSE_PEN } from './elements/registry.ts';
import type { Template } from './template.ts';
import { type IcmpPlan, planIcmp } from './template-icmp.ts';
import { type FieldPlace, TemplateLayout } from './template-layout.ts';
import { PACKET_COLUMNS, type PacketPlan, planPacket } from './template-packets.ts';
import { planSampling, type SamplingPlan } from './template-sampling.ts';
import { targetOf } from './template-targets.ts';
import { planTimes, type TimePlan } from './template-times.ts';

/** How the records of a template become rows of one direction. */
export interface RowPlan {
  readonly shape: RowShape;
  readonly ops: readonly ColumnOp[];
  readonly times: TimePlan;
  readonly icmp: IcmpPlan;
  readonly sampling: SamplingPlan;
  readonly packet: PacketPlan | null;
  /** A code of `byte_layer`. */
  readonly byteLayer: number;
  readonly hasSource: boolean;
  /** Columns that every row has and no field fills: 8-bit, 16-bit and 64-bit ones. */
  readonly zeros: { readonly u8: readonly number[]; readonly u16: readonly number[]; readonly u64: readonly number[] };
}

/** What a template means, for exporters whose AS fields mean the same. Compiled once and used for every set of the template. */
export interface TemplatePlan {
  readonly peer: boolean;
  readonly hasSource: boolean;
  readonly layout: TemplateLayout;
  /** Null when the records describe no flow. */
  readonly forward: RowPlan | null;
  /** For records of two directions; a record has a row of it where one of `reverseCounters` is not 0. */
  readonly reverse: RowPlan | null;
  readonly reverseCounters: readonly FieldPlace[];
}

/** Makes shapes; the same one for the same columns. */
export type ShapeOf = (columns: readonly ColumnName[]) => RowShape;

/** In every row, from the message or from the receiver. */
const COMMON: readonly ColumnName[] = [
  'start',
  'end',
  'received',
  'time',
  'exporter',
  'domain',
  'format',
  'sampling',
  'sampling_origin',
  'icmp_type',
  'icmp_code',
  'byte_layer',
];
const SOURCE: readonly ColumnName[] = ['source'];
const REQUIRED: readonly ColumnName[] = [
  'protocol',
  'src_port',
  'dst_port',
  'raw_bytes',
  'raw_packets',
  'tcp_flags',
  'tos',
];

/** A record with none of these is no flow: names, statistics of an exporter, inventories. */
const OF_FLOWS = new Set<ColumnName>([
  'src_addr',
  'dst_addr',
  'src_port',
  'dst_port',
  'src_mac',
  'dst_mac',
  'raw_bytes',
  'raw_packets',
  'src_nat_addr',
  'mpls_label',
]);

/** Columns that may have several fields in one template, of which each record fills one. */
const SEVERAL = new Set<ColumnName>([
  'src_addr',
  'dst_addr',
  'next_hop',
  'bgp_next_hop',
  'src_nat_addr',
  'dst_nat_addr',
  'src_mask',
  'dst_mask',
  'pid',
]);
const MOST_OF_ONE = 4;

const OPPOSITE = new Map<ColumnName, ColumnName>(
  (
    [
      ['src_addr', 'dst_addr'],
      ['src_port', 'dst_port'],
      ['src_mask', 'dst_mask'],
      ['src_as', 'dst_as'],
      ['src_peer_as', 'dst_peer_as'],
      ['src_mac', 'dst_mac'],
      ['src_nat_addr', 'dst_nat_addr'],
      ['src_nat_port', 'dst_nat_port'],
      ['in_if', 'out_if'],
      ['vlan', 'out_vlan'],
    ] as const
  ).flatMap(([a, b]): [ColumnName, ColumnName][] => [
    [a, b],
    [b, a],
  ]),
);

/** What was seen in one direction says nothing of the other. */
const ONE_WAY = new Set<ColumnName>([
  'raw_bytes',
  'raw_packets',
  'tcp_flags',
  'tos',
  'ttl',
  'flow_label',
  'mpls_label',
  'mpls_label2',
  'mpls_label3',
  'forwarding',
  'flow_direction',
  'next_hop',
  'bgp_next_hop',
]);

/** A field that could fill a column. */
interface Candidate {
  readonly field: number;
  readonly entry: ElementColumn;
  readonly column: ColumnName;
  readonly rank: number;
}

/** `peer`: AS fields hold neighbours. `hasSource`: rows name the import that they come from. */
export function compilePlan(
  template: Template,
  mapping: ColumnMapping,
  peer: boolean,
  hasSource: boolean,
  shapeOf: ShapeOf,
): TemplatePlan {
  const layout = new TemplateLayout(template);
  const fields = candidates(template, mapping);
  const packet = planPacket(layout);
  const isFlow = packet !== null || fields.some((c) => OF_FLOWS.has(c.column));
  if (!isFlow) return { peer, hasSource, layout, forward: null, reverse: null, reverseCounters: [] };
  const forward = fields.filter((c) => !isReverse(template, c));
  const counters = fields.filter((c) => isReverse(template, c) && isCounter(c.column));
  const compile = (list: readonly Candidate[], reverse: boolean) =>
    compileRow(layout, list, peer, hasSource, reverse, reverse ? null : packet, shapeOf);
  return {
    peer,
    hasSource,
    layout,
    forward: compile(forward, false),
    reverse: counters.length > 0 ? compile(reversed(template, fields), true) : null,
    reverseCounters: counters.map((c) => layout.place(c.field)).filter((place) => place.length !== 0),
  };
}

function candidates(template: Template, mapping: ColumnMapping): Candidate[] {
  const found: Candidate[] = [];
  for (let field = template.scopeFields; field < template.ids.length; field++) {
    const pen = template.pens[field]! === REVERSE_PEN ? 0 : template.pens[field]!;
    // A field of no bytes says nothing.
    if (template.lengths[field] === 0) continue;
    for (const entry of mapping.of(pen, template.ids[field]!)) {
      found.push({ field, entry, column: entry.column, rank: entry.rank });
    }
  }
  return found;
}

/** RFC 5103 section 6.1: elements of the reverse direction have an enterprise number of their own. */
function isReverse(template: Template, { field, entry }: Candidate): boolean {
  return (entry.reverse === true) !== (template.pens[field] === REVERSE_PEN);
}

function isCounter(column: ColumnName): boolean {
  return column === 'raw_bytes' || column === 'raw_packets';
}

/** The fields as the row of the opposite direction has them: its own first, then those of the flow with the ends exchanged. */
function reversed(template: Template, fields: readonly Candidate[]): Candidate[] {
  return fields.flatMap((c): Candidate[] => {
    if (isReverse(template, c)) return [c];
    if (ONE_WAY.has(c.column)) return [];
    return [{ ...c, column: OPPOSITE.get(c.column) ?? c.column, rank: c.rank + 1_000 }];
  });
}

function compileRow(
  layout: TemplateLayout,
  fields: readonly Candidate[],
  peer: boolean,
  hasSource: boolean,
  reverse: boolean,
  packet: PacketPlan | null,
  shapeOf: ShapeOf,
): RowPlan {
  const chosen = choose(peer ? fields.map(asPeer) : fields);
  const ops: ColumnOp[] = [];
  let byteLayer = columnOf('byte_layer').values!.indexOf('ip');
  for (const [column, list] of chosen) {
    const before = ops.length;
    for (const [i, candidate] of list.entries()) {
      const place = layout.place(candidate.field);
      const op = columnOp(place, candidate.entry.reading, column, ops.length > before, i === list.length - 1);
      if (!op) continue;
      ops.push(op);
      if (candidate.entry.layer) byteLayer = columnOf('byte_layer').values!.indexOf(candidate.entry.layer);
      if (!takesSeveral(column)) break;
    }
  }
  const times = planTimes(layout, reverse);
  const filled = new Set<ColumnName>([...ops.map((op) => op.column), ...(packet ? PACKET_COLUMNS : [])]);
  const missing = REQUIRED.filter((name) => !filled.has(name));
  return {
    shape: shapeOf([...new Set([...COMMON, ...REQUIRED, ...filled, ...(hasSource ? SOURCE : [])])]),
    ops,
    times,
    icmp: planIcmp(layout, reverse, filled.has('protocol')),
    sampling: planSampling(layout, reverse),
    packet,
    byteLayer,
    hasSource,
    zeros: { u8: targets(missing, 'u8'), u16: targets(missing, 'u16'), u64: targets(missing, 'u64') },
  };
}

/** The fields of each column, the preferred first; of equal rank the first one in the template. */
function choose(fields: readonly Candidate[]): Map<ColumnName, Candidate[]> {
  const chosen = new Map<ColumnName, Candidate[]>();
  for (const candidate of fields) {
    const list = chosen.get(candidate.column);
    if (list) list.push(candidate);
    else chosen.set(candidate.column, [candidate]);
  }
  for (const list of chosen.values()) {
    list.sort((a, b) => a.rank - b.rank);
    list.splice(MOST_OF_ONE);
  }
  return chosen;
}

function takesSeveral(column: ColumnName): boolean {
  return SEVERAL.has(column) || columnOf(column).type === 'text';
}

/** AS fields do not say whether they hold the origin or the neighbour. */
function asPeer(candidate: Candidate): Candidate {
  const { column } = candidate;
  // Fields that name the neighbour themselves keep their rank and come first.
  if (column === 'src_as') return { ...candidate, column: 'src_peer_as', rank: candidate.rank + 1 };
  return column === 'dst_as' ? { ...candidate, column: 'dst_peer_as', rank: candidate.rank + 1 } : candidate;
}

function targets(names: readonly ColumnName[], word: string): number[] {
  return names
    .flatMap((name) => physicalOf(columnOf(name)))
    .filter((p) => p.word === word)
    .map((p) => targetOf(p.name));
}
