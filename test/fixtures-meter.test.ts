/** The meter over every capture of other projects: each packet is in a flow of its whole key, and nothing is counted twice or lost. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
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

describe.skipIf(fixtures === null)('every capture (../shared/fixtures)', () => {
  describe.each(FOLDERS)('%s', (folder) => {
    test.each(['inner', 'outer'] as const)('%s flows are what the packets add up to', async (tunnels) => {
      let seen = 0;
      for (const path of captures(folder)) {
        const { metered, packets } = await byKey(path, tunnels, { ...METER, ...WHOLE });
        seen += packets.size;
        expect([path, ...linesOf(metered)]).toEqual([path, ...linesOf(packets)]);
      }
      expect(seen).toBeGreaterThan(0);
    });

    test.each([
      ['the timeouts that it has by default', { duplicates: 'counted' }],
      ['short timeouts', { duplicates: 'counted', idleMs: 50, activeMs: 200 }],
      ['flows of both directions', { duplicates: 'counted', biflow: true }],
      ['room for three flows', { duplicates: 'counted', maxFlows: 3 }],
    ] as const)('nothing is lost or counted twice with %s', async (_, options) => {
      for (const path of captures(folder)) {
        const { metered, total, packets, counts } = await byKey(path, 'inner', { ...METER, ...options });
        const expected = { path, ...totalOf(packets.values()) };
        expect({ path, packets: counts.packets, bytes: counts.bytes }).toEqual(expected);
        expect({ path, ...total }).toEqual(expected);
        if (!('biflow' in options)) expect([path, ...linesOf(metered)]).toEqual([path, ...linesOf(packets)]);
      }
    });
  });
});
