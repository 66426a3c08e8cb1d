import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FragmentPorts } from './fragment-ports.ts';
import { dissectLink, newPacketFields, openCapture } from './index.ts';
import { text } from './read.testing.ts';

const run = promisify(execFile);
const FIXTURES = join(import.meta.dirname, '../../../shared/fixtures');
const present = existsSync(FIXTURES);
const tshark = await run('tshark', ['--version']).then(
  () => true,
  () => false,
);

function pathOf(name: string): string {
  const found = readdirSync(FIXTURES, { recursive: true, withFileTypes: true }).find((f) => f.name === name);
  return join(found!.parentPath, name);
}

/** Address pair and ports of every fragmented datagram that tshark puts together. */
async function reassembled(path: string): Promise<string[]> {
  const fields = 'ip.src ipv6.src ip.dst ipv6.dst tcp.srcport udp.srcport tcp.dstport udp.dstport'.split(' ');
  const args = ['-n', '-r', path, '-Y', '(ip.fragments || ipv6.fragments) && (tcp || udp)', '-T', 'fields'];
  const { stdout } = await run('tshark', [...args, '-E', 'separator=|', ...fields.flatMap((f) => ['-e', f])]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split('|'))
    .map((f) => [f[0] || f[1], f[2] || f[3], f[4] || f[5], f[6] || f[7]].join(' '));
}

describe.skipIf(!present || !tshark)(
  'fragments in captures (../shared/fixtures) beside the datagrams of tshark',
  () => {
    test.each([
      ['http_req_frag.pcap', 11],
      ['ipfragutil_bpf_filter.pcap', 5],
      ['IPv4Frag.pcap', 2],
      ['ip4_fragments.pcap', 41],
      ['ip6_fragments.pcap', 32],
      ['ipv6-frag.pcap', 3],
      ['ipv6_opt_fragments.pcap', 3],
    ])('%s: every piece has the ports of the whole', async (name, later) => {
      const path = pathOf(name);
      const expected = new Set(await reassembled(path));
      const given = new Set<string>();
      const fields = newPacketFields();
      const ports = new FragmentPorts();
      for await (const chunk of openCapture(path)) {
        for (let i = 0; i < chunk.count; i++) {
          dissectLink(chunk.view, chunk.at[i]!, chunk.captured[i]!, chunk.linkType[i]!, fields, { tunnels: 'inner' });
          if (!fields.hasIp) continue;
          ports.apply(fields, chunk.timeMs[i]!);
          if (fields.fragment && fields.fragmentOffset > 0) {
            expect(fields.hasPorts).toBe(true);
            given.add(`${text(fields.srcAddr)} ${text(fields.dstAddr)} ${fields.srcPort} ${fields.dstPort}`);
          }
        }
      }
      expect(ports.counts).toEqual({ carried: later, unknown: 0, inside: 0, evicted: 0 });
      for (const datagram of expected) expect(given).toContain(datagram);
      expect(expected.size).toBeGreaterThan(0);
    });
  },
);
