import { type Column, columnOf, type FlowBatch, fillOf } from '../flow/index.ts';
import { type ComputedName, computedOf, readDouble } from './computed.ts';
import type { NumberField, NumberRange, Order } from './node.ts';
import { virtualNumber } from './virtual.ts';

type Bind = (batch: FlowBatch) => (row: number) => boolean;

/** A column of at most 32 bits. One range is compared; many are a table of bits, or searched where the values are 32-bit. */
export function narrowPredicate(column: Column, ranges: readonly NumberRange[]): Bind {
  const test = narrowTest(column, ranges);
  return (batch) => {
    const virtual = virtualNumber(batch, column.name);
    if (virtual) return (row) => test(virtual(row));
    const array = batch.array(column.name);
    if (!array) {
      const holds = test(fillOf(column));
      return () => holds;
    }
    const only = ranges.length === 1 ? ranges[0]! : undefined;
    if (!only) return (row) => test(array[row]!);
    const low = Number(only.low);
    const high = Number(only.high);
    if (low === high) return (row) => array[row] === low;
    return (row) => array[row]! >= low && array[row]! <= high;
  };
}

function narrowTest(column: Column, ranges: readonly NumberRange[]): (value: number) => boolean {
  const lows = Float64Array.from(ranges, (r) => Number(r.low));
  const highs = Float64Array.from(ranges, (r) => Number(r.high));
  if (ranges.length <= 2 || column.type === 'u32') return (value) => inside(lows, highs, value);
  const table = new Uint8Array(column.type === 'u16' ? 65_536 : 256);
  for (let i = 0; i < lows.length; i++) table.fill(1, lows[i], highs[i]! + 1);
  return (value) => table[value] === 1;
}

/** Whether `value` is in one of the sorted ranges. */
function inside(lows: Float64Array, highs: Float64Array, value: number): boolean {
  let from = 0;
  let to = lows.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (lows[middle]! <= value) from = middle + 1;
    else to = middle;
  }
  return from > 0 && value <= highs[from - 1]!;
}

/** A 64-bit column, compared exactly as two 32-bit words. */
export function widePredicate(column: Column, ranges: readonly NumberRange[]): Bind {
  const words = (of: (r: NumberRange) => bigint) => ({
    hi: Uint32Array.from(ranges, (r) => Number(of(r) >> 32n)),
    lo: Uint32Array.from(ranges, (r) => Number(of(r) & 0xffff_ffffn)),
  });
  const low = words((r) => r.low);
  const high = words((r) => r.high);
  const test = (hi: number, lo: number): boolean => {
    let from = 0;
    let to = ranges.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const h = low.hi[middle]!;
      if (h < hi || (h === hi && low.lo[middle]! <= lo)) from = middle + 1;
      else to = middle;
    }
    if (from === 0) return false;
    const h = high.hi[from - 1]!;
    return hi < h || (hi === h && lo <= high.lo[from - 1]!);
  };
  return (batch) => {
    const array = batch.array(column.name);
    if (!array) {
      const holds = test(0, fillOf(column));
      return () => holds;
    }
    return (row) => test(array[2 * row + 1]!, array[2 * row]!);
  };
}

export function computedPredicate(name: ComputedName, ranges: readonly NumberRange[]): Bind {
  const lows = Float64Array.from(ranges, (r) => Number(r.low));
  // The largest that can be asked for stands for "no bound", in SQL as here.
  const { max, bind } = computedOf(name);
  const highs = Float64Array.from(ranges, (r) => (r.high >= max ? Number.POSITIVE_INFINITY : Number(r.high)));
  return (batch) => {
    const value = bind(batch);
    return (row) => inside(lows, highs, value(row));
  };
}

/** Two columns exactly; with a computed field on either side, as doubles. */
export function numbersPredicate(left: NumberField, op: Order, right: NumberField): Bind {
  if (left.kind === 'column' && right.kind === 'column')
    return columnsPredicate(left.column.name, op, right.column.name);
  const reader = (field: NumberField) => (batch: FlowBatch) => {
    return field.kind === 'computed' ? computedOf(field.name).bind(batch) : readDouble(batch, field.column.name);
  };
  const readLeft = reader(left);
  const readRight = reader(right);
  const holds = ordered(op);
  return (batch) => {
    const a = readLeft(batch);
    const b = readRight(batch);
    return (row) => holds(a(row) - b(row));
  };
}

function columnsPredicate(left: string, op: Order, right: string): Bind {
  const holds = ordered(op);
  return (batch) => {
    const aHigh = readWord(batch, left, 1);
    const aLow = readWord(batch, left, 0);
    const bHigh = readWord(batch, right, 1);
    const bLow = readWord(batch, right, 0);
    return (row) => holds(aHigh(row) - bHigh(row) || aLow(row) - bLow(row));
  };
}

/** The low (0) or high (1) 32 bits of a column of any width. */
function readWord(batch: FlowBatch, name: string, part: 0 | 1): (row: number) => number {
  const virtual = virtualNumber(batch, name);
  if (virtual) return part === 0 ? virtual : () => 0;
  const array = batch.array(name);
  const column = columnOf(name);
  const wide = column.type === 'u64' || column.type === 'time';
  if (!array) {
    const fill = part === 0 ? fillOf(column) : 0;
    return () => fill;
  }
  if (wide) return (row) => array[2 * row + part]!;
  return part === 0 ? (row) => array[row]! : () => 0;
}

/** The comparison, given the sign of left minus right. */
export function ordered(op: Order): (sign: number) => boolean {
  switch (op) {
    case '=':
      return (sign) => sign === 0;
    case '!=':
      return (sign) => sign !== 0;
    case '<':
      return (sign) => sign < 0;
    case '<=':
      return (sign) => sign <= 0;
    case '>':
      return (sign) => sign > 0;
    default:
      return (sign) => sign >= 0;
  }
}
