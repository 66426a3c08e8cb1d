import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressWords, parseAddress } from '../../flow/index.ts';
import { addressForms, mayHoldAddress, mentionsAddress } from './address-mentions.ts';

const isFound = (name: string, words: AddressWords) =>
  mayHoldAddress(name) && mentionsAddress(name, addressForms(words));

describe('an address in a name', () => {
  it.each([
    'static.9.113.0.203.clients.your-server.de',
    'ip-cb007109.example',
    'CB007109.ptr.example',
    'host203000113009.isp.net',
    '203-0-113-9.dsl.example',
    'dyn.203_0_113_9.example',
    '203.0-113.9.example',
    '009-113-000-203.example',
    'cb-00-71-09.example',
    'x3405803785.example',
    'container of 203.0.113.9',
  ])('of IPv4 is found as %s has it', (name) => {
    expect(isFound(name, parseAddress('203.0.113.9')!)).toBe(true);
    expect(isFound(name, parseAddress('203.0.118.73')!)).toBe(false);
  });

  it.each([
    '9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.a.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
    '2001-db8-a--9.example',
    '2001-0db8-000a-0000-0000-0000-0000-0009.example',
    'ip20010db8000a00000000000000000009.example',
    '2001:db8:a::9',
    '2001_db8_a_0_0_0_0_9.example',
  ])('of IPv6 is found as %s has it', (name) => {
    expect(isFound(name, parseAddress('2001:db8:a::9')!)).toBe(true);
    expect(isFound(name, parseAddress('2001:db8:b::9')!)).toBe(false);
  });

  it('is found for each address in each of these forms', () => {
    const forms: ((octets: readonly number[]) => string)[] = [
      (o) => o.join('.'),
      (o) => o.toReversed().join('-'),
      (o) => o.map((octet) => `${octet}`.padStart(3, '0')).join(''),
      (o) => Buffer.from(o).toString('hex'),
    ];
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), fc.constantFrom(...forms), (octets, form) => {
        const words = parseAddress(octets.join('.'))!;
        expect(isFound(`h${form(octets)}.example`, words)).toBe(true);
      }),
    );
  });

  it('is not looked for in most names', () => {
    for (const name of ['www.example.com', 'nginx.service', '/usr/lib/firefox/firefox-bin', 'mail.example.org'])
      expect(mayHoldAddress(name)).toBe(false);
  });
});
