import { type AddressWords, formatAddress } from './address.ts';
import { type FlowBatch, getBig, getWide } from './batch.ts';
import type { Column } from './columns.ts';
import { protocolName } from './protocols.ts';
import { addressWords, fillOf } from './schema.ts';
import { formatTcpFlags } from './tcp-flags.ts';

/** A value as JSON has it: addresses and text as strings, numbers as numbers, above 2^53 as decimal strings; null is "not known". */
export type JsonValue = string | number | null;

/** Whole numbers that JSON readers keep exactly; larger ones are written as strings. */
export function jsonInteger(value: bigint | number): number | string {
  return value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : value.toString();
}

/** One value of a batch as JSON shows it; null when the batch does not know it. */
export function cellOf(batch: FlowBatch, column: Column, row: number): JsonValue {
  if (column.type === 'address') {
    const words = addressAt(batch, column.name, row);
    return words === null || isUnknownAddress(words) ? null : formatAddress(words);
  }
  const array = batch.array(column.name);
  if (column.type === 'text') return (array && batch.textsOf(column.name)[array[row]!]) || null;
  if (array === undefined) return column.unknown === undefined ? fillOf(column) : null;
  if (column.type === 'time') return getWide(array as Uint32Array, row);
  if (column.type === 'u64') return wideCell(column, getBig(array as Uint32Array, row));
  const value = array[row]!;
  if (column.unknown !== undefined && value === column.unknown) return null;
  return column.type === 'enum' ? (column.values?.[value] ?? String(value)) : value;
}

function wideCell(column: Column, value: bigint): JsonValue {
  if (column.unknown !== undefined && value === BigInt(column.unknown)) return null;
  return column.names === 'mac' ? formatMac(Number(value)) : jsonInteger(value);
}

/** An address of a batch as four words; null when the column is outside the shape. */
function addressAt(batch: FlowBatch, name: string, row: number): AddressWords | null {
  const { hi, lo } = addressWords(name);
  const h = batch.array(hi);
  const l = batch.array(lo);
  if (!h || !l) return null;
  return [h[2 * row + 1]!, h[2 * row]!, l[2 * row + 1]!, l[2 * row]!];
}

/** All bits zero: the `unknown` of address columns. (0.0.0.0 is ::ffff:0.0.0.0 and is an address.) */
export function isUnknownAddress(w: AddressWords): boolean {
  return (w[0] | w[1] | w[2] | w[3]) === 0;
}

/** A number the way people read it: protocols by name, TCP flags by letter. */
export function displayNumber(column: Column, value: number): string {
  if (column.names === 'protocol') return protocolName(value);
  if (column.names === 'tcp_flags') return formatTcpFlags(value);
  if (column.names === 'mac') return formatMac(value);
  return String(value);
}

/** A MAC address as six pairs of digits. */
function formatMac(value: number): string {
  return value
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?!$)/g, '$1:');
}
