import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../../flow/index.ts';
import type { PlaceData, RefusedFile } from '../place-data.ts';
import { MrtReader } from './mrt-reader.ts';

const FIXTURES = fileURLToPath(new URL('../../../../../shared/fixtures/mrtparse', import.meta.url));

function read(bytes: Uint8Array, pieces = bytes.length): PlaceData | RefusedFile {
  const reader = new MrtReader();
  for (let at = 0; at < bytes.length; at += pieces) reader.push(bytes.subarray(at, at + pieces));
  return reader.finish();
}

/** First addresses of the ranges that have a system, with it. */
function origins(data: PlaceData | RefusedFile): string[] {
  if ('refused' in data) throw new Error(data.refused);
  const { ipv4, ipv6 } = data.autonomousSystems!;
  const v4 = [...ipv4.values].map((asn, i) => ({ text: formatAddress([0, 0, 0xffff, ipv4.starts[i]!]), asn }));
  const v6 = [...ipv6.values].map((asn, i) => {
    const [a, b, c, d] = ipv6.starts.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    return { text: formatAddress([a, b, c, d]), asn };
  });
  return [...v4, ...v6].filter(({ asn }) => asn > 0).map(({ text, asn }) => `${text} ${asn}`);
}

describe.skipIf(!existsSync(FIXTURES))('dumps of routes (skipped without ../shared/fixtures)', () => {
  const file = (name: string) => readFileSync(`${FIXTURES}/${name}`);

  it('give the same whatever the pieces are in which they come', () => {
    for (const name of ['quagga_rib', 'bird-mrtdump_rib', 'openbgpd_rib_table', 'openbgpd_rib_table-v2'])
      for (const pieces of [1, 7, 100]) expect(read(file(name), pieces)).toEqual(read(file(name)));
  });

  it('of TABLE_DUMP_V2 give the origin of each prefix of both families', () => {
    expect(origins(read(file('quagga_rib')))).toEqual([
      '172.17.0.0 64512',
      'fd01:1:: 64512',
      'fd01:1:1:: 64512',
      'fd01:1:2:: 64512',
    ]);
    expect(origins(read(file('openbgpd_rib_table-v2')))).toEqual(['192.168.0.0 65015']);
  });

  it('of TABLE_DUMP the same that the same daemon writes as TABLE_DUMP_V2', () => {
    expect(origins(read(file('openbgpd_rib_table')))).toEqual(origins(read(file('openbgpd_rib_table-v2'))));
  });

  it('with several paths of a prefix (RFC 8050) give an origin, and count paths that have none', () => {
    const data = read(file('bird-mrtdump_rib')) as PlaceData;
    expect(origins(data)).toEqual(['172.17.0.0 64512']);
    expect(data.skipped).toEqual({ 'empty AS_PATH': 6 });
  });

  it.each(['bird_bgp', 'quagga_bgp', 'openbgpd_bgp', 'bird6-mrtdump_bgp'])(
    '%s has updates, and is refused by name',
    (name) => {
      expect(read(file(name))).toEqual({ refused: expect.stringContaining('updates (BGP4MP), not a table of routes') });
    },
  );

  it('in a form that there is no more are refused by its name', () => {
    expect(read(file('openbgpd_rib_table-mp'))).toEqual({ refused: expect.stringContaining('31 BGP4MP_ENTRY') });
  });

  it('cut short at any byte give what they have, and say where they end', () => {
    const whole = file('quagga_rib');
    const all = origins(read(whole));
    for (let length = 1; length < whole.length; length++) {
      const part = read(whole.subarray(0, length));
      if ('refused' in part) continue;
      expect(all).toEqual(expect.arrayContaining(origins(part).filter((o) => all.includes(o))));
      if (origins(part).length < all.length - 1) expect(origins(part).length).toBeGreaterThan(0);
      // Between two records nothing tells that more was to come.
      if (part.cutShort !== null) expect(part.cutShort).toMatch(/ends within record \d+/);
    }
  });

  it('with any byte changed do not throw', () => {
    const whole = file('bird-mrtdump_rib');
    for (let i = 0; i < whole.length; i++) {
      const broken = Buffer.from(whole);
      broken[i]! ^= 0xff;
      expect(read(broken)).toBeDefined();
    }
  });
});
