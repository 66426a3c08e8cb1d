import { formatAddress, isNetwork } from '../flow/index.ts';
import { computedOf } from './computed.ts';
import type { AddressRange, FilterNode, NumberField } from './node.ts';

/** The columns (of the table, and virtual ones) that the filter reads. One that is written but makes no difference is among them. */
export function referencedColumns(node: FilterNode): ReadonlySet<string> {
  return new Set(namesIn(node));
}

function namesIn(node: FilterNode): readonly string[] {
  switch (node.kind) {
    case 'constant':
      return [];
    case 'and':
    case 'or':
      return node.of.flatMap(namesIn);
    case 'not':
      return namesIn(node.of);
    case 'number':
      return fieldNames(node.field);
    case 'numbers':
      return [...fieldNames(node.left), ...fieldNames(node.right)];
    case 'addresses':
    case 'texts':
      return [node.left.name, node.right.name];
    default:
      return [node.column.name];
  }
}

function fieldNames(field: NumberField): readonly string[] {
  return field.kind === 'column' ? [field.column.name] : computedOf(field.name).reads;
}

/**
 * The columns that have one and the same value in every row that the filter selects, because a comparison that must hold says so: `protocol = 6 and
 * ...`. A column that has one value for another reason is not among them.
 */
export function pinnedColumns(node: FilterNode): ReadonlySet<string> {
  return new Set(pinnedIn(node));
}

/** The one address that a column has in every row that the filter selects, as text; null where there may be more. */
export function pinnedAddress(node: FilterNode, column: string): string | null {
  if (node.kind === 'and') return node.of.reduce<string | null>((found, n) => found ?? pinnedAddress(n, column), null);
  if (node.kind !== 'address' || node.column.name !== column || node.ranges.length !== 1) return null;
  const [only] = node.ranges;
  return sameWords(only!, 4) ? formatAddress(only!.low) : null;
}

function pinnedIn(node: FilterNode): readonly string[] {
  switch (node.kind) {
    case 'and':
      return node.of.flatMap(pinnedIn);
    case 'number': {
      const [only] = node.ranges;
      const one = node.ranges.length === 1 && only!.low === only!.high;
      return one && node.field.kind === 'column' ? [node.field.column.name] : [];
    }
    case 'address': {
      const [only] = node.ranges;
      if (node.ranges.length !== 1) return [];
      const one = isNetwork(node.column.name) ? isOneSubnet(only!) : sameWords(only!, 4);
      return one ? [node.column.name] : [];
    }
    case 'text':
      return node.values.length === 1 ? [node.column.name] : [];
    default:
      return [];
  }
}

function sameWords({ low, high }: AddressRange, words: number): boolean {
  return low.slice(0, words).every((word, i) => word === high[i]);
}

/** `subnet 10.1.2.0/24` is a range of addresses with one subnet in it (src/flow/virtual.ts). */
function isOneSubnet(range: AddressRange): boolean {
  const { low, high } = range;
  const ipv6 = low[0] !== 0 || low[1] !== 0;
  if (ipv6 || sameWords(range, 4)) return sameWords(range, 2);
  return low[2] === 0xffff && sameWords(range, 3) && low[3] >>> 8 === high[3] >>> 8;
}
