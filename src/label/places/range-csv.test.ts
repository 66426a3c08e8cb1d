import { expect, it } from 'vitest';
import { AsNames, asNamesHandle } from './as-names.ts';
import { buildPlaces } from './build-places.ts';
import { countryText, Skipped } from './place-data.ts';
import { PlaceTable } from './place-table.ts';
import { countryOfText, publicAsnOfText, readRangeCsv } from './range-csv.ts';
import { packPlaces, unpackPlaces } from './stored-places.ts';

const SYSTEMS = [
  '16777216,16777471,13335,"Cloudflare, Inc."',
  '16778240,16779263,38803,Gtelecom Pty Ltd',
  '16778241,16778242,1,out of order',
  '16785408,16785663,64512,A private one',
  '16785664,16785919,23456,AS_TRANS',
  '4294967040,4294967295,400000,"A ""quoted"" name"',
  'no line of the kind',
  '16781312,x,2519,ARTERIA',
].join('\n');
const COUNTRIES = ['2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP', '2001:208::,2001:208::ff,sg', ''].join('\n');

function tableOf() {
  const skipped = new Skipped();
  const names = new Map<number, string>();
  const none = readRangeCsv(Buffer.from(''), 4, publicAsnOfText, skipped);
  const ipv4 = readRangeCsv(Buffer.from(SYSTEMS), 1, publicAsnOfText, skipped, names);
  const ipv6 = readRangeCsv(Buffer.from(COUNTRIES), 4, countryOfText, skipped);
  const no4 = readRangeCsv(Buffer.from(''), 1, countryOfText, skipped);
  const places = buildPlaces({
    autonomousSystems: [{ source: 'bundled', ranges: { ipv4, ipv6: none } }],
    countries: [{ ipv4: no4, ipv6 }],
    blocklists: [{ name: 'drop', prefixes: ['1.0.0.7', '2001:200::/32'] }],
  });
  return { places, names: asNamesHandle([names]), skipped: skipped.counts };
}

it('lists of ranges are read to their ends, up to the last address; what is out of order or no range is counted', () => {
  const { places, skipped } = tableOf();
  const table = new PlaceTable(places);
  const asn = (address: number) => table.asn[table.find4(address)];
  expect([16777215, 16777216, 16777471, 16777472, 16778241, 4294967295].map(asn)).toEqual([
    0, 13335, 13335, 0, 38803, 400000,
  ]);
  const country = (a: number, b: number) => countryText(table.country[table.find(a, b, 0, 1)]!);
  expect([
    country(0x20010200, 0),
    country(0x20010200, 0xffffffff),
    country(0x20010201, 0),
    country(0x20010208, 0),
  ]).toEqual(['JP', 'JP', '', '']);
  expect(asn(16785410)).toBe(0);
  expect(skipped).toEqual({ 'ranges of a reserved system': 2, 'ranges out of order': 1, 'lines that are no range': 3 });
});

it('systems have the names that a source gives them, and no other', () => {
  const names = new AsNames(tableOf().names);
  expect([13335, 38803, 400000, 64512, 2519, 0, 4294967295].map((asn) => names.name(asn))).toEqual([
    'Cloudflare, Inc.',
    'Gtelecom Pty Ltd',
    'A "quoted" name',
    '',
    '',
    '',
    '',
  ]);
});

it('a table that was written to a file says the same, and one that is damaged is not read', () => {
  const { places, names } = tableOf();
  const bytes = packPlaces({ places, names }, { of: 'test' });
  const read = unpackPlaces(Uint8Array.from(bytes))!;
  expect(read.facts).toEqual({ of: 'test' });
  expect(read.places).toEqual(places);
  expect(new AsNames(read.names).name(13335)).toBe('Cloudflare, Inc.');
  const table = new PlaceTable(read.places);
  expect(table.blocklists[table.blocklist[table.find4(16777223)]!]).toBe('drop');
  for (const at of [0, 9, 13, 40, bytes.length - 1]) {
    const broken = Uint8Array.from(bytes);
    broken[at]! ^= 1;
    expect(unpackPlaces(broken)).toBeNull();
  }
  expect(unpackPlaces(Uint8Array.from(bytes.subarray(0, 30)))).toBeNull();
});
