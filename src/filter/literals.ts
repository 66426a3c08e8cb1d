import {
  type AddressWords,
  type Column,
  parseAddress,
  parsePrefix,
  parseTcpFlags,
  protocolNames,
  protocolNumber,
} from '../flow/index.ts';
import type { AddressRange, NumberRange } from './node.ts';
import type { Field } from './vocabulary.ts';

/** A literal that is none: what is wrong, what would be right, and the words it may be a misspelling of. */
export class BadLiteral {
  readonly what: string;
  readonly expected: readonly string[];
  readonly candidates: readonly string[];
  constructor(what: string, expected: readonly string[], candidates: readonly string[] = []) {
    this.what = what;
    this.expected = expected;
    this.candidates = candidates;
  }
}

const SCALES: Readonly<Record<string, bigint>> = { k: 1_000n, m: 1_000_000n, g: 1_000_000_000n, t: 1_000_000_000_000n };

/** Decimal or 0x number, scaled by k, m, g or t of 1000 each (nfdump's scanner.l), with a fraction where a scale makes it whole. */
function parseNumber(text: string): bigint | null {
  if (text.length > 40) return null;
  if (/^0x[0-9a-f]{1,16}$/i.test(text)) return BigInt(text);
  const m = /^(\d+)(?:\.(\d+))?([kmgt])?$/i.exec(text);
  if (!m) return null;
  const fraction = m[2] ?? '';
  const scaled = BigInt(m[1]! + fraction) * (m[3] ? SCALES[m[3].toLowerCase()]! : 1n);
  const unit = 10n ** BigInt(fraction.length);
  return scaled % unit === 0n ? scaled / unit : null;
}

/** ISO 8601, UTC where no zone is given, as ms since 1970. */
function parseTime(text: string): bigint | null {
  const m = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?)?([Zz]|[+-]\d\d:\d\d)?$/.exec(text);
  if (!m) return null;
  const ms = Date.parse(`${m[1]}T${m[2] ?? '00:00'}${m[3] ?? ':00'}${(m[4] ?? 'Z').toUpperCase()}`);
  return Number.isNaN(ms) || ms < 0 ? null : BigInt(ms);
}

const MAX: Partial<Record<Column['type'], bigint>> = {
  u8: 0xffn,
  enum: 0xffn,
  u16: 0xffffn,
  u32: 0xffff_ffffn,
  u64: 0xffff_ffff_ffff_ffffn,
  time: 0x7fff_ffff_ffff_ffffn,
};

export function maxOf(field: Field): bigint {
  return 'column' in field ? (MAX[field.column.type] ?? 0n) : field.computed.max;
}

/** A number or a range of a numeric field. */
export function parseNumbers(field: Field, text: string): NumberRange | BadLiteral {
  const column = 'column' in field ? field.column : undefined;
  const max = maxOf(field);
  const range = /^(0x[0-9a-f]+|[\d.]+[kmgt]?)-(0x[0-9a-f]+|[\d.]+[kmgt]?)$/i.exec(text);
  const ends = range ? [range[1]!, range[2]!] : [text];
  const values = ends.map((end) => named(column, end) ?? parseNumber(end));
  const [low, high = low] = values;
  if (low === null || high === null || low === undefined || high === undefined) {
    return new BadLiteral(`is not ${kindOf(field)}`, expectedOf(field), namesOf(column));
  }
  if (low > max || high > max) return new BadLiteral(`is too large: ${kindOf(field)} is at most ${max}`, []);
  if (low > high) return new BadLiteral('is a range that ends before it begins', []);
  return { low, high };
}

function named(column: Column | undefined, text: string): bigint | null {
  if (column?.type === 'enum') {
    const at = (column.values ?? []).findIndex((v) => v.toLowerCase() === text.toLowerCase());
    return at < 0 ? null : BigInt(at);
  }
  if (column?.type === 'time') return parseTime(text);
  if (column?.names === 'mac') return parseMac(text);
  if (isSystem(column)) return parseSystem(text);
  const value =
    column?.names === 'protocol' ? protocolNumber(text) : column?.names === 'tcp_flags' ? tcpFlags(text) : null;
  return value === null || value === undefined ? null : BigInt(value);
}

function isSystem(column: Column | undefined): boolean {
  return column?.name.endsWith('_as') ?? false;
}

/** `AS15169`, as answers show numbers of autonomous systems. */
function parseSystem(text: string): bigint | null {
  const digits = /^AS(\d{1,10})$/i.exec(text)?.[1];
  return digits === undefined ? null : BigInt(digits);
}

/** A MAC address as six pairs of digits with `:` or `-` between, or as three groups of four with dots (Cisco's form). */
function parseMac(text: string): bigint | null {
  const pairs = /^[0-9a-f]{1,2}([:-])[0-9a-f]{1,2}(\1[0-9a-f]{1,2}){4}$/i.test(text);
  if (!pairs && !/^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$/i.test(text)) return null;
  const digits = text.split(/[:.-]/).map((part) => part.padStart(pairs ? 2 : 4, '0'));
  return BigInt(`0x${digits.join('')}`);
}

/** Flag letters; null for the empty text and for what is a number. */
export function tcpFlags(text: string): number | null {
  return /^[a-z]+$/i.test(text) ? parseTcpFlags(text) : null;
}

/** The words that may stand for a value of the column. */
export function namesOf(column: Column | undefined): readonly string[] {
  if (column?.type === 'enum') return (column.values ?? []).filter((v) => v !== '');
  return column?.names === 'protocol' ? protocolNames : [];
}

function kindOf(field: Field): string {
  if (!('column' in field)) return 'a number';
  const { type, names } = field.column;
  if (type === 'enum') return `a value of ${field.column.name}`;
  if (type === 'time') return 'a time';
  if (type === 'address') return 'an address';
  if (names === 'protocol') return 'a protocol';
  if (names === 'mac') return 'a MAC address';
  return names === 'tcp_flags' ? 'a set of TCP flags' : 'a number';
}

/** What a value of the field looks like, for errors and completion. */
export function expectedOf(field: Field): readonly string[] {
  if (!('column' in field)) return ['a number such as 10k'];
  const { type, names } = field.column;
  if (type === 'enum') return namesOf(field.column);
  if (type === 'time') return ['a time such as 2026-01-31T12:00:00Z', 'ms since 1970'];
  if (type === 'address') return ['an address such as 192.0.2.1', 'a prefix such as 10.0.0.0/8'];
  if (type === 'text') return ['a text such as "ssh"'];
  if (names === 'protocol') return ['a protocol such as tcp', 'a number'];
  if (names === 'mac') return ['a MAC address such as 00:11:22:33:44:55'];
  return names === 'tcp_flags'
    ? ['flags such as SA', 'a number']
    : ['a number such as 443', 'a range such as 1000-2000'];
}

const NOT_AN_ADDRESS = new BadLiteral('is not an address', [
  'an address such as 192.0.2.1',
  'a prefix such as 10.0.0.0/8',
]);

/** An address, a prefix (IPv4 may be cut short: 10/8, 172.16/12) or a range of addresses. */
export function parseAddresses(text: string): AddressRange | BadLiteral {
  if (text.length > 100) return NOT_AN_ADDRESS;
  const slash = text.indexOf('/');
  if (slash >= 0) return parseNet(text.slice(0, slash), text.slice(slash + 1));
  const dash = text.indexOf('-');
  const low = parseAddress(dash < 0 ? text : text.slice(0, dash));
  const high = dash < 0 ? low : parseAddress(text.slice(dash + 1));
  if (!low || !high) return NOT_AN_ADDRESS;
  const order = low[0] - high[0] || low[1] - high[1] || low[2] - high[2] || low[3] - high[3];
  return order > 0 ? new BadLiteral('is a range that ends before it begins', []) : { low, high };
}

function parseNet(address: string, bits: string): AddressRange | BadLiteral {
  const parts = address.split('.');
  const short = /^\d{1,3}(\.\d{1,3}){0,2}$/.test(address);
  const full = short ? [...parts, '0', '0', '0'].slice(0, 4).join('.') : address;
  // A prefix longer than what was written of the address would be guesswork: nfdump refuses it as well.
  if (short && Number(bits) > 8 * parts.length)
    return new BadLiteral('has fewer octets than its prefix length needs', ['all four octets']);
  const prefix = parsePrefix(`${full}/${bits}`);
  return prefix ? { low: prefix.address, high: lastOf(prefix.address, prefix.bits) } : NOT_AN_ADDRESS;
}

/** The last address of a prefix: all bits behind it set. */
export function lastOf(first: AddressWords, bits: number): AddressWords {
  const word = (i: 0 | 1 | 2 | 3) => {
    const n = Math.min(32, Math.max(0, bits - 32 * i));
    return n === 32 ? first[i] : (first[i] | (0xffff_ffff >>> n)) >>> 0;
  };
  return [word(0), word(1), word(2), word(3)];
}
