import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parsePrefix } from '../../../flow/index.ts';
import { buildPlaces } from '../build-places.ts';
import { countryText } from '../place-data.ts';
import { PlaceTable } from '../place-table.ts';
import { readMmdb } from './read-mmdb.ts';

const FIXTURES = fileURLToPath(new URL('../../../../../shared/fixtures/maxmind-db', import.meta.url));

type Fields = Readonly<Record<string, unknown>>;

/** Networks of a source file with what it says of them; of one that stands there twice the last counts, as with its maker. */
function sourceOf(name: string): [string, Fields][] {
  const list = JSON.parse(readFileSync(`${FIXTURES}/source-data/${name}.json`, 'utf8')) as Record<string, Fields>[];
  return list.flatMap((entry) =>
    Object.entries(entry).map(([network, fields]): [string, Fields] => [asIpv4(network), fields]),
  );
}

/** IPv4 stands in the sources as part of IPv6, `::1.2.3.0/120`. */
function asIpv4(network: string): string {
  const [, address, bits] = /^::(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(network) ?? [];
  return address === undefined ? network : `${address}/${Number(bits) - 96}`;
}

function tableOf(file: string): PlaceTable {
  const data = readMmdb(readFileSync(`${FIXTURES}/test-data/${file}.mmdb`));
  if ('refused' in data) throw new Error(data.refused);
  const ranges = data.autonomousSystems;
  return new PlaceTable(
    buildPlaces({
      autonomousSystems: ranges ? [{ source: 'file', ranges }] : [],
      countries: data.countries ? [data.countries] : [],
    }),
  );
}

const at = (fields: Fields, path: string) =>
  path.split('.').reduce<unknown>((value, key) => (value as Fields | undefined)?.[key], fields);

describe.skipIf(!existsSync(FIXTURES))('MaxMind DB files (skipped without ../shared/fixtures)', () => {
  it.each([
    'GeoLite2-ASN-Test',
    'GeoIP2-ISP-Test',
    'GeoLite2-Country-Test',
    'GeoIP2-Country-Test',
    'GeoLite2-City-Test',
    'GeoIP2-City-Test',
    'GeoIP2-Enterprise-Test',
    'GeoIP2-Precision-Enterprise-Test',
  ])('%s says of each network of its source what the source says', (name) => {
    const table = tableOf(name);
    const source = sourceOf(name);
    const networks = source.map(([text]) => parsePrefix(text)!);
    let compared = 0;
    source.forEach(([text, fields], i) => {
      const { address, bits } = networks[i]!;
      // A longer network that begins at the same address says more of it.
      if (networks.some((n, j) => j !== i && n.address.join() === address.join() && (n.bits > bits || j > i))) return;
      const entry = table.find(...address);
      const asn = at(fields, 'autonomous_system_number') ?? at(fields, 'traits.autonomous_system_number') ?? 0;
      expect([text, table.asn[entry], countryText(table.country[entry]!)]).toEqual([
        text,
        asn,
        at(fields, 'country.iso_code') ?? '',
      ]);
      compared += 1;
    });
    expect(compared).toBeGreaterThan(source.length / 2);
  });

  it('reads IPv4 in a tree of IPv6 once: ranges that stand for it are no networks of IPv6', () => {
    const data = readMmdb(readFileSync(`${FIXTURES}/test-data/GeoLite2-ASN-Test.mmdb`));
    const v6 = 'refused' in data ? null : data.autonomousSystems!.ipv6;
    const starts = Array.from({ length: v6!.length }, (_, i) => v6!.starts[4 * i]!);
    expect(starts.filter((word) => word >>> 16 === 0x2002)).toEqual([]);
    expect(v6!.length).toBeGreaterThan(100);
  });

  const kinds: readonly [string, RegExp][] = [
    ['GeoIP2-Domain-Test', /says neither autonomous systems nor countries \(its kind is GeoIP2-Domain\)/],
    ['GeoIP2-City-Test-Invalid-Node-Count', /search tree of 100000 nodes is larger than the file/],
    ['GeoIP2-City-Test-Broken-Double-Format', /a number of 8 bytes claims 5/],
    ['MaxMind-DB-test-broken-pointers-24', /a pointer to \d+ leads behind the end/],
    ['MaxMind-DB-test-broken-search-tree-24', /deeper than an address is long/],
  ];
  it.each(kinds)('%s is refused by name', (file, reason) => {
    expect(readMmdb(readFileSync(`${FIXTURES}/test-data/${file}.mmdb`))).toEqual({
      refused: expect.stringMatching(reason),
    });
  });

  const bad = existsSync(FIXTURES)
    ? readdirSync(`${FIXTURES}/bad-data`, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.mmdb'))
    : [];
  it.each(bad)('%s, which is broken, is refused with a reason', (file) => {
    const read = readMmdb(readFileSync(`${FIXTURES}/bad-data/${file}`));
    expect(read).toEqual({ refused: expect.stringMatching(/.{15}/) });
    expect((read as { refused: string }).refused).not.toMatch(/undefined|is not a function|Offset is outside/);
  });

  it('no byte that is changed makes it throw, or take long', () => {
    const file = readFileSync(`${FIXTURES}/test-data/GeoLite2-ASN-Test.mmdb`);
    for (let i = 0; i < 400; i++) {
      const broken = Buffer.from(file);
      broken[(i * 7_919) % broken.length]! ^= 1 << (i & 7);
      const began = performance.now();
      readMmdb(broken);
      expect(performance.now() - began).toBeLessThan(2_000);
    }
  });
});
