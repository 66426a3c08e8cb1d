import { type AddressWords, addressWords, bitsOf, type Column, physicalOf, sqlTypeOf } from '../flow/index.ts';
import { computedOf } from './computed.ts';
import {
  type AddressRange,
  type FilterNode,
  mergeNumbers,
  type NumberField,
  type NumberRange,
  type Order,
} from './node.ts';

/** Only texts are bound; numbers are in the SQL itself, where DuckDB can compare them with the bounds of a row group. */
export type SqlParam = string;

export interface FilterSql {
  /** A boolean expression over the physical columns, with a `?` for each parameter in turn. */
  readonly sql: string;
  readonly params: SqlParam[];
}

/**
 * The filter as SQL for DuckDB. Identifiers come from the column table and numbers from checked bigints; what a user wrote
 * is only ever in `params`. No value of a row can make the expression fail.
 */
export function filterToSql(node: FilterNode): FilterSql {
  const params: SqlParam[] = [];
  return { sql: write(node, params), params };
}

function write(node: FilterNode, params: SqlParam[]): string {
  switch (node.kind) {
    case 'constant':
      return node.value ? 'TRUE' : 'FALSE';
    case 'and':
    case 'or':
      return any(
        node.of.map((n) => write(n, params)),
        node.kind === 'and' ? 'AND' : 'OR',
      );
    case 'not':
      return `(NOT ${write(node.of, params)})`;
    case 'number':
      return numberRanges(node.field, node.ranges);
    case 'address':
      return addressRanges(node.column, node.ranges);
    case 'masked':
      return masked(node);
    case 'bits':
      return `((${name(node.column)} & ${node.mask}) ${node.mode === 'all' ? `= ${node.mask}` : '<> 0'})`;
    case 'text':
      return node.values.length === 0 ? 'FALSE' : oneOf(node.column, node.values, params);
    case 'like':
      params.push(node.pattern);
      return `(${text(node.column)} LIKE ?)`;
    case 'numbers':
      return numbers(node.left, node.op, node.right);
    case 'addresses':
      return addresses(node.left, node.op, node.right);
    default:
      return `(${text(node.left)} ${SQL_ORDER[node.op]} ${text(node.right)})`;
  }
}

function any(terms: readonly string[], word: 'AND' | 'OR'): string {
  if (terms.length === 0) return word === 'AND' ? 'TRUE' : 'FALSE';
  return terms.length === 1 ? terms[0]! : `(${terms.join(` ${word} `)})`;
}

const SQL_ORDER: Readonly<Record<Order, string>> = { '=': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };

const name = (column: Column) => `"${column.name}"`;
/** Of a text of several names, one of them, or all as they stand together. */
function oneOf(column: Column, values: readonly string[], params: string[]): string {
  const given = values.map(() => '?').join(', ');
  params.push(...values);
  const whole = `${text(column)} IN (${given})`;
  if (column.joined === undefined) return `(${whole})`;
  params.push(...values);
  return `(${whole} OR list_has_any(string_split(${text(column)}, '${column.joined}'), [${given}]))`;
}

/** A text column is VARCHAR in a segment and may be an ENUM elsewhere: both are compared as text. */
const text = (column: Column) => `CAST(${name(column)} AS VARCHAR)`;

function numberRanges(field: NumberField, ranges: readonly NumberRange[]): string {
  if (field.kind === 'computed') {
    const { sql, max } = computedOf(field.name);
    return rangesOf(`(${sql})`, ranges, 'DOUBLE', max, (n) => `CAST(${BigInt(Number(n))} AS DOUBLE)`);
  }
  const type = sqlTypeOf(physicalOf(field.column)[0]!);
  return rangesOf(name(field.column), ranges, type, MAX[type]!, (n) => literal(n, type));
}

const MAX: Readonly<Record<string, bigint>> = {
  UTINYINT: 0xffn,
  USMALLINT: 0xffffn,
  UINTEGER: 0xffff_ffffn,
  UBIGINT: 0xffff_ffff_ffff_ffffn,
  BIGINT: 0x7fff_ffff_ffff_ffffn,
};

/** A small literal takes the type of its column by itself; a large one must say it, or the column would be widened instead. */
function literal(n: bigint, type: string): string {
  return n <= 0x7fff_ffffn ? String(n) : `CAST(${n} AS ${type})`;
}

/** `value IN (...) OR value BETWEEN ... `; `max` is the largest value there is, above which nothing needs to be tested. */
function rangesOf(
  value: string,
  ranges: readonly NumberRange[],
  type: string,
  max: bigint,
  show: (n: bigint) => string,
): string {
  const points = ranges.filter((r) => r.low === r.high).map((r) => show(r.low));
  const terms = ranges.flatMap(({ low, high }) => {
    if (low === high) return [];
    // A time at rest is a signed number: the comparison with 0 stays.
    if (low <= 0n && high >= max) return [type === 'BIGINT' ? `${value} >= 0` : 'TRUE'];
    if (high >= max) return [`${value} >= ${show(low)}`];
    if (low <= 0n && type !== 'BIGINT') return [`${value} <= ${show(high)}`];
    return [`${value} BETWEEN ${show(low)} AND ${show(high)}`];
  });
  if (points.length === 1) terms.unshift(`${value} = ${points[0]}`);
  else if (points.length > 1) terms.unshift(`${value} IN (${points.join(', ')})`);
  return terms.length === 0 ? 'FALSE' : `(${terms.join(' OR ')})`;
}

const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** Ranges within one high word become one test of it; others are taken apart at their ends. */
function addressRanges(column: Column, ranges: readonly AddressRange[]): string {
  const { hi, lo } = quoted(column);
  const byHigh = new Map<bigint, NumberRange[]>();
  const within = (high: bigint, range: NumberRange) => {
    const known = byHigh.get(high);
    if (known) known.push(range);
    else byHigh.set(high, [range]);
  };
  const whole: NumberRange[] = [];
  for (const r of ranges) {
    const low = bitsOf(r.low);
    const high = bitsOf(r.high);
    if (low.hi === high.hi) {
      within(low.hi, { low: low.lo, high: high.lo });
      continue;
    }
    // High words that the range covers from end to end need no test of the low one.
    const first = low.lo === 0n ? low.hi : low.hi + 1n;
    const last = high.lo === ALL_ONES ? high.hi : high.hi - 1n;
    if (first !== low.hi) within(low.hi, { low: low.lo, high: ALL_ONES });
    if (last !== high.hi) within(high.hi, { low: 0n, high: high.lo });
    if (first <= last) whole.push({ low: first, high: last });
  }
  const show = (n: bigint) => literal(n, 'UBIGINT');
  const terms: string[] = whole.length > 0 ? [rangesOf(hi, mergeNumbers(whole), 'UBIGINT', ALL_ONES, show)] : [];
  for (const [high, lows] of byHigh) {
    const low = rangesOf(lo, lows, 'UBIGINT', ALL_ONES, show);
    terms.push(low === '(TRUE)' ? `${hi} = ${show(high)}` : `(${hi} = ${show(high)} AND ${low})`);
  }
  return any(terms, 'OR');
}

function masked(node: { column: Column; mask: AddressWords; value: AddressWords }): string {
  const { hi, lo } = quoted(node.column);
  const mask = bitsOf(node.mask);
  const value = bitsOf(node.value);
  const word = (of: string, m: bigint, v: bigint) => `(${of} & CAST(${m} AS UBIGINT)) = CAST(${v} AS UBIGINT)`;
  return `(${word(hi, mask.hi, value.hi)} AND ${word(lo, mask.lo, value.lo)})`;
}

function quoted(column: Column): { hi: string; lo: string } {
  const { hi, lo } = addressWords(column.name);
  return { hi: `"${hi}"`, lo: `"${lo}"` };
}

function numbers(left: NumberField, op: Order, right: NumberField): string {
  const doubles = left.kind === 'computed' || right.kind === 'computed';
  const show = (field: NumberField) => {
    const value = field.kind === 'column' ? name(field.column) : `(${computedOf(field.name).sql})`;
    return doubles ? `CAST(${value} AS DOUBLE)` : value;
  };
  return `(${show(left)} ${SQL_ORDER[op]} ${show(right)})`;
}

function addresses(left: Column, op: Order, right: Column): string {
  const a = quoted(left);
  const b = quoted(right);
  const same = `(${a.hi} = ${b.hi} AND ${a.lo} = ${b.lo})`;
  if (op === '=') return same;
  if (op === '!=') return `(NOT ${same})`;
  const strict = op === '<' || op === '<=' ? '<' : '>';
  return `(${a.hi} ${strict} ${b.hi} OR (${a.hi} = ${b.hi} AND ${a.lo} ${op} ${b.lo}))`;
}
