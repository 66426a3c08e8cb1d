/** Captures of tcpdump's own tests, and what tcpdump prints of them: as many packets, and the same ends of the outer IP header. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PACKET_PROBLEM } from '../src/packet/index.ts';
import { fixtures } from './node.testing.ts';
import { addressText, eachPacket } from './traffic-sums.testing.ts';
import { NOT_LOOKED_INTO, printedCaptures, printedPackets } from './traffic-tcpdump.testing.ts';

const { printed, without } = fixtures === null ? { printed: [], without: [] } : printedCaptures(fixtures);

describe.skipIf(fixtures === null)('tcpdump (../shared/fixtures/tcpdump)', () => {
  test('nearly all outputs have their capture at hand', () => {
    expect([printed.length, without.length]).toEqual([241, 30]);
  });

  test.each(printed)('$output: packets and their ends', async ({ capture, output }) => {
    const golden = printedPackets(fixtures!, output);
    let packets = 0;
    const found: string[] = [];
    const expected: string[] = [];
    await eachPacket(join(fixtures!, 'tcpdump', capture), 'outer', (p) => {
      const ends = golden[packets++];
      if (!ends) return;
      const problem = NOT_LOOKED_INTO[`${output} ${packets}`];
      if (problem !== undefined) {
        expect([p.hasIp, p.problem]).toEqual([false, PACKET_PROBLEM[problem]]);
        return;
      }
      const [src, dst] = ends;
      const end = (address: string, port: number | null) => (port === null ? address : `${address} ${port}`);
      expected.push(`${packets}: ${end(src.address, src.port)} > ${end(dst.address, dst.port)}`);
      const mine = end(addressText(p.srcAddr), src.port === null ? null : p.srcPort);
      found.push(`${packets}: ${mine} > ${end(addressText(p.dstAddr), dst.port === null ? null : p.dstPort)}`);
    });
    expect(found).toEqual(expected);
    expect(golden).toHaveLength(packets);
  });
});
