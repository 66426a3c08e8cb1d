import { type AddressWords, type Column, columnOf, enumCode, findColumn } from '../flow/index.ts';
import type { ComputedName } from './computed.ts';

/** A number that a filter can ask for: a column that holds one, or a value computed from columns. */
export type NumberField =
  | { readonly kind: 'column'; readonly column: Column }
  | { readonly kind: 'computed'; readonly name: ComputedName };

export type Order = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** Both ends belong to it. */
export interface NumberRange {
  readonly low: bigint;
  readonly high: bigint;
}
export interface AddressRange {
  readonly low: AddressWords;
  readonly high: AddressWords;
}

/**
 * A filter after its words were looked up: columns are known to exist, literals have the type of their field. Every
 * comparison with constants is a question about ranges (sorted, not overlapping), whatever it was written as.
 */
export type FilterNode =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'and'; readonly of: readonly FilterNode[] }
  | { readonly kind: 'or'; readonly of: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly of: FilterNode }
  | { readonly kind: 'number'; readonly field: NumberField; readonly ranges: readonly NumberRange[] }
  | { readonly kind: 'address'; readonly column: Column; readonly ranges: readonly AddressRange[] }
  /** (address & mask) = value: for the netmasks with holes that nfdump permits. */
  | { readonly kind: 'masked'; readonly column: Column; readonly mask: AddressWords; readonly value: AddressWords }
  /** All, or any, of these bits are set. */
  | { readonly kind: 'bits'; readonly column: Column; readonly mask: number; readonly mode: 'all' | 'any' }
  | { readonly kind: 'text'; readonly column: Column; readonly values: readonly string[] }
  | { readonly kind: 'like'; readonly column: Column; readonly pattern: string }
  | { readonly kind: 'numbers'; readonly left: NumberField; readonly op: Order; readonly right: NumberField }
  | { readonly kind: 'addresses'; readonly left: Column; readonly op: Order; readonly right: Column }
  | { readonly kind: 'texts'; readonly left: Column; readonly op: '=' | '!='; readonly right: Column };

export const TRUE: FilterNode = { kind: 'constant', value: true };

export function columnField(name: string): NumberField {
  return { kind: 'column', column: columnOf(name) };
}

export function numberIs(field: NumberField, ...values: bigint[]): FilterNode {
  return { kind: 'number', field, ranges: mergeNumbers(values.map((v) => ({ low: v, high: v }))) };
}

/** Sorted, without overlap; neighbours are joined. */
export function mergeNumbers(ranges: readonly NumberRange[]): NumberRange[] {
  const sorted = [...ranges].sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
  const merged: { low: bigint; high: bigint }[] = [];
  for (const r of sorted) {
    const last = merged.at(-1);
    if (last && r.low <= last.high + 1n) {
      if (r.high > last.high) last.high = r.high;
    } else merged.push({ ...r });
  }
  return merged;
}

function compareAddresses(a: AddressWords, b: AddressWords): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3];
}

/**
 * Sorted, without overlap; neighbours are joined. A list is everything that it names: nfdump 1.7.1 drops an item that overlaps an
 * earlier one (nftree.c, IPNodeCMP), which is not followed.
 */
export function mergeAddresses(ranges: readonly AddressRange[]): AddressRange[] {
  const sorted = [...ranges].sort((a, b) => compareAddresses(a.low, b.low));
  const merged: { low: AddressWords; high: AddressWords }[] = [];
  for (const r of sorted) {
    const last = merged.at(-1);
    if (last && (compareAddresses(r.low, last.high) <= 0 || follows(r.low, last.high))) {
      if (compareAddresses(r.high, last.high) > 0) last.high = r.high;
    } else merged.push({ ...r });
  }
  return merged;
}

/** Whether `b` is the address just before `a`: equal words, then one that is larger by one, then zeros after ones. */
function follows(a: AddressWords, b: AddressWords): boolean {
  let i = 3;
  while (i > 0 && a[i as 1 | 2 | 3] === 0 && b[i as 1 | 2 | 3] === 0xffff_ffff) i--;
  for (let j = 0; j < i; j++) if (a[j as 0 | 1 | 2] !== b[j as 0 | 1 | 2]) return false;
  return a[i as 0 | 1 | 2 | 3] - b[i as 0 | 1 | 2 | 3] === 1;
}

/** The column with source and destination, or input and output, exchanged; the column itself where it has no direction. */
function swapColumn(column: Column): Column {
  const moved = MOVED[column.name];
  if (moved !== undefined) return columnOf(moved);
  const at = column.name.indexOf('_');
  const other = OPPOSITE[column.name.slice(0, at)];
  return (other && findColumn(other + column.name.slice(at))) || column;
}

/** Columns whose names tell their side elsewhere than in front. */
const MOVED: Readonly<Record<string, string>> = {
  exporter_src_as: 'exporter_dst_as',
  exporter_dst_as: 'exporter_src_as',
};

/** Enumerations of which two values are each other's opposite. */
const EXCHANGED: ReadonlyMap<Column, readonly [bigint, bigint]> = new Map(
  (
    [
      ['direction', 'in', 'out'],
      ['blocklist_side', 'source', 'destination'],
      ['client_side', 'source', 'destination'],
    ] as const
  ).map(([name, one, other]) => {
    return [columnOf(name), [BigInt(enumCode(name, one)), BigInt(enumCode(name, other))]] as const;
  }),
);

const OPPOSITE: Readonly<Record<string, string>> = { src: 'dst', dst: 'src', in: 'out', out: 'in' };

/** The filter that asks the same about the other direction of the flow. */
export function swapDirection(node: FilterNode): FilterNode {
  switch (node.kind) {
    case 'constant':
      return node;
    case 'and':
    case 'or':
      return { kind: node.kind, of: node.of.map(swapDirection) };
    case 'not':
      return { kind: 'not', of: swapDirection(node.of) };
    case 'number': {
      const exchanged = node.field.kind === 'column' ? EXCHANGED.get(node.field.column) : undefined;
      return exchanged
        ? { ...node, ranges: exchange(node.ranges, exchanged) }
        : { ...node, field: swapField(node.field) };
    }
    case 'numbers':
      return { ...node, left: swapField(node.left), right: swapField(node.right) };
    case 'addresses':
    case 'texts':
      return { ...node, left: swapColumn(node.left), right: swapColumn(node.right) };
    default:
      return { ...node, column: swapColumn(node.column) };
  }
}

/** Two values exchanged; what is neither is so for the other direction too. */
function exchange(ranges: readonly NumberRange[], [one, other]: readonly [bigint, bigint]): readonly NumberRange[] {
  const asks = (value: bigint) => ranges.some((r) => r.low <= value && value <= r.high);
  if (asks(one) === asks(other)) return ranges;
  const [from, to] = asks(one) ? [one, other] : [other, one];
  const kept = ranges.flatMap(({ low, high }) =>
    low <= from && from <= high
      ? [
          { low, high: from - 1n },
          { low: from + 1n, high },
        ].filter((r) => r.low <= r.high)
      : [{ low, high }],
  );
  return mergeNumbers([...kept, { low: to, high: to }]);
}

function swapField(field: NumberField): NumberField {
  return field.kind === 'column' ? { kind: 'column', column: swapColumn(field.column) } : field;
}

/** How many comparisons the filter comes down to: what bounds its cost. */
export function sizeOf(node: FilterNode): number {
  if (node.kind === 'and' || node.kind === 'or') return node.of.reduce((sum, n) => sum + sizeOf(n), 1);
  if (node.kind === 'not') return 1 + sizeOf(node.of);
  if (node.kind === 'number' || node.kind === 'address') return node.ranges.length + 1;
  return node.kind === 'text' ? node.values.length + 1 : 1;
}
