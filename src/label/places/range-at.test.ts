import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatAddress, maskAddress, parseAddress, parsePrefix } from '../../flow/index.ts';
import { rangesOfPrefixes } from './build-places.ts';
import { rangeAt } from './range-at.ts';

const RANGES = rangesOfPrefixes([
  ['10.0.0.0/8', 1],
  ['10.1.0.0/16', 2],
  ['255.255.255.0/24', 3],
  ['2001:db8::/32', 4],
  ['ffff::/16', 5],
]);
const at = (address: string) => rangeAt(RANGES, parseAddress(address)!);

it('is a prefix where it can be, else first and last address', () => {
  expect(at('10.1.2.3')).toEqual({ range: '10.1.0.0/16', value: 2 });
  expect(at('10.0.2.3')).toEqual({ range: '10.0.0.0/16', value: 1 });
  expect(at('10.200.2.3')).toEqual({ range: '10.2.0.0 to 10.255.255.255', value: 1 });
  expect(at('2001:db8::1')).toEqual({ range: '2001:db8::/32', value: 4 });
});

it('ends with the family', () => {
  expect(at('255.255.255.255')).toEqual({ range: '255.255.255.0/24', value: 3 });
  expect(at('ffff::1')).toEqual({ range: 'ffff::/16', value: 5 });
});

it('is nothing where nothing is said', () => {
  expect(at('9.255.255.255')).toBeNull();
  expect(at('11.0.0.0')).toBeNull();
  expect(at('2001:db9::')).toBeNull();
});

it('holds the address that was asked for, of any disjoint prefixes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(65_535), { minLength: 1, maxLength: 20 }), fc.nat(), (numbers, pick) => {
      const prefixes = numbers.map((n) => `10.${n >>> 8}.${n & 255}.0/24`);
      const ranges = rangesOfPrefixes(prefixes.map((text, i) => [text, i + 1]));
      const chosen = pick % prefixes.length;
      const address = formatAddress(parsePrefix(prefixes[chosen]!)!.address);
      const found = rangeAt(ranges, parseAddress(address)!)!;
      expect(found.value).toBe(chosen + 1);
      const { address: first, bits } = parsePrefix(found.range)!;
      expect(maskAddress(parseAddress(address)!, bits)).toEqual(first);
    }),
  );
});
