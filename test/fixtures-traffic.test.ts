/**
 * Captures of other projects, and the flows that their own programs saw in them: nDPI, ipfixprobe, Zeek. What differs is listed by file with
 * its reason, and nothing else may.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixtures } from './node.testing.ts';
import { NDPI_DIFFERS } from './traffic-differences.testing.ts';
import { asNdpiWrites, type Golden, ipfixprobeFlows, ndpiFlows, zeekFlows } from './traffic-goldens.testing.ts';
import { metered, WHOLE } from './traffic-metered.testing.ts';
import { add, directionsOf, linesOf, recordsOf } from './traffic-sums.testing.ts';

const path = (...parts: string[]) => join(fixtures ?? '', ...parts);
const listed = (folder: string) => (fixtures === null ? [] : readdirSync(path(folder)).sort());

describe.skipIf(fixtures === null)('nDPI (../shared/fixtures/ndpi)', () => {
  const captures = listed('ndpi/pcap');

  test('there is a result for each capture', () => {
    expect(captures.length).toBeGreaterThan(50);
    expect(captures.filter((name) => !existsSync(path('ndpi/result', `${name}.out`)))).toEqual([]);
  });

  describe.each([
    ['of one direction', false],
    ['of both', true],
  ])('flows %s', (_, biflow) => {
    test.each(captures)('%s: keys, packets and bytes of frames', async (name) => {
      const differs = NDPI_DIFFERS[name] ?? {};
      const onlyThere = differs.onlyThere ?? [];
      const golden = ndpiFlows(path('ndpi/result', `${name}.out`));
      const { flows } = await metered(path('ndpi/pcap', name), 'inner', { ...WHOLE, biflow }, (p, originalBytes) => {
        if (differs.leavesOut?.(p)) return false;
        differs.change?.(p);
        p.ipBytes = originalBytes;
        return true;
      });
      const mine = linesOf(directionsOf(flows)).map(asNdpiWrites);
      expect([...mine, ...onlyThere].sort()).toEqual(linesOf(directionsOf(golden)));
      if (biflow) expect(flows.length).toBe(golden.length - (differs.flowsOnlyThere ?? 0));
    });
  });
});

/** Outputs by the capture that they are of, and what of it a plugin writes where it does not write all: those flows alone are compared. Where a
 * plugin does not end flows of its own accord (at each answer of DNS, each request of RTSP ...), each record is compared as well. */
const IPFIXPROBE: readonly { output: string; capture: string; part?: string; records?: true }[] = [
  { output: 'basic', capture: 'mixed.pcap', records: true },
  { output: 'basicplus', capture: 'http.pcap', records: true },
  { output: 'bstats', capture: 'bstats.pcap', part: 'flows with bursts' },
  { output: 'dns', capture: 'dns.pcap' },
  { output: 'dnssd', capture: 'dnssd.pcap', records: true },
  { output: 'http', capture: 'http.pcap', records: true },
  { output: 'idpcontent', capture: 'idpcontent.pcap', records: true },
  { output: 'mqtt', capture: 'mqtt.pcap', records: true },
  { output: 'netbios', capture: 'netbios.pcap', records: true },
  { output: 'nettisa', capture: 'mixed.pcap', part: 'flows of more than one packet' },
  { output: 'ntp', capture: 'ntp.pcap' },
  { output: 'ovpn', capture: 'ovpn.pcap', part: 'flows that may be OpenVPN' },
  { output: 'passivedns', capture: 'dns.pcap', part: 'answers with addresses' },
  { output: 'phists', capture: 'mixed.pcap', records: true },
  { output: 'pstats', capture: 'mixed.pcap', records: true },
  { output: 'quic', capture: 'quic_initial-sample.pcap', records: true },
  { output: 'rtsp', capture: 'rtsp.pcap' },
  { output: 'sip', capture: 'sip.pcap', part: 'flows with SIP in them' },
  { output: 'ssadetector', capture: 'ovpn.pcap', part: 'flows that may hold a handshake' },
  { output: 'ssdp', capture: 'ssdp.pcap', records: true },
  { output: 'tls', capture: 'tls.pcap', part: 'flows with a hello' },
  { output: 'vlan', capture: 'vlan.pcap' },
  { output: 'wg', capture: 'wg.pcap' },
];

/** Its flows of one packet are in the output of `basic`: that is all that nettisa lacks of this direction. */
const NETTISA_LACKS = '1 10.5.5.26 0 > 10.5.5.1 0';

/** Type and code are part of a key of ICMP, and not for ipfixprobe: what flows it makes of that is compared by their sums alone. */
function isNotIcmp({ protocol }: Golden): boolean {
  return protocol !== 1 && protocol !== 58;
}

describe.skipIf(fixtures === null)('ipfixprobe (../shared/fixtures/ipfixprobe)', () => {
  test('each output is compared', () => {
    expect(IPFIXPROBE.map(({ output }) => output)).toEqual(listed('ipfixprobe/outputs'));
  });

  test.each(IPFIXPROBE)('$output of $capture: keys, packets and octets of IP', async ({ output, capture, part }) => {
    const golden = directionsOf(ipfixprobeFlows(path('ipfixprobe/outputs', output)));
    const { flows } = await metered(path('ipfixprobe/inputs', capture), 'inner', WHOLE);
    const mine = directionsOf(flows);
    expect(golden.size).toBeGreaterThan(0);
    if (part !== undefined) for (const key of mine.keys()) if (!golden.has(key)) mine.delete(key);
    if (output === 'nettisa') add(golden, NETTISA_LACKS, 1, 95);
    expect(linesOf(mine)).toEqual(linesOf(golden));
  });

  test.each(IPFIXPROBE.filter(({ records }) => records))(
    '$output of $capture: each record, by the timeouts that ipfixprobe has',
    async ({ output, capture }) => {
      const options = { idleMs: 30_000, activeMs: 300_000, biflow: true, duplicates: 'counted' } as const;
      const { flows } = await metered(path('ipfixprobe/inputs', capture), 'inner', options);
      const golden = ipfixprobeFlows(path('ipfixprobe/outputs', output));
      expect(recordsOf(flows.filter(isNotIcmp))).toEqual(recordsOf(golden.filter(isNotIcmp)));
    },
  );
});

/** Zeek puts fragments together: the three datagrams from port 4500 were nine packets, six of them with an IP header more. */
const FRAGMENTED = '17 192.168.0.10 4500 > 144.76.154.114 4500';

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
    const golden = directionsOf(zeekFlows(path('zeek-spicy-ipsec/baseline', log, 'conn.log.filtered')));
    if (golden.has(FRAGMENTED)) add(golden, FRAGMENTED, 6, 6 * 20);
    // Zeek's log of connections has no ESP.
    const withoutEsp = { ...WHOLE, biflow: true };
    const { flows } = await metered(
      path('zeek-spicy-ipsec/traces', capture),
      'inner',
      withoutEsp,
      (p) => p.protocol !== 50,
    );
    expect(linesOf(directionsOf(flows))).toEqual(linesOf(golden));
  });
});
