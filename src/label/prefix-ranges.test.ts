import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AddressWords, maskAddress } from '../flow/index.ts';
import { OUTSIDE, type PlacedPrefix } from './home-networks.ts';
import { PrefixRanges } from './prefix-ranges.ts';

/** What a list of prefixes says of an address, looked at one by one. */
function plainly(prefixes: readonly PlacedPrefix[], address: AddressWords): number {
  const around = prefixes.filter((p) => maskAddress(address, p.bits).join() === p.address.join());
  return around.sort((a, b) => b.bits - a.bits)[0]?.place ?? OUTSIDE;
}

/** Words that differ in few bits: prefixes of them lie within each other, and side by side. */
const word = fc.oneof(
  fc.constantFrom(0, 1, 0x0a000000, 0x0a010000, 0x0a0100ff, 0x7fffffff, 0x80000000, 0xffffffff, 0x20010db8),
  fc.nat(0xffffffff),
);
const ipv4 = word.map((w): AddressWords => [0, 0, 0xffff, w]);
const ipv6 = fc.tuple(word, word, word, word);
const prefix = fc
  .oneof(fc.tuple(ipv4, fc.integer({ min: 80, max: 128 })), fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })))
  .map(([address, bits]) => ({ address: maskAddress(address, bits), bits }));
const prefixes = fc
  .uniqueArray(prefix, { maxLength: 40, selector: (p) => `${p.address.join()}/${p.bits}` })
  .chain((found) =>
    fc
      .array(fc.nat(5), { minLength: found.length, maxLength: found.length })
      .map((places) => found.map((p, i) => ({ ...p, place: places[i]! }))),
  );

/** The first and the last address of a prefix, and their neighbours: where mistakes are made. */
function edgesOf({ address, bits }: PlacedPrefix): AddressWords[] {
  const last = address.map((w, i) => {
    const kept = Math.min(32, Math.max(0, bits - 32 * i));
    return kept === 32 ? w : (w | (0xffffffff >>> kept)) >>> 0;
  });
  const step = (from: readonly number[], by: 1 | -1): AddressWords => {
    const next = [...from];
    for (let i = 3; i >= 0; i--) {
      next[i] = (next[i]! + by) >>> 0;
      if (next[i] !== (by === 1 ? 0 : 0xffffffff)) break;
    }
    return next as unknown as AddressWords;
  };
  return [address, last as unknown as AddressWords, step(address, -1), step(last, 1)];
}

it('the longest prefix says the place of an address, at its edges and amid it, of IPv4 and IPv6', () => {
  fc.assert(
    fc.property(prefixes, fc.array(fc.oneof(ipv4, ipv6), { maxLength: 30 }), (placed, others) => {
      const ranges = new PrefixRanges(placed);
      for (const address of [...placed.flatMap(edgesOf), ...others]) {
        const [w0, w1, w2, w3] = address;
        const expected = plainly(placed, address);
        expect(ranges.ofWords(w0, w1, w2, w3)).toBe(expected);
        if (w0 === 0 && w1 === 0 && w2 === 0xffff) expect(ranges.ofIpv4(w3)).toBe(expected);
      }
    }),
    { numRuns: 300 },
  );
});
