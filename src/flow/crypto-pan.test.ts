import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AddressWords, formatAddress, parseAddress } from './address.ts';
import { CryptoPan } from './crypto-pan.ts';
import { parseAnonymiseKey } from './crypto-pan-key.ts';

/** The key of the sample of Crypto-PAn 1.0 and what it makes of some addresses of its trace. */
const SAMPLE_KEY = Uint8Array.from([
  21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87,
  76, 45, 42, 132, 34, 2,
]);
const pan = new CryptoPan(SAMPLE_KEY);
const shown = (text: string) => formatAddress(pan.address(parseAddress(text)!));

test.each([
  ['128.11.68.132', '135.242.180.132'],
  ['129.118.74.4', '134.136.186.123'],
  ['130.132.252.244', '133.68.164.234'],
  ['141.223.7.43', '141.167.8.160'],
  ['141.233.145.108', '141.129.237.235'],
  ['152.163.225.39', '151.140.114.167'],
])('%s becomes %s with the key of the published sample', (from, to) => {
  expect(shown(from)).toBe(to);
});

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const ipv6 = fc.tuple(word, word, word, word) as fc.Arbitrary<AddressWords>;

/** How many first bits are equal. */
function common(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const differ = (a[i]! ^ b[i]!) >>> 0;
    if (differ !== 0) return 32 * i + Math.clz32(differ);
  }
  return 32 * a.length;
}

describe('two addresses share as many first bits afterwards as before', () => {
  test('IPv4', () => {
    fc.assert(
      fc.property(word, word, fc.nat(32), (a, b, keep) => {
        const near = keep === 0 ? b : ((a & (0xffff_ffff << (32 - keep))) | (b & ~(0xffff_ffff << (32 - keep)))) >>> 0;
        expect(common([pan.ipv4(a)], [pan.ipv4(near)])).toBe(common([a], [near]));
      }),
    );
  });

  test('IPv6', () => {
    fc.assert(
      fc.property(ipv6, ipv6, fc.nat(4), word, (a, b, keep, bit) => {
        const near = a.map((w, i) => (i < keep ? w : i === keep ? (w ^ (1 << (bit & 31))) >>> 0 : b[i]!));
        const [x, y] = [a, near].map((w) => pan.ipv6(w as unknown as AddressWords));
        expect(common(x!, y!)).toBe(common(a, near));
      }),
    );
  });
});

test('what is remembered does not change the answer', () => {
  const many = fc.sample(word, { numRuns: 3_000, seed: 7 });
  const first = many.map((a) => pan.ipv4(a));
  expect(many.map((a) => pan.ipv4(a))).toEqual(first);
  expect(many.map((a) => new CryptoPan(SAMPLE_KEY).ipv4(a)).slice(0, 50)).toEqual(first.slice(0, 50));
  expect(shown('::1')).not.toBe(shown('::2'));
  expect(shown('::')).toBe(shown('::'));
});

describe('a key file', () => {
  const text = (s: string) => Buffer.from(s, 'latin1');
  const letters = 'abcdefghijklmnopqrstuvwxyz012345';
  const hex = Buffer.from(letters).toString('hex');

  test.each([
    ['32 characters', text(letters)],
    ['32 characters and a newline', text(`${letters}\n`)],
    ['64 digits', text(hex)],
    ['64 digits after 0x, and a newline', text(`0x${hex.toUpperCase()}\r\n`)],
  ])('may hold %s', (_, bytes) => expect(Buffer.from(parseAnonymiseKey(bytes, 'k')).toString()).toBe(letters));

  test('may hold 32 raw bytes', () => {
    const raw = Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 10 : 200 + i));
    expect(parseAnonymiseKey(raw, 'k')).toEqual(raw);
  });

  test.each([
    ['', '0 bytes'],
    ['secret\n', '6 characters'],
    [`${letters.slice(1)}\n`, '31 characters'],
    [`0x${hex.slice(1)}`, '65 characters'],
    ['\u0000\u0001', '2 bytes'],
  ])('with %j is refused', (content, found) => {
    const refused = () => parseAnonymiseKey(text(content), 'my.key');
    expect(refused).toThrow(`my.key is no key: it has ${found}; expected 32 characters`);
  });
});
