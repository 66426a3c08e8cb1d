import { type Column, type ColumnName, findColumn } from '../../flow/index.ts';
import { type ElementType, findElement } from '../elements/registry.ts';
import type { ElementMapping } from '../exporter-settings.ts';
import type { ElementColumn, Reading } from './element-column.ts';
import { ENTERPRISE_COLUMNS } from './enterprise-columns.ts';
import { IANA_COLUMNS } from './iana-columns.ts';

/** Which columns an element fills: the built-in table and what configuration adds, which goes before it. */
export class ColumnMapping {
  private readonly byElement = new Map<number, ElementColumn[]>();

  constructor(mappings: readonly ElementMapping[]) {
    for (const entry of [...IANA_COLUMNS, ...ENTERPRISE_COLUMNS]) this.add(entry);
    for (const mapping of mappings) {
      const entry = configured(mapping);
      if (entry) this.add(entry);
    }
  }

  private add(entry: ElementColumn): void {
    const key = keyOf(entry.pen, entry.id);
    this.byElement.set(key, [...(this.byElement.get(key) ?? []), entry]);
  }

  of(pen: number, id: number): readonly ElementColumn[] {
    return this.byElement.get(keyOf(pen, id)) ?? NONE;
  }
}

const NONE: readonly ElementColumn[] = [];

function keyOf(pen: number, id: number): number {
  return pen * 65_536 + id;
}

/** The entry of a configured mapping; null when the column is none, or cannot hold what the element is. */
export function configured({ pen, id, column: name }: ElementMapping): ElementColumn | null {
  const column = findColumn(name);
  if (!column) return null;
  const reading = readingFor(findElement(pen, id)?.type ?? 'octets', column);
  return reading && { pen, id, column: name as ColumnName, reading, rank: -1 };
}

/** Times are kept by rules of their own, and enums hold codes of ours: neither can be mapped to. */
function readingFor(type: ElementType, column: Column): Reading | null {
  if (column.type === 'address') return type === 'ipv4' || type === 'ipv6' || type === 'octets' ? 'address' : null;
  if (column.type === 'text') return TEXTS.has(type) ? 'text' : NUMBERS.has(type) ? 'decimal' : null;
  if (column.type === 'enum' || column.type === 'time') return null;
  if (type === 'float') return 'float';
  return NUMBERS.has(type) || type === 'ipv4' || type === 'octets' ? 'number' : null;
}

const TEXTS = new Set<ElementType>(['text', 'octets']);
const NUMBERS = new Set<ElementType>([
  'unsigned',
  'signed',
  'boolean',
  'mac',
  'seconds',
  'milliseconds',
  'microseconds',
  'nanoseconds',
]);
