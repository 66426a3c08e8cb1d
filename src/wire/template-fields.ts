import type { ColumnName } from '../flow/index.ts';
import type { ColumnMapping } from './columns/column-mapping.ts';
import type { ElementColumn, Reading } from './columns/element-column.ts';
import { REVERSE_PEN } from './elements/registry.ts';
import type { Template } from './template.ts';

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

/** How fields are read that say something of an end. */
const REVERSED: Readonly<Partial<Record<Reading, Reading>>> = {
  initiator: 'initiator_reversed',
  client: 'client_reversed',
};

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
export interface Candidate {
  readonly field: number;
  readonly entry: ElementColumn;
  readonly column: ColumnName;
  readonly rank: number;
}

/** Fields that are tried for one column. */
const MOST_OF_ONE = 4;
export function candidates(template: Template, mapping: ColumnMapping): Candidate[] {
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
export function isReverse(template: Template, { field, entry }: Candidate): boolean {
  return (entry.reverse === true) !== (template.pens[field] === REVERSE_PEN);
}

export function isCounter(column: ColumnName): boolean {
  return column === 'raw_bytes' || column === 'raw_packets';
}

/** The fields as the row of the opposite direction has them: its own first, then those of the flow with the ends exchanged. */
export function reversed(template: Template, fields: readonly Candidate[]): Candidate[] {
  return fields.flatMap((c): Candidate[] => {
    if (isReverse(template, c)) return [c];
    if (ONE_WAY.has(c.column)) return [];
    const entry = { ...c.entry, reading: REVERSED[c.entry.reading] ?? c.entry.reading };
    return [{ ...c, entry, column: OPPOSITE.get(c.column) ?? c.column, rank: c.rank + 1_000 }];
  });
}

/** The fields of each column, the preferred first; of equal rank the first one in the template. */
export function choose(fields: readonly Candidate[]): Map<ColumnName, Candidate[]> {
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

/** AS fields do not say whether they hold the origin or the neighbour. */
export function asPeer(candidate: Candidate): Candidate {
  const { column } = candidate;
  // Fields that name the neighbour themselves keep their rank and come first.
  if (column === 'src_as') return { ...candidate, column: 'src_peer_as', rank: candidate.rank + 1 };
  return column === 'dst_as' ? { ...candidate, column: 'dst_peer_as', rank: candidate.rank + 1 } : candidate;
}
