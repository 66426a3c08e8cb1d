import { type ColumnName, columnOf, enumCode, physicalOfAll, type RowShape } from '../flow/index.ts';
import type { ColumnMapping } from './columns/column-mapping.ts';
import { type ColumnOp, columnOp } from './columns/column-op.ts';
import type { Template } from './template.ts';
import { asPeer, type Candidate, candidates, choose, isCounter, isReverse, reversed } from './template-fields.ts';
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
  /** Where a record tells its octets; null where it does not, or only by a packet. */
  readonly octets: FieldPlace | null;
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

/**
 * Bytes of a record for each row that it makes: batches are given so much room for a datagram (ingest's pipeline). A shorter record,
 * one port and nothing else, says too little of a flow to be one: it is counted among the data records, as options are, and makes no
 * row. Where records are of variable length, rows of a set are bounded by its bytes instead.
 */
const LEAST_ROW_BYTES = 4;

/** Rows that a data set of so many bytes makes at most: its head, of four bytes, is one more. */
export function mostRows(bytes: number): number {
  return 1 + Math.floor(bytes / LEAST_ROW_BYTES);
}

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
  const counters = fields.filter((c) => isReverse(template, c) && isCounter(c.column));
  const rows = counters.length > 0 ? 2 : 1;
  if (!isFlow || (template.fixed && template.minBytes < rows * LEAST_ROW_BYTES))
    return { peer, hasSource, layout, forward: null, reverse: null, reverseCounters: [] };
  const forward = fields.filter((c) => !isReverse(template, c));
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
  let byteLayer = enumCode('byte_layer', 'ip');
  for (const [column, list] of chosen) {
    const before = ops.length;
    for (const [i, candidate] of list.entries()) {
      const place = layout.place(candidate.field);
      const op = columnOp(place, candidate.entry.reading, column, ops.length > before, i === list.length - 1);
      if (!op) continue;
      ops.push(op);
      if (candidate.entry.layer) byteLayer = enumCode('byte_layer', candidate.entry.layer);
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
    octets: ops.find((op) => op.column === 'raw_bytes')?.place ?? null,
    byteLayer,
    hasSource,
    zeros: { u8: targets(missing, 'u8'), u16: targets(missing, 'u16'), u64: targets(missing, 'u64') },
  };
}

function takesSeveral(column: ColumnName): boolean {
  return SEVERAL.has(column) || columnOf(column).type === 'text';
}

function targets(names: readonly ColumnName[], word: string): number[] {
  return physicalOfAll(names)
    .filter((p) => p.word === word)
    .map((p) => targetOf(p.name));
}
