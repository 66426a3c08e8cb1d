import { type AddressWords, formatAddress, formatPrefix } from '../../flow/index.ts';
import type { BothFamilies } from './place-data.ts';
import { compareWords, type Ranges } from './ranges.ts';

/** The range of a source that an address is in, as text, and what the source says of it; null where it says nothing. */
export function rangeAt({ ipv4, ipv6 }: BothFamilies, address: AddressWords): { range: string; value: number } | null {
  const isIpv4 = address[0] === 0 && address[1] === 0 && address[2] === 0xffff;
  return isIpv4 ? found(ipv4, [address[3]]) : found(ipv6, address);
}

function found(ranges: Ranges, address: readonly number[]): { range: string; value: number } | null {
  const { width, length, starts, values } = ranges;
  const words = Uint32Array.from(address);
  let low = 0;
  let high = length;
  // The first range that begins behind the address.
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWords(starts, width * middle, words, 0, width) <= 0) low = middle + 1;
    else high = middle;
  }
  const value = values[low - 1] ?? 0;
  if (value === 0) return null;
  const first = wordsOf(starts.subarray(width * (low - 1), width * low));
  const next = low < length ? starts.subarray(width * low, width * (low + 1)) : null;
  return { range: textOf(first, wordsOf(before(next, width))), value };
}

/** The last address before `next`; without one the last of the family. */
function before(next: Uint32Array | null, width: number): Uint32Array {
  if (next === null) return new Uint32Array(width).fill(0xffff_ffff);
  const words = next.slice();
  let at = width - 1;
  while (at > 0 && words[at] === 0) words[at--] = 0xffff_ffff;
  words[at]! -= 1;
  return words;
}

function wordsOf(words: Uint32Array): AddressWords {
  return words.length === 1 ? [0, 0, 0xffff, words[0]!] : [words[0]!, words[1]!, words[2]!, words[3]!];
}

/** A prefix where the range is one. */
function textOf(first: AddressWords, last: AddressWords): string {
  const bitsOf = (w: AddressWords) => w.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  const size = bitsOf(last) - bitsOf(first) + 1n;
  const isPrefix = (size & (size - 1n)) === 0n && bitsOf(first) % size === 0n;
  if (!isPrefix) return `${formatAddress(first)} to ${formatAddress(last)}`;
  return formatPrefix({ address: first, bits: 128 - (size.toString(2).length - 1) });
}
