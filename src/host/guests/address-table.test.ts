import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressTable } from './address-table.ts';

const word = fc.oneof(fc.constantFrom(0, 1, 0xffff, 0xffff_fffe), fc.integer({ min: 0, max: 0xffff_fffe }));
const address = fc.tuple(word, word, word, word);

describe('numbers by addresses', () => {
  it('are those that were set last, as a map has them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(address, fc.integer({ min: 1, max: 9 })), { maxLength: 60 }), (sets) => {
        const table = new AddressTable(64);
        const expected = new Map<string, number>();
        for (const [words, value] of sets) {
          table.setIp(Uint32Array.from(words), value);
          expected.set(words.join(), value);
        }
        for (const [words] of sets) expect(table.ip(Uint32Array.from(words))).toBe(expected.get(words.join()));
        expect(table.ip(Uint32Array.of(7, 7, 7, 7))).toBe(expected.get('7,7,7,7') ?? 0);
      }),
    );
  });

  it('of MAC and IP addresses are apart', () => {
    const table = new AddressTable(8);
    table.setMac(1, 2, 5);
    table.setIp(Uint32Array.of(0, 0, 1, 2), 6);
    expect([table.mac(1, 2), table.ip(Uint32Array.of(0, 0, 1, 2)), table.mac(2, 1)]).toEqual([5, 6, 0]);
  });

  it('are all forgotten where there is no room for another one, which is kept', () => {
    const table = new AddressTable(100);
    for (let i = 1; i <= 100; i++) table.setMac(0, i, i);
    expect([table.mac(0, 1), table.mac(0, 100)]).toEqual([1, 100]);
    table.setMac(0, 101, 7);
    expect([table.mac(0, 1), table.mac(0, 101)]).toEqual([0, 7]);
  });
});
