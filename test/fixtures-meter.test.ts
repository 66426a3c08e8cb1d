/** The meter over every capture of other projects: each packet is in a flow of its whole key, and nothing is counted twice or lost. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_METER, type MeterOptions } from '../src/meter/index.ts';
import { fixtures } from './node.testing.ts';
import { byKey } from './traffic-keys.testing.ts';
import { WHOLE } from './traffic-metered.testing.ts';
import { linesOf, type Sums } from './traffic-sums.testing.ts';

/** More than any of them has at once; asking for the memory of the default takes longer than most captures do. */
const METER: MeterOptions = { ...DEFAULT_METER, maxFlows: 8_192 };
const FOLDERS = ['gopacket', 'ipfixprobe', 'ndpi', 'pcapplusplus', 'tcpdump', 'zeek-spicy-ipsec'];

function captures(folder: string): string[] {
  return readdirSync(join(fixtures!, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(pcap|pcapng|cap)$/.test(name))
    .map((name) => join(fixtures!, folder, name))
    .sort();
}

function totalOf(sums: Iterable<Sums>): Sums {
  const all = { packets: 0, bytes: 0 };
  for (const { packets, bytes } of sums) {
    all.packets += packets;
    all.bytes += bytes;
  }
  return all;
}

const OUTER = { whole: { ...METER, ...WHOLE } };
const INNER = {
  whole: { ...METER, ...WHOLE },
  'the timeouts that it has by default': { ...METER, duplicates: 'counted' },
  'short timeouts': { ...METER, duplicates: 'counted', idleMs: 50, activeMs: 200 },
  'flows of both directions': { ...METER, duplicates: 'counted', biflow: true },
  'room for three flows': { ...METER, duplicates: 'counted', maxFlows: 3 },
} as const satisfies Record<string, MeterOptions>;
const LOSSLESS = Object.keys(INNER).slice(1) as (keyof typeof INNER)[];

describe.skipIf(fixtures === null)('every capture (../shared/fixtures)', () => {
  describe.each(FOLDERS)('%s', (folder) => {
    /** Read once for all settings. */
    let inner: (Awaited<ReturnType<typeof byKey<keyof typeof INNER>>> & { readonly path: string })[] = [];
    beforeAll(async () => {
      for (const path of captures(folder)) inner.push({ path, ...(await byKey(path, 'inner', INNER)) });
    });
    afterAll(() => {
      inner = [];
    });

    test('inner flows are what the packets add up to', () => {
      for (const { path, packets, meters } of inner)
        expect([path, ...linesOf(meters.whole.metered)]).toEqual([path, ...linesOf(packets)]);
      expect(inner.some(({ packets }) => packets.size > 0)).toBe(true);
    });

    test('outer flows are what the packets add up to', async () => {
      let seen = 0;
      for (const path of captures(folder)) {
        const { packets, meters } = await byKey(path, 'outer', OUTER);
        seen += packets.size;
        expect([path, ...linesOf(meters.whole.metered)]).toEqual([path, ...linesOf(packets)]);
      }
      expect(seen).toBeGreaterThan(0);
    });

    test.each(LOSSLESS)('nothing is lost or counted twice with %s', (setting) => {
      for (const { path, packets, meters } of inner) {
        const { metered, total, counts } = meters[setting];
        const expected = { path, ...totalOf(packets.values()) };
        expect({ path, packets: counts.packets, bytes: counts.bytes }).toEqual(expected);
        expect({ path, ...total }).toEqual(expected);
        if (setting !== 'flows of both directions')
          expect([path, ...linesOf(metered)]).toEqual([path, ...linesOf(packets)]);
      }
      expect(inner.length).toBeGreaterThan(0);
    });
  });
});
