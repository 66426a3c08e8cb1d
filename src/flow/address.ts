import { isIPv4, isIPv6 } from 'node:net';

/** An address as four 32-bit words, most significant first; IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). */
export type AddressWords = readonly [number, number, number, number];

const MAPPED = 0xffff;

/** Reads an IPv4 or IPv6 address (no zone); null when the text is not one. */
export function parseAddress(text: string): AddressWords | null {
  if (isIPv4(text)) return [0, 0, MAPPED, parseIPv4(text)];
  if (!isIPv6(text) || text.includes('%')) return null;
  return parseIPv6(text);
}

function parseIPv4(text: string): number {
  const [a, b, c, d] = text.split('.').map(Number) as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function parseIPv6(text: string): AddressWords {
  let rest = text;
  const tail: number[] = [];
  const dot = rest.lastIndexOf('.');
  if (dot >= 0) {
    const at = rest.lastIndexOf(':') + 1;
    const v4 = parseIPv4(rest.slice(at));
    tail.push(v4 >>> 16, v4 & 0xffff);
    rest = rest.slice(0, at);
    if (!rest.endsWith('::')) rest = rest.slice(0, -1);
  }
  const [left = '', right] = rest.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((g) => Number.parseInt(g, 16)));
  const head = groups(left);
  const end = right === undefined ? tail : [...groups(right), ...tail];
  const zeros = right === undefined ? [] : new Array<number>(8 - head.length - end.length).fill(0);
  const g = [...head, ...zeros, ...end];
  const word = (i: number) => (((g[2 * i] ?? 0) << 16) | (g[2 * i + 1] ?? 0)) >>> 0;
  return [word(0), word(1), word(2), word(3)];
}

export function isMappedIPv4(w: AddressWords): boolean {
  return w[0] === 0 && w[1] === 0 && w[2] === MAPPED;
}

/** The address as text: dotted for IPv4, RFC 5952 for IPv6. */
export function formatAddress(w: AddressWords): string {
  if (isMappedIPv4(w)) return formatIPv4(w[3]);
  const g = w.flatMap((x) => [x >>> 16, x & 0xffff]);
  const { at, length } = longestZeros(g);
  const hex = (part: number[]) => part.map((x) => x.toString(16)).join(':');
  if (length < 2) return hex(g);
  return `${hex(g.slice(0, at))}::${hex(g.slice(at + length))}`;
}

function formatIPv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function longestZeros(groups: readonly number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  for (let i = 0; i < groups.length; i++) {
    let n = 0;
    while (groups[i + n] === 0) n++;
    if (n > best.length) best = { at: i, length: n };
    if (n > 0) i += n - 1;
  }
  return best;
}

/** The address from its high and low 64 bits, as SQL and batches keep it. */
export function wordsOf(hi: bigint, lo: bigint): AddressWords {
  return [Number(hi >> 32n), Number(hi & 0xffff_ffffn), Number(lo >> 32n), Number(lo & 0xffff_ffffn)];
}

/** High and low 64 bits. */
export function bitsOf(w: AddressWords): { hi: bigint; lo: bigint } {
  return { hi: (BigInt(w[0]) << 32n) | BigInt(w[1]), lo: (BigInt(w[2]) << 32n) | BigInt(w[3]) };
}

export interface Prefix {
  readonly address: AddressWords;
  /** Of 128 bits; an IPv4 prefix of length n has 96 + n here. */
  readonly bits: number;
}

/** Reads `10.0.0.0/8` or `2001:db8::/32`; host bits may be set and are cleared. Null when it is not a prefix. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address) return null;
  const width = isIPv4(slash < 0 ? text : text.slice(0, slash)) ? 32 : 128;
  const given = slash < 0 ? String(width) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(given) || Number(given) > width) return null;
  const bits = Number(given) + 128 - width;
  return { address: maskAddress(address, bits), bits };
}

/** The prefix as text: what parsePrefix reads back. */
export function formatPrefix({ address, bits }: Prefix): string {
  return `${formatAddress(address)}/${isMappedIPv4(address) && bits >= 96 ? bits - 96 : bits}`;
}

/**
 * Whether the prefix holds the address. IPv4 is stored within IPv6 (::ffff:0:0/96), and is in no prefix of IPv6 for that: only in one of IPv4, however that
 * is written.
 */
export function isInPrefix(address: AddressWords, { address: network, bits }: Prefix): boolean {
  const ofIpv4 = isMappedIPv4(network) && bits >= 96;
  return ofIpv4 === isMappedIPv4(address) && maskAddress(address, bits).join() === network.join();
}

/** The address with all but its first `bits` (of 128) cleared. */
export function maskAddress(w: AddressWords, bits: number): AddressWords {
  const keep = (i: number) => {
    const n = Math.min(32, Math.max(0, bits - 32 * i));
    return n === 0 ? 0 : (w[i as 0 | 1 | 2 | 3] & (0xffff_ffff << (32 - n))) >>> 0;
  };
  return [keep(0), keep(1), keep(2), keep(3)];
}
