import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AddressWords, bitsOf, formatPrefix, maskAddress, parseAddress, parsePrefix } from '../../flow/index.ts';
import { formatPrefixLines, type ParsedBlocklist, parseBlocklist, readPrefixLines } from './parse-blocklist.ts';
import { rangePrefixes } from './range-prefixes.ts';

const LISTS = '../shared/fixtures/blocklists';

function read(text: string, home: readonly string[] = []): ParsedBlocklist {
  const list = parseBlocklist(text, { home });
  if ('problem' in list) throw new Error(list.problem);
  return list;
}

function problem(text: string): string {
  const list = parseBlocklist(text, { home: [] });
  return 'problem' in list ? list.problem : 'none';
}

const entries = (text: string, home: readonly string[] = []) => read(text, home).prefixes.map(formatPrefix);

it.each([
  [
    'plain addresses, with comments of three kinds, counts, and IPv6',
    'plain',
    '\ufeff# a list\n198.51.100.7\r\n198.51.101.0/24 ; SBL1\n2001:db8::/32 # why\n// end\n\n198.51.102.9\t8\n198.51.100.7\n',
    ['198.51.100.7/32', '198.51.101.0/24', '2001:db8::/32', '198.51.102.9/32'],
  ],
  [
    'Spamhaus DROP as JSON lines',
    'json',
    '{"cidr":"198.51.100.0/22","sblid":"SBL1","rir":"apnic"}\n{"cidr":"2001:db8::/32","sblid":"SBL2"}\n{"type":"metadata","timestamp":1,"copyright":"x"}\n',
    ['198.51.100.0/22', '2001:db8::/32'],
  ],
  [
    'ranges, of P2P programs too, whose names hold colons, dashes and years',
    'ranges',
    '# P2P\nFoo 1999-2004: Bar-baz:198.51.100.0-198.51.100.255\n1.2.3.4 Ltd:198.51.101.1-198.51.101.2\n198.51.102.0 - 198.51.102.3\n',
    ['198.51.100.0/24', '198.51.101.1/32', '198.51.101.2/32', '198.51.102.0/30'],
  ],
  [
    'ranges of IPv6 beside single addresses',
    'ranges',
    '2001:db8::-2001:db8::3\n2001:db8:1::-2001:db8:1::1\n2001:db8:2::9\n',
    ['2001:db8::/126', '2001:db8:1::/127', '2001:db8:2::9/128'],
  ],
  [
    'ipfilter.dat, with decimal numbers that begin with zeros',
    'ranges',
    '198.051.100.000 - 198.051.100.255 , 000 , some name\n005.000.009.000 - 005.000.009.255 , 127 , x 1.2.3.4\n',
    ['198.51.100.0/24', '5.0.9.0/24'],
  ],
  [
    "DShield's table of first, last and length",
    'ranges',
    '# block list\nStart\tEnd\tNetmask\tAttacks\n198.51.100.0\t198.51.100.255\t24\t3120\tFOO\n',
    ['198.51.100.0/24'],
  ],
  [
    'CSV of abuse.ch: the column that holds addresses',
    'csv',
    '# "first_seen_utc","dst_ip","dst_port"\n"2026-01-01 10:00:00","198.51.100.7","443","a, ""b"""\n"2026-01-02 10:00:00","198.51.100.8","80","c"\n',
    ['198.51.100.7/32', '198.51.100.8/32'],
  ],
  [
    'CSV of addresses with ports, under a heading',
    'csv',
    'id,ioc_value,malware\n1,198.51.100.7:443,foo\n2,"[2001:db8::1]:80",bar\n',
    ['198.51.100.7/32', '2001:db8::1/128'],
  ],
  [
    'addresses with their ports',
    'plain',
    '198.51.100.7:80\n198.51.100.8:443 # c2\n[2001:db8::1]:443\n2001:db8::2\n',
    ['198.51.100.7/32', '198.51.100.8/32', '2001:db8::1/128', '2001:db8::2/128'],
  ],
  [
    'Spamhaus DROP as text',
    'plain',
    '; Spamhaus DROP List 2026/11/22\n; Expires: Mon, 23 Nov 2026 12:00:00 GMT\n198.51.100.0/24 ; SBL1\n203.0.113.0/25 ; SBL2\n',
    ['198.51.100.0/24', '203.0.113.0/25'],
  ],
  [
    "a netset under FireHOL's heading",
    'plain',
    '#\n# firehol_level2\n#\n# Entries : 2 subnets, 257 unique IPs\n#\n198.51.100.0/24\n203.0.113.9\n',
    ['198.51.100.0/24', '203.0.113.9/32'],
  ],
  [
    'CSV under a heading, with the ends of lines of Windows and a byte order mark',
    'csv',
    '\ufefffirst_seen_utc,dst_ip,dst_port,c2_status\r\n2026-01-01 10:00:00,198.51.100.7,443,online\r\n',
    ['198.51.100.7/32'],
  ],
  [
    'what ipset saves; what must not match is left out',
    'ipset',
    'create bad hash:net family inet hashsize 1024\nadd bad 198.51.100.0/24\nadd bad 198.51.101.4 timeout 3\nadd bad 198.51.100.9 nomatch\n',
    ['198.51.100.0/24', '198.51.101.4/32'],
  ],
] as const)('reads %s', (_, format, text, prefixes) => {
  expect(read(text).format).toBe(format);
  expect(entries(text)).toEqual(prefixes);
});

it.each([
  [
    'a hosts file',
    '# ads\n0.0.0.0 ads.example.com\n127.0.0.1 x.example.net\n',
    /names of hosts, which are no addresses.*line 2/,
  ],
  ['a list of domains', 'ads.example.com\n*.example.net\n', /names of hosts/],
  ['a web page', '<!DOCTYPE html><html>404</html>', /web page/],
  ['an XML error', '<?xml version="1.0"?><Error/>', /web page/],
  ['nothing', '', /no entry/],
  ['comments alone', '# nothing today\n; really\n', /no entry/],
  ['prose', 'Too many requests\ntry again\n', /no addresses: line 1 is no address: "Too many requests"/],
  ['everything', '0.0.0.0/0\n', /refused: 0\.0\.0\.0\/0/],
])('refuses %s', (_, text, reason) => {
  expect(problem(text)).toMatch(reason);
});

it('a list whose end is rubbish is refused, and one with a few bad lines is read and counts them', () => {
  const good = Array.from({ length: 500 }, (_, i) => `198.51.${i >> 8}.${i & 255}`);
  expect(problem([...good, ...Array.from({ length: 600 }, () => 'garbage')].join('\n'))).toMatch(/600 of its 1100/);
  const list = read([...good, 'x y', 'bad.example.com', `1${' '.repeat(100_000)}#`].join('\n'));
  expect(list.prefixes).toHaveLength(500);
  expect(list.rejected).toMatchObject({ name: 1, not_address: 2 });
});

it('what would mark everything, or the home networks, is refused and named', () => {
  const text = '198.51.100.7\n10.0.0.0/8\n0.0.0.0/1\n192.0.2.0/24\n192.0.2.9\n192.0.0.0/16\n2000::/3\n';
  const list = read(text, ['192.0.2.0/24']);
  expect(list.refused).toEqual(['0.0.0.0/1', '192.0.2.0/24', '192.0.0.0/16', '2000::/3']);
  expect(list.rejected).toMatchObject({ too_wide: 2, covers_home: 2 });
  // A home address, and a private network that is not home, are on it and told.
  expect(list.ownNamed).toEqual(['10.0.0.0/8', '192.0.2.9/32']);
  expect(list.prefixes.map(formatPrefix)).toEqual(['198.51.100.7/32', '10.0.0.0/8', '192.0.2.9/32']);
});

it('without home networks, private networks are refused as if they were', () => {
  expect(read('198.51.100.7\n198.51.100.8\n10.0.0.0/8\n192.168.1.1\n').refused).toEqual(['10.0.0.0/8']);
});

it('a range is an entry: one that holds nearly everything is refused whole, and named', () => {
  const list = read('198.51.100.7\n0.0.0.1-255.255.255.254\n2000::1-3000::\n');
  expect(list.prefixes.map(formatPrefix)).toEqual(['198.51.100.7/32']);
  expect(list.refused).toEqual(['0.0.0.1-255.255.255.254', '2000::1-3000::']);
  expect(list.rejected.too_wide).toBe(2);
});

it('lines that are no addresses are named by their number, comments and empty lines counted', () => {
  const { faults } = read('# a list\n\n198.51.100.7\nx.example.com\r\n198.51.100.8\n198.51.100.9\n198.51.100.999\n');
  expect(faults).toEqual([
    { line: 4, cause: 'name', text: 'x.example.com' },
    { line: 7, cause: 'not_address', text: '198.51.100.999' },
  ]);
  expect(problem('# a list\n\nsorry\n')).toBe(
    '1 of its first 1 entries are no addresses: line 3 is no address: "sorry"',
  );
});

it('a range that spares the first and the last address of home is refused in its large parts', () => {
  const list = read('198.51.100.7\n192.0.2.1-192.0.2.254\n', ['192.0.2.0/24']);
  expect(list.rejected.covers_home).toBe(2);
});

it('the format that is given counts', () => {
  expect(parseBlocklist('198.51.100.7\n', { format: 'json', home: [] })).toHaveProperty('problem');
});

it('prefixes of a range hold its addresses once each, and no other', () => {
  const word = fc.oneof(fc.constantFrom(0, 1, 255, 256, 0xffff_ffff), fc.nat(0xffff_ffff));
  const address = fc.oneof(
    word.map((w): AddressWords => [0, 0, 0xffff, w]),
    fc.tuple(word, word, word, word),
  );
  const number = (w: AddressWords) => (bitsOf(w).hi << 64n) | bitsOf(w).lo;
  fc.assert(
    fc.property(address, address, (a, b) => {
      const [first, last] = number(a) <= number(b) ? [a, b] : [b, a];
      let next = number(first);
      for (const p of rangePrefixes(first, last)) {
        expect(p.address).toEqual(maskAddress(p.address, p.bits));
        expect(number(p.address)).toBe(next);
        next += 1n << BigInt(128 - p.bits);
      }
      expect(next).toBe(number(last) + 1n);
    }),
  );
});

it('any text is read to an end, and what is kept is read back', () => {
  const piece = fc.constantFrom(
    '198.51.100.7',
    '/24',
    '-',
    ':',
    ' ',
    '\n',
    '#',
    ';',
    '"',
    ',',
    '{',
    '}',
    '::1',
    'a.b',
    '\t',
    'add x ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
      const list = parseBlocklist(pieces.join(''), { home: [] });
      if ('problem' in list) return;
      expect(readPrefixLines(formatPrefixLines(list.prefixes)).map(parsePrefix)).toEqual(list.prefixes);
    }),
  );
});

it.skipIf(!existsSync(LISTS))('the lists of ipsum are read whole (skipped without ../shared/fixtures)', () => {
  for (const name of ['4.txt', '5.txt', '6.txt', '7.txt', '8.txt']) {
    const text = readFileSync(`${LISTS}/${name}`, 'utf8');
    const lines = text.split('\n').filter((line) => parseAddress(line) !== null);
    const list = read(text);
    expect(lines.length).toBeGreaterThan(10);
    expect(list.prefixes).toHaveLength(new Set(lines).size);
    expect(list.rejected).toEqual({ name: 0, not_address: 0, bad_range: 0, too_wide: 0, covers_home: 0 });
  }
});

it('lines that are made to be slow are not', () => {
  const spaces = ' '.repeat(4_000);
  const lines = [
    `198.51.100.1${spaces}x`,
    `a.${'a'.repeat(4_000)}!`,
    `add s 198.51.100.1${spaces}x`,
    `${'a.'.repeat(2_000)}!`,
  ];
  const began = performance.now();
  parseBlocklist(lines.map((line) => `${line}\n`.repeat(1_000)).join(''), { home: [] });
  // Looked at anew from each of their letters they take a hundred times as long.
  expect(performance.now() - began).toBeLessThan(4_000);
});
