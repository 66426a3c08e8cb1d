import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../flow/index.ts';
import { writeAddressWords } from './socket-address.ts';

describe('writeAddressWords', () => {
  it.each([
    '192.0.2.1',
    '::',
    '::1',
    '1::',
    'fe80::1',
    '2001:db8::1:0:0:1',
    '::ffff:192.0.2.1',
    '1:2:3:4:5:6:7:8',
    '64:ff9b::192.0.2.33',
  ])('reads %s as flow/address.ts does', (text) => {
    const words = new Uint32Array(4);
    expect(writeAddressWords(text, words, 0)).toBe(true);
    expect([...words]).toEqual(parseAddress(text));
  });
  it('agrees with flow/address.ts on any address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const words = new Uint32Array(4);
        expect(writeAddressWords(text, words, 0)).toBe(true);
        expect([...words]).toEqual(parseAddress(text));
      }),
    );
  });
  it('leaves a zone out', () => {
    const words = new Uint32Array(4);
    expect(writeAddressWords('fe80::2%eth0', words, 0)).toBe(true);
    expect([...words]).toEqual([0xfe800000, 0, 0, 2]);
  });
  it.each(['', 'localhost', '1.2.3', '1.2.3.4.5', ':::', '12345::'])('refuses %j', (text) => {
    expect(writeAddressWords(text, new Uint32Array(4), 0)).toBe(false);
  });
});
