import { secondText } from './clock.ts';
import { bitRate, bytes, numberOf, short } from './format.ts';

type Cell = string | number | null | undefined;

export interface CellColumn {
  readonly name: string;
  readonly type: string;
  readonly unit: string | null;
  readonly decimals?: number | undefined;
}

export function isNumber({ type }: CellColumn): boolean {
  return type === 'integer' || type === 'number';
}

/** A cell as people read it. Whole numbers without a unit are names (ports, AS numbers), and stay whole. */
export function cellText(cell: Cell, column: CellColumn): string {
  if (cell === null || cell === undefined || cell === '') return '';
  if (column.type === 'time') return secondText(Number(cell));
  if (!isNumber(column)) return String(cell);
  const value = numberOf(cell);
  // Of the summary: a figure, whose unit stands beside it.
  if (column.name === 'value' && column.unit === null) return value.toLocaleString('en', { maximumFractionDigits: 3 });
  switch (column.unit) {
    case 'bytes':
      return bytes(value);
    case 'bit/s':
      return bitRate(value);
    case 'packets':
    case 'flows':
    case 'records':
    case 'hosts':
    case 'packets/s':
    case 'flows/s':
      return short(value).trimEnd();
    default:
      return column.decimals === undefined ? String(cell) : value.toFixed(column.decimals);
  }
}
