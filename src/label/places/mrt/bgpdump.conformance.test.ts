import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type AddressWords, parseAddress, parsePrefix } from '../../../flow/index.ts';
import { buildPlaces } from '../build-places.ts';
import { PlaceTable } from '../place-table.ts';
import { mrtDump, type Path, type Routes } from './mrt-dump.testing.ts';
import { MrtReader } from './mrt-reader.ts';

const FIXTURES = fileURLToPath(new URL('../../../../../shared/fixtures/mrtparse', import.meta.url));
const present = existsSync(FIXTURES);
const installed = spawnSync('bgpdump', ['-h']).error === undefined;
if (!installed) console.warn('skipped: dumps of routes beside bgpdump, which is not installed');

const scratch = mkdtempSync(join(tmpdir(), 'weir-bgpdump-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** What bgpdump reads: of each prefix the last system of each path, null where that is a set or there is none. */
function peerRoutes(path: string): Map<string, (number | null)[]> {
  const text = execFileSync('bgpdump', ['-m', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const routes = new Map<string, (number | null)[]>();
  for (const line of text.split('\n')) {
    const fields = line.split('|');
    if (fields.length < 7) continue;
    // With several paths of a neighbour (RFC 8050) the number of the path comes between.
    const asPath = fields[0]!.endsWith('_AP') ? fields[7]! : fields[6]!;
    const last = asPath.split(' ').at(-1)!;
    const prefix = fields[5]!;
    routes.set(prefix, [...(routes.get(prefix) ?? []), /^\d+$/.test(last) ? Number(last) : null]);
  }
  return routes;
}

/** The system that most neighbours tell, of equals the first; null where none tells one. */
function elected(origins: readonly (number | null)[]): number | null {
  const known = origins.filter((o): o is number => o !== null);
  const votes = (asn: number) => known.filter((o) => o === asn).length;
  return known.reduce<number | null>((best, o) => (best === null || votes(o) > votes(best) ? o : best), null);
}

const covers = (prefix: { address: AddressWords; bits: number }, address: AddressWords): boolean =>
  address.every((word, i) => {
    const kept = Math.min(32, Math.max(0, prefix.bits - 32 * i));
    return kept === 0 || (word ^ prefix.address[i]!) >>> (32 - kept) === 0;
  });

/** The system of each prefix's first address, by plain comparison of what bgpdump reads; a default route says nothing. */
function expectedOf(path: string): Map<string, number> {
  const believed = [...peerRoutes(path)].flatMap(([text, origins]) => {
    const asn = elected(origins);
    return asn === null || text.endsWith('/0') ? [] : [{ ...parsePrefix(text)!, asn }];
  });
  return new Map(
    [...peerRoutes(path).keys()].map((text) => {
      const address = parseAddress(text.slice(0, text.indexOf('/')))!;
      const inside = believed.filter((p) => covers(p, address)).sort((a, b) => b.bits - a.bits);
      return [text, inside[0]?.asn ?? 0];
    }),
  );
}

/** The same of our own reader and table. */
function foundOf(path: string, prefixes: Iterable<string>): Map<string, number> {
  const reader = new MrtReader();
  reader.push(readFileSync(path));
  const data = reader.finish();
  if ('refused' in data) throw new Error(data.refused);
  const ranges = data.autonomousSystems!;
  const table = new PlaceTable(buildPlaces({ autonomousSystems: [{ source: 'mrt', ranges }] }));
  return new Map(
    [...prefixes].map((text) => [text, table.asn[table.find(...parseAddress(text.slice(0, text.indexOf('/')))!)]!]),
  );
}

function compare(path: string): number {
  const expected = expectedOf(path);
  expect(foundOf(path, expected.keys())).toEqual(expected);
  return expected.size;
}

const asn = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 24_000, max: 4_199_999_999 }));
const path: fc.Arbitrary<Path> = fc.oneof(
  { weight: 5, arbitrary: fc.array(asn, { minLength: 1, maxLength: 6 }).map((asns): Path => [[2, asns]]) },
  fc.tuple(asn, fc.array(asn, { minLength: 2, maxLength: 4 })).map(
    ([first, set]): Path => [
      [2, [first]],
      [1, set],
    ],
  ),
);
/** Few first bytes, so that prefixes lie within each other. */
const routes: fc.Arbitrary<Routes> = fc
  .record({
    family: fc.constantFrom(4 as const, 6 as const),
    first: fc.constantFrom(32, 33, 42),
    rest: fc.uint8Array({ minLength: 15, maxLength: 15 }),
    length: fc.integer({ min: 4, max: 128 }),
    paths: fc.array(path, { minLength: 1, maxLength: 5 }),
  })
  .map(({ family, first, rest, length, paths }) => {
    const size = family === 4 ? 4 : 16;
    const bits = Math.min(length, 8 * size);
    const address = Uint8Array.of(first, ...rest.subarray(0, size - 1));
    for (let bit = bits; bit < 8 * size; bit++) address[bit >> 3]! &= ~(0x80 >> (bit & 7));
    return { family, address, bits, paths };
  });

describe.skipIf(!installed)('dumps of routes beside bgpdump', () => {
  it
    .skipIf(!present)
    .each(['quagga_rib', 'bird-mrtdump_rib', 'bird6-mrtdump_rib', 'openbgpd_rib_table', 'openbgpd_rib_table-v2'])(
    '%s gives the same system of each prefix',
    (name) => {
      expect(compare(join(FIXTURES, name))).toBeGreaterThan(0);
    },
  );

  it('any prefixes within each other, with any paths and sets, give the same system of each', () => {
    const file = join(scratch, 'any.mrt');
    fc.assert(
      fc.property(
        fc.uniqueArray(routes, { minLength: 1, maxLength: 60, selector: (r) => `${r.address.join()}/${r.bits}` }),
        (all) => {
          writeFileSync(file, mrtDump(all));
          const tells = [...expectedOf(file).values()].some((system) => system !== 0);
          if (tells) expect(compare(file)).toBe(all.length);
          else expect(() => compare(file)).toThrow('no route of a known origin');
        },
      ),
      { numRuns: 60 },
    );
  });
});
