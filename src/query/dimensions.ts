import { quoted, WeirError } from '../base/index.ts';
import {
  type Column,
  columns,
  displayNumber,
  findColumn,
  findVirtualColumn,
  formatAddress,
  isMappedIPv4,
  isNetwork,
  isUnknownAddress,
  type JsonValue,
  jsonInteger,
  maskAddress,
  physicalOf,
  sqlTypeOf,
  virtualColumns,
  wordsOf,
} from '../flow/index.ts';
import type { RawValue } from '../store/index.ts';
import { name, type Sql, sql, u64 } from './sql.ts';
import { unknownWord } from './words.ts';

/** Prefix lengths of an address dimension. */
interface PrefixLengths {
  readonly ipv4: number;
  readonly ipv6: number;
}

/** A group key as SQL computes it: one physical word. Addresses have two, high word first. */
export interface KeyWord {
  readonly sql: Sql;
  /** Type of the word, for lists of keys that are given back to SQL. */
  readonly type: string;
  /** Name of the column where it is the high word of a whole address: the same (0) in every row where there is only IPv4. */
  readonly high: string | null;
}

export interface Dimension {
  readonly name: string;
  readonly column: Column;
  readonly prefix: PrefixLengths | null;
  readonly words: readonly KeyWord[];
}

const IPV6_DEFAULT = 64;
/** What the addresses of networks are cut to before a query sees them (src/flow/virtual.ts). */
const NETWORK: PrefixLengths = { ipv4: 24, ipv6: 64 };

function groupColumns(): readonly Column[] {
  return [...columns, ...virtualColumns].filter((c) => c.group);
}
export function dimensionNames(): string[] {
  return groupColumns().map((c) => c.name);
}

/** Reads `src_addr`, `src_addr/24` (IPv6 then by /64) or `src_addr/24/48`; the filter's other words for a column (`srcip`, `proto`) do as well. */
export function parseDimension(given: string): Dimension {
  const text = given.trim();
  const [word = '', ...lengths] = text.split('/');
  const column = findColumn(word) ?? findVirtualColumn(word) ?? columns.find((c) => c.aliases?.includes(word));
  if (!column?.group) {
    const hint = column ? `${column.name} cannot be grouped by` : '';
    throw unknownWord('dimension', text, dimensionNames(), hint);
  }
  if (lengths.length === 0) return wholeDimension(column);
  const prefix = prefixLengths(column, text, lengths);
  const shown = lengths.length === 1 ? `${prefix.ipv4}` : `${prefix.ipv4}/${prefix.ipv6}`;
  return { name: `${column.name}/${shown}`, column, prefix, words: prefixWords(column, prefix) };
}

function wholeDimension(column: Column): Dimension {
  const words = wholeWords(column);
  const prefix = isNetwork(column.name) ? NETWORK : null;
  return { name: column.name, column, prefix, words };
}

function prefixLengths(column: Column, text: string, lengths: readonly string[]): PrefixLengths {
  if (column.type !== 'address' || isNetwork(column.name))
    throw new WeirError('usage', `${quoted(text)}: only an address of a record can be cut to a prefix`);
  const [ipv4 = '', ipv6 = String(IPV6_DEFAULT)] = lengths;
  const fits = (n: string, width: number) => /^\d{1,3}$/.test(n) && Number(n) <= width;
  if (lengths.length > 2 || !fits(ipv4, 32) || !fits(ipv6, 128)) {
    const example = `${column.name}/24 or ${column.name}/24/48`;
    throw new WeirError(
      'usage',
      `${quoted(text)}: prefix lengths are 0..32 for IPv4 and 0..128 for IPv6, as in ${example}`,
    );
  }
  return { ipv4: Number(ipv4), ipv6: Number(ipv6) };
}

function wholeWords(column: Column): KeyWord[] {
  // Of a high word of an address that is stored a view knows whether it is 0 everywhere.
  const isStored = findVirtualColumn(column.name) === undefined;
  return physicalOf(column).map((p) => ({
    sql: name(p.name),
    type: sqlTypeOf(p),
    high: isStored && p.part === 'hi' ? p.name : null,
  }));
}

/**
 * An address cut to a prefix. A cut IPv6 address can be all zero (::1 by /64), which stands for "not known"; the lowest bit,
 * which the cut has cleared, marks it as known and is cleared again when it is shown.
 */
function prefixWords(column: Column, { ipv4, ipv6 }: PrefixLengths): KeyWord[] {
  const [hi, lo] = physicalOf(column).map((p) => name(p.name)) as [Sql, Sql];
  const cut = (word: Sql, bits: number) => sql`(${word} & ${u64(ones(bits))})`;
  const low6 = ipv6 < 128 ? sql`(${cut(lo, ipv6 - 64)} | ${u64(1n)})` : lo;
  const low = sql`CASE WHEN ${hi} = 0 AND (${lo} >> 32) = 65535 THEN ${cut(lo, 32 + ipv4)}
    WHEN ${hi} = 0 AND ${lo} = 0 THEN ${u64(0n)} ELSE ${low6} END`;
  return [
    { sql: cut(hi, ipv6), type: 'UBIGINT', high: null },
    { sql: low, type: 'UBIGINT', high: null },
  ];
}

/** 64 bits whose first `bits` are set. */
function ones(bits: number): bigint {
  const n = BigInt(Math.min(64, Math.max(0, bits)));
  return ((1n << n) - 1n) << (64n - n);
}

/** SQL that is true where the dimension's value is known; null when it always is. */
export function knownSql(column: Column): Sql | null {
  const words = physicalOf(column).map((p) => name(p.name));
  if (column.type === 'address') return sql`(${words[0]!} <> 0 OR ${words[1]!} <> 0)`;
  if (column.type === 'text') return sql`${words[0]!} <> ''`;
  return typeof column.unknown === 'number' ? sql`${words[0]!} <> ${column.unknown}` : null;
}

/** The value as JSON has it; null is "not known". */
export function showKey(dimension: Dimension, words: readonly RawValue[]): JsonValue {
  const { column, prefix } = dimension;
  if (column.type === 'address') {
    const address = wordsOf(BigInt(words[0] as bigint), BigInt(words[1] as bigint));
    if (isUnknownAddress(address)) return null;
    if (!prefix) return formatAddress(address);
    if (isMappedIPv4(address)) return `${formatAddress(address)}/${prefix.ipv4}`;
    return `${formatAddress(maskAddress(address, prefix.ipv6))}/${prefix.ipv6}`;
  }
  return showWord(column, words[0] ?? null);
}

/** A value of a column of one word as JSON has it. */
export function showWord(column: Column, value: RawValue): JsonValue {
  if (value === null || value === column.unknown) return null;
  if (column.type === 'text') return String(value) === '' ? null : String(value);
  const number = BigInt(value as number | bigint);
  if (typeof column.unknown === 'number' && number === BigInt(column.unknown)) return null;
  if (column.type === 'enum') return column.values?.[Number(number)] ?? String(number);
  // A MAC address is a name: as a number nobody would know it.
  return column.names === 'mac' ? displayNumber(column, Number(number)) : jsonInteger(number);
}

/** Type of the dimension's values in an answer. */
export function dimensionType(dimension: Dimension): 'address' | 'prefix' | 'integer' | 'text' {
  if (dimension.prefix) return 'prefix';
  if (dimension.column.type === 'address') return 'address';
  return isShownAsText(dimension.column) ? 'text' : 'integer';
}

export function isShownAsText({ type, names }: Column): boolean {
  return type === 'text' || type === 'enum' || names === 'mac';
}

export interface DimensionDescription {
  readonly name: string;
  readonly type: 'address' | 'prefix' | 'integer' | 'text';
  readonly unit: string | null;
  /** May be cut to a prefix: `src_addr/24`. */
  readonly prefix: boolean;
  readonly meaning: string;
}

/** The table of dimensions for documents, API and pickers. */
export function dimensionTable(): DimensionDescription[] {
  return groupColumns().map((column) => {
    const { name, unit = null, meaning } = column;
    return {
      name,
      type: dimensionType(parseDimension(name)),
      unit,
      prefix: column.type === 'address' && !isNetwork(name),
      meaning,
    };
  });
}
