import { expect, test } from 'vitest';
import { AddressFilter } from './address-filter.ts';
import { AddressHashes } from './address-hashes.ts';

const MAPPED = 0xffff;
const FEW = 2_000;

const ipv4 = (hashes: AddressHashes, word: number) =>
  hashes.address(Uint32Array.of(word, MAPPED), 0, Uint32Array.of(0, 0), 0);
const ipv6 = (hashes: AddressHashes, words: readonly number[]) =>
  hashes.address(Uint32Array.of(words[3]!, words[2]!), 0, Uint32Array.of(words[1]!, words[0]!), 0);

/** IPv4 addresses whose hashes begin alike, for who knows the secrets. */
function colliding(hashes: AddressHashes): number[] {
  const found: number[] = [];
  for (let word = 1; found.length < FEW; word++) if (ipv4(hashes, word) >>> 24 === 0) found.push(word);
  return found;
}

test('addresses made to fall together in one table are spread in another', () => {
  const addresses = colliding(new AddressHashes());
  const other = new AddressHashes();
  const places = new Set(addresses.map((word) => ipv4(other, word) >>> 24));
  expect(places.size).toBeGreaterThan(250);
});

test('no difference of two addresses cancels out: not that of two words, nor of their highest bits', () => {
  const hashes = new AddressHashes();
  const plain = [0x20010db8, 1, 2, 3];
  const bit = 0x80000000;
  const others = [
    [0x20010db8 ^ bit, 1 ^ bit, 2, 3],
    [0x20010db8, 1, 2 ^ bit, 3 ^ bit],
    [0x20010db8 + 5, 1 - 5, 2 - 5, 3 + 5],
    [1, 0x20010db8, 2, 3],
  ];
  for (const words of others)
    expect(
      ipv6(
        hashes,
        words.map((word) => word >>> 0),
      ),
    ).not.toBe(ipv6(hashes, plain));
});

test('a filter knows all that was added, few others, and nothing once it is cleared', () => {
  const hashes = new AddressHashes();
  const filter = new AddressFilter();
  const hashOf = (i: number) => ipv6(hashes, [0x20010db8, 0, 0, i]);
  for (let i = 0; i < FEW; i++) filter.add(hashOf(i));
  const known = (from: number) => Array.from({ length: FEW }, (_, i) => filter.has(hashOf(from + i)));
  expect(known(0).every(Boolean)).toBe(true);
  expect(known(FEW).filter(Boolean).length).toBeLessThan(FEW / 50);
  filter.clear();
  expect(known(0).some(Boolean)).toBe(false);
});
