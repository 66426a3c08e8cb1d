import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressWords, formatAddress, maskAddress, parseAddress } from '../../flow/index.ts';
import { HOME, OUTSIDE, SITE_0 } from '../home-networks.ts';
import { buildPlaces, rangesOfPrefixes } from './build-places.ts';
import type { BothFamilies } from './place-data.ts';
import { MOST_JOINED, SEVERAL } from './place-entries.ts';
import { PlaceTable } from './place-table.ts';

interface Given {
  readonly address: AddressWords;
  readonly bits: number;
  readonly value: number;
}

const isIpv4 = ([w0, w1, w2]: AddressWords) => w0 === 0 && w1 === 0 && w2 === 0xffff;

/** What a list of prefixes says of an address, looked at one by one. */
function plainly(prefixes: readonly Given[], address: AddressWords): number {
  const around = prefixes.filter(
    (p) => isIpv4(p.address) === isIpv4(address) && maskAddress(address, p.bits).join() === p.address.join(),
  );
  return around.sort((a, b) => b.bits - a.bits)[0]?.value ?? 0;
}

/** Words that differ in few bits: prefixes of them lie within each other, and side by side. */
const word = fc.oneof(
  fc.constantFrom(0, 1, 0x0a000000, 0x0a010000, 0x0a0100ff, 0x7fffffff, 0x80000000, 0xffffffff, 0x20010db8),
  fc.nat(0xffffffff),
);
const ipv4 = word.map((w): AddressWords => [0, 0, 0xffff, w]);
const ipv6 = fc.tuple(word, word, word, word);
const prefixes = fc.uniqueArray(
  fc
    .oneof(fc.tuple(ipv4, fc.integer({ min: 96, max: 128 })), fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })))
    .chain(([address, bits]) =>
      fc.integer({ min: 1, max: 5 }).map((value): Given => ({ address: maskAddress(address, bits), bits, value })),
    ),
  { maxLength: 60, selector: (p) => `${p.address.join()}/${p.bits}` },
);

/** The first and the last address of a prefix, and their neighbours: where mistakes are made. */
function edgesOf({ address, bits }: Given): AddressWords[] {
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

function rangesOf(given: readonly Given[]): BothFamilies {
  return rangesOfPrefixes(given.map((p) => [textOf(p), p.value]));
}

function textOf({ address, bits }: Given): string {
  return `${formatAddress(address)}/${isIpv4(address) ? bits - 96 : bits}`;
}

function find(table: PlaceTable, address: AddressWords): number {
  const entry = table.find(...address);
  if (isIpv4(address)) expect(table.find4(address[3])).toBe(entry);
  return entry;
}

describe('the table of places', () => {
  it('gives of an address what its longest prefix says, at its edges and amid it, of IPv4 and IPv6', () => {
    fc.assert(
      fc.property(prefixes, fc.array(fc.oneof(ipv4, ipv6), { maxLength: 30 }), (given, others) => {
        const table = new PlaceTable(buildPlaces({ autonomousSystems: [{ source: 'mrt', ranges: rangesOf(given) }] }));
        for (const address of [...given.flatMap(edgesOf), ...others]) {
          const entry = find(table, address);
          expect(table.asn[entry]).toBe(plainly(given, address));
          expect(table.asSource[entry]).toBe(table.asn[entry] === 0 ? 0 : 2);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes each field from the first source that knows it, and every list and site that an address is in', () => {
    fc.assert(
      fc.property(prefixes, prefixes, prefixes, prefixes, prefixes, (mrt, bundled, country, bad, worse) => {
        const table = new PlaceTable(
          buildPlaces({
            autonomousSystems: [
              { source: 'mrt', ranges: rangesOf(mrt) },
              { source: 'bundled', ranges: rangesOf(bundled) },
            ],
            countries: [rangesOf(country)],
            blocklists: [
              { name: 'bad', prefixes: bad.map(textOf) },
              { name: 'worse', prefixes: worse.map(textOf) },
            ],
          }),
        );
        for (const address of [mrt, bundled, country, bad, worse].flatMap((list) => list.flatMap(edgesOf))) {
          const entry = find(table, address);
          const routed = plainly(mrt, address);
          expect(table.asn[entry]).toBe(routed || plainly(bundled, address));
          expect(table.asSource[entry]).toBe(routed > 0 ? 2 : plainly(bundled, address) > 0 ? 4 : 0);
          expect(table.country[entry]).toBe(plainly(country, address));
          const lists = [plainly(bad, address) > 0 ? 'bad' : '', plainly(worse, address) > 0 ? 'worse' : ''];
          expect(table.blocklists[table.blocklist[entry]!]).toBe(lists.filter((name) => name !== '').join('+'));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('tells sites from the rest of the home networks, and what is outside', () => {
    const networks = {
      home: ['10.0.0.0/8', '2001:db8::/32'],
      sites: { berlin: ['10.1.0.0/16'], lab: ['10.1.9.0/24'] },
    };
    const table = new PlaceTable(buildPlaces({ networks }));
    const placeOf = (text: string) => table.place[table.find(...parseAddress(text)!)];
    expect(['10.2.0.1', '10.1.0.1', '10.1.9.1', '2001:db8::1', '8.8.8.8', '::'].map(placeOf)).toEqual([
      HOME,
      SITE_0,
      SITE_0 + 1,
      HOME,
      OUTSIDE,
      OUTSIDE,
    ]);
  });

  it('of no source at all knows nothing of any address', () => {
    const table = new PlaceTable(buildPlaces({}));
    expect([table.find4(0), table.find4(0xffffffff), table.find(0x20010db8, 0, 0, 1)]).toEqual([0, 0, 0]);
    expect([table.asn[0], table.country[0], table.place[0], table.blocklists[table.blocklist[0]!]]).toEqual([
      0,
      0,
      0,
      '',
    ]);
  });

  it('of prefixes that stand twice in one source believes the first', () => {
    const ranges = rangesOfPrefixes([
      ['192.0.2.0/24', 64496],
      ['192.0.2.0/24', 64497],
      ['192.0.2.77/24', 64498],
    ]);
    const table = new PlaceTable(buildPlaces({ autonomousSystems: [{ source: 'file', ranges }] }));
    expect(table.asn[table.find4(0xc000_0201)]).toBe(64496);
  });
});

describe('a table of lists that overlap in very many ways', () => {
  it('has an end of joined names, and says of no address a list that it is not on', () => {
    const lists = 14;
    const name = (i: number) => `l${i}`;
    // Each address is on the lists whose bits its number has.
    const on = (list: number) =>
      Array.from({ length: 1 << lists }, (_, n) => n)
        .filter((n) => n & (1 << list))
        .map((n) => `10.0.${n >> 8}.${n & 255}/32`);
    const handle = buildPlaces({
      blocklists: Array.from({ length: lists }, (_, i) => ({ name: name(i), prefixes: on(i) })),
    });
    expect(handle.blocklists.length).toBeLessThanOrEqual(MOST_JOINED + lists + 1);
    const table = new PlaceTable(handle);
    const wrong = Array.from({ length: 1 << lists }, (_, n) => n).filter((n) => {
      const said = handle.blocklists[handle.blocklist[table.find(0, 0, 0xffff, 0x0a000000 + n)]!]!;
      const names = Array.from({ length: lists }, (_, i) => i)
        .filter((i) => n & (1 << i))
        .map(name);
      return said !== names.join('+') && !(said === SEVERAL && names.length > 1);
    });
    expect(wrong).toEqual([]);
  });
});
