import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeAddressWords } from './socket-address.ts';

function words(text: string): number[] | null {
  const out = new Uint32Array(4);
  return writeAddressWords(text, out, 0) ? [...out] : null;
}

describe('writeAddressWords', () => {
  it.each([
    ['192.0.2.1', [0, 0, 0xffff, 0xc0000201]],
    ['255.255.255.255', [0, 0, 0xffff, 0xffffffff]],
    ['::', [0, 0, 0, 0]],
    ['::1', [0, 0, 0, 1]],
    ['1::', [0x10000, 0, 0, 0]],
    ['2001:db8::1:0:0:1', [0x20010db8, 0, 0x10000, 1]],
    ['1:2:3:4:5:6:7:8', [0x10002, 0x30004, 0x50006, 0x70008]],
    ['::ffff:192.0.2.1', [0, 0, 0xffff, 0xc0000201]],
    ['64:ff9b::192.0.2.33', [0x64ff9b, 0, 0, 0xc0000221]],
    ['1:2:3:4:5:6:192.0.2.1', [0x10002, 0x30004, 0x50006, 0xc0000201]],
    ['fe80::2%eth0', [0xfe800000, 0, 0, 2]],
  ])('reads %s', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it('reads any IPv6 address, spelled out or shortened as browsers do', () => {
    const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (g) => {
        const long = g.map((x) => x.toString(16)).join(':');
        const short = new URL(`http://[${long}]`).hostname.slice(1, -1);
        const expected = [0, 2, 4, 6].map((i) => ((g[i]! << 16) | g[i + 1]!) >>> 0);
        expect([words(long), words(short)]).toEqual([expected, expected]);
      }),
    );
  });

  it.each(['', 'localhost', '1.2.3', '1.2.3.4.5', ':::', '12345::'])('refuses %j', (text) => {
    expect(words(text)).toBeNull();
  });
});
