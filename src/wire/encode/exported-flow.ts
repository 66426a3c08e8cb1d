import { type AddressWords, parseAddress } from '../../flow/index.ts';

/**
 * A flow record by the names of its columns, as `weir flows --format jsonl` prints it: unknown values are absent, large numbers are text. A meter, whose
 * flows are many, gives addresses as words instead of texts: four of an address, the most significant first (IPv4 as ::ffff:a.b.c.d), and the upper 16 and
 * lower 32 bits of a MAC address. What it saw of the other direction stands under the names of REVERSE.
 */
export type ExportedFlow = Readonly<RefilledFlow>;

/** The same while it is filled: one object again and again, all of whose properties are there from the beginning. */
export type RefilledFlow = Record<string, string | number | Uint32Array | undefined>;

/** Of the opposite direction, beside the columns (RFC 5103). */
export const REVERSE = ['rev_bytes', 'rev_packets', 'rev_tcp_flags', 'rev_tos', 'rev_start', 'rev_end'] as const;

/** A number of at most 53 bits; 0 where it is not known. */
export function numberOf(flow: ExportedFlow, column: string): number {
  const value = flow[column];
  return typeof value === 'number' ? value : value === undefined ? 0 : Number(value);
}

/** A counter of up to 64 bits, exactly; 0 for a text that is none. */
export function counterOf(flow: ExportedFlow, column: string): number | bigint {
  const value = flow[column];
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : 0;
}

export function textOf(flow: ExportedFlow, column: string): string {
  const value = flow[column];
  return value === undefined ? '' : String(value);
}

/** Texts of addresses that were read before: flows have the same ones again and again. */
const MEMORY = 65_536;
const known = new Map<string, AddressWords>();

/** The address as four words; null where it is not known. */
export function addressOf(flow: ExportedFlow, column: string): AddressWords | null {
  const text = flow[column];
  if (typeof text === 'object') return text as unknown as AddressWords;
  if (typeof text !== 'string') return null;
  const before = known.get(text);
  if (before !== undefined) return before;
  const words = parseAddress(text);
  if (words === null) return null;
  if (known.size >= MEMORY) known.clear();
  known.set(text, words);
  return words;
}

/** A MAC address as its upper 16 and lower 32 bits. */
export function macOf(flow: ExportedFlow, column: string): readonly [high: number, low: number] {
  const given = flow[column];
  if (typeof given === 'object') return given as unknown as readonly [number, number];
  const digits = textOf(flow, column).replaceAll(':', '').padStart(12, '0');
  const value = /^[0-9a-f]{12}$/i.test(digits) ? digits : '0'.repeat(12);
  return [Number.parseInt(value.slice(0, 4), 16), Number.parseInt(value.slice(4), 16)];
}

export const isICMP = (protocol: number): boolean => protocol === 1 || protocol === 58;

/** The sampling that a stream states: 1 in N; 0 where the rate is signalled but not known. */
export function statedRate(flow: ExportedFlow): number {
  return flow.sampling_origin === 'unknown' ? 0 : Math.max(1, numberOf(flow, 'sampling'));
}
