/**
 * Captures of other projects, and the flows that their own programs saw in them: nDPI, ipfixprobe, Zeek. What differs is listed by file with
 * its reason, and nothing else may.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixtures } from './node.testing.ts';
import { NDPI_DIFFERS } from './traffic-differences.testing.ts';
import { asNdpiWrites, ipfixprobeFlows, ndpiFlows, zeekFlows } from './traffic-goldens.testing.ts';
import {
  add,
  addedUp,
  type Directions,
  directionOf,
  directionsOf,
  eachPacket,
  linesOf,
} from './traffic-sums.testing.ts';

const path = (...parts: string[]) => join(fixtures ?? '', ...parts);
const listed = (folder: string) => (fixtures === null ? [] : readdirSync(path(folder)).sort());

describe.skipIf(fixtures === null)('nDPI (../shared/fixtures/ndpi)', () => {
  const captures = listed('ndpi/pcap');

  test('there is a result for each capture', () => {
    expect(captures.length).toBeGreaterThan(50);
    expect(captures.filter((name) => !existsSync(path('ndpi/result', `${name}.out`)))).toEqual([]);
  });

  test.each(captures)('%s: keys, packets and bytes of frames', async (name) => {
    const differs = NDPI_DIFFERS[name] ?? {};
    const mine: Directions = new Map();
    await eachPacket(path('ndpi/pcap', name), 'inner', (p, originalBytes) => {
      if (!p.hasIp || differs.leavesOut?.(p)) return;
      const protocol = differs.protocol?.(p) ?? p.protocol;
      add(mine, asNdpiWrites(directionOf(p, protocol, !differs.noPorts?.(p))), 1, originalBytes);
    });
    const golden = linesOf(directionsOf(ndpiFlows(path('ndpi/result', `${name}.out`))));
    expect([...linesOf(mine), ...(differs.onlyThere ?? [])].sort()).toEqual(golden);
  });
});

/** Outputs by the capture that they are of, and what of it a plugin writes where it does not write all: those flows alone are compared. */
const IPFIXPROBE: readonly { output: string; capture: string; part?: string }[] = [
  { output: 'basic', capture: 'mixed.pcap' },
  { output: 'basicplus', capture: 'http.pcap' },
  { output: 'bstats', capture: 'bstats.pcap', part: 'flows with bursts' },
  { output: 'dns', capture: 'dns.pcap' },
  { output: 'dnssd', capture: 'dnssd.pcap' },
  { output: 'http', capture: 'http.pcap' },
  { output: 'idpcontent', capture: 'idpcontent.pcap' },
  { output: 'mqtt', capture: 'mqtt.pcap' },
  { output: 'netbios', capture: 'netbios.pcap' },
  { output: 'nettisa', capture: 'mixed.pcap', part: 'flows of more than one packet' },
  { output: 'ntp', capture: 'ntp.pcap' },
  { output: 'ovpn', capture: 'ovpn.pcap', part: 'flows that may be OpenVPN' },
  { output: 'passivedns', capture: 'dns.pcap', part: 'answers with addresses' },
  { output: 'phists', capture: 'mixed.pcap' },
  { output: 'pstats', capture: 'mixed.pcap' },
  { output: 'quic', capture: 'quic_initial-sample.pcap' },
  { output: 'rtsp', capture: 'rtsp.pcap' },
  { output: 'sip', capture: 'sip.pcap', part: 'flows with SIP in them' },
  { output: 'ssadetector', capture: 'ovpn.pcap', part: 'flows that may hold a handshake' },
  { output: 'ssdp', capture: 'ssdp.pcap' },
  { output: 'tls', capture: 'tls.pcap', part: 'flows with a hello' },
  { output: 'vlan', capture: 'vlan.pcap' },
  { output: 'wg', capture: 'wg.pcap' },
];

/** Its flows of one packet are in the output of `basic`: that is all that nettisa lacks of this direction. */
const NETTISA_LACKS = '1 10.5.5.26 0 > 10.5.5.1 0';

describe.skipIf(fixtures === null)('ipfixprobe (../shared/fixtures/ipfixprobe)', () => {
  test('each output is compared', () => {
    expect(IPFIXPROBE.map(({ output }) => output)).toEqual(listed('ipfixprobe/outputs'));
  });

  test.each(IPFIXPROBE)('$output of $capture: keys, packets and octets of IP', async ({ output, capture, part }) => {
    const golden = directionsOf(ipfixprobeFlows(path('ipfixprobe/outputs', output)));
    const mine = await addedUp(path('ipfixprobe/inputs', capture), 'inner');
    expect(golden.size).toBeGreaterThan(0);
    if (part !== undefined) for (const key of mine.keys()) if (!golden.has(key)) mine.delete(key);
    if (output === 'nettisa') add(golden, NETTISA_LACKS, 1, 95);
    expect(linesOf(mine)).toEqual(linesOf(golden));
  });
});

/** Logs by their capture; that of ikev1-c is not among the fixtures. */
const ZEEK: readonly (readonly [log: string, capture: string])[] = [
  ['analyzer.basic', 'ipsec_client.pcap'],
  ['analyzer.ike-zero-length', 'ipsec-ikev1-zero-length.pcap'],
  ['analyzer.ikev1-a', 'ikev1-certs.pcap'],
  ['analyzer.ikev1-b', 'ipsec-ikev1-isakmp-aggressive-mode.pcap'],
  ['analyzer.ikev1-payload-bad-length', 'ipsec-ikev1-payload-bad-length.pcap'],
  ['analyzer.ipsec_esp', 'ipsec.cap'],
];

describe.skipIf(fixtures === null)('Zeek (../shared/fixtures/zeek-spicy-ipsec)', () => {
  test('each log of connections is compared', () => {
    const logs = listed('zeek-spicy-ipsec/baseline').filter((name) =>
      existsSync(path('zeek-spicy-ipsec/baseline', name, 'conn.log.filtered')),
    );
    expect(logs).toEqual([...ZEEK.map(([log]) => log), 'analyzer.ikev1-c'].sort());
  });

  test.each(ZEEK)('%s of %s: keys, packets and octets of IP', async (log, capture) => {
    const mine: Directions = new Map();
    const fragmented = new Map<number, string>();
    await eachPacket(path('zeek-spicy-ipsec/traces', capture), 'inner', (p) => {
      // Zeek's log has no ESP, and datagrams that came in fragments as they are put together again, with one IP header.
      if (!p.hasIp || p.protocol === 50) return;
      const later = p.fragmentOffset > 0;
      const key = later ? fragmented.get(p.fragmentId)! : directionOf(p);
      if (p.fragment) fragmented.set(p.fragmentId, key);
      add(mine, key, 1, p.ipBytes);
      if (later) add(mine, key, -1, -20);
    });
    expect(linesOf(mine)).toEqual(
      linesOf(directionsOf(zeekFlows(path('zeek-spicy-ipsec/baseline', log, 'conn.log.filtered')))),
    );
  });
});
