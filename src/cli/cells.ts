import { type Column, displayNumber, findColumn, findVirtualColumn } from '../flow/index.ts';
import { grouped, milliseconds, span, withPrefix } from './human.ts';
import type { TableColumn } from './table.ts';
import { formatTime } from './time.ts';

/** A column of an answer as all answers describe theirs. */
export interface Described {
  readonly name: string;
  readonly type: string;
  readonly unit?: string | null | undefined;
}

export type Cell = string | number | null | undefined;

/** A value as people read it: sizes and rates with a prefix, counts in groups of three, protocols and flags by name. */
export function showCell(column: Described, value: Cell): string {
  if (value === null || value === undefined) return '-';
  const number = typeof value === 'number' ? value : Number.NaN;
  if (column.type === 'time') return Number.isNaN(number) ? String(value) : formatTime(number);
  const field = fieldOf(column.name);
  // Reports have figures of the name of a column of text: bytes of a source are none of its names.
  const flow = field?.type === 'text' && column.type !== 'text' ? undefined : field;
  // 0 is not known in these columns.
  if (flow?.unit === 'µs') return number === 0 ? '-' : milliseconds(number / 1_000);
  // Dimensions: ports and AS numbers are names, not amounts.
  if (flow && !flow.sum) return flow.names && !Number.isNaN(number) ? displayNumber(flow, number) : String(value);
  if (column.type !== 'integer' && column.type !== 'number') return String(value);
  const amount = Number(value);
  switch (column.unit) {
    case 'bytes':
      return withPrefix(amount, 'B');
    case 'bit/s':
      return withPrefix(amount, 'bit/s');
    case 'bytes/s':
      return withPrefix(amount, 'B/s');
    case 'packets/s':
    case 'flows/s':
      return withPrefix(amount, column.unit);
    case 'ms':
      return span(amount);
    case 'AS':
      return String(value);
    default:
      return typeof value === 'string' ? value : grouped(value);
  }
}

/** Numbers stand to the right, names to the left. */
export function tableColumn(column: Described): TableColumn {
  const right = column.type === 'integer' || column.type === 'number';
  return { title: column.name, align: right && !fieldOf(column.name)?.names ? 'right' : 'left' };
}

function fieldOf(name: string): Column | undefined {
  return findColumn(name) ?? findVirtualColumn(name);
}
