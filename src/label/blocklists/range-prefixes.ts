import { type AddressWords, bitsOf, type Prefix } from '../../flow/index.ts';

/** A range is at most so many prefixes: one at each bit, up and down. */
const ADDRESS_BITS = 128n;

/** The fewest prefixes that hold all addresses from the first to the last, both included; empty where the last is before the first. */
export function rangePrefixes(first: AddressWords, last: AddressWords): Prefix[] {
  const prefixes: Prefix[] = [];
  let from = numberOf(first);
  const to = numberOf(last);
  while (from <= to) {
    let free = 0n;
    while (free < ADDRESS_BITS && ((from >> free) & 1n) === 0n && from + (1n << (free + 1n)) - 1n <= to) free += 1n;
    prefixes.push({ address: wordsOfNumber(from), bits: Number(ADDRESS_BITS - free) });
    from += 1n << free;
  }
  return prefixes;
}

function numberOf(address: AddressWords): bigint {
  const { hi, lo } = bitsOf(address);
  return (hi << 64n) | lo;
}

function wordsOfNumber(n: bigint): AddressWords {
  const word = (shift: bigint) => Number((n >> shift) & 0xffff_ffffn);
  return [word(96n), word(64n), word(32n), word(0n)];
}
