import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { bytes } from './frames.testing.ts';
import { dissectLink, newPacketFields, openCapture, PACKET_PROBLEMS, type PacketFields } from './index.ts';
import { text } from './read.testing.ts';
import { FIELDS, innermost, outermost } from './tshark.testing.ts';
import { TUNNEL_CASES } from './tunnel-cases.testing.ts';

const run = promisify(execFile);
const FIXTURES = join(import.meta.dirname, '../../../shared/fixtures');
const present = existsSync(FIXTURES);
const tshark = await run('tshark', ['--version']).then(
  () => true,
  () => false,
);
const scratch = mkdtempSync(join(tmpdir(), 'weir-tunnels-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function captures(folder: string): string[] {
  return readdirSync(join(FIXTURES, folder), { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile() && /\.(pcap|pcapng|cap)$/.test(f.name))
    .map((f) => join(f.parentPath, f.name))
    .sort();
}

async function each(path: string, onPacket: (fields: PacketFields) => void): Promise<void> {
  const fields = newPacketFields();
  for await (const chunk of openCapture(path)) {
    for (let i = 0; i < chunk.count; i++) {
      dissectLink(chunk.view, chunk.at[i]!, chunk.captured[i]!, chunk.linkType[i]!, fields, { tunnels: 'inner' });
      onPacket(fields);
    }
  }
}

/** Addresses and ports of the innermost packet: `192.0.2.1 192.0.2.2 53 1024`. */
function ours(p: PacketFields): string {
  if (!p.hasIp) return '';
  const ends = `${text(p.srcAddr)} ${text(p.dstAddr)}`;
  return p.hasPorts && (p.protocol === 6 || p.protocol === 17) ? `${ends} ${p.srcPort} ${p.dstPort}` : ends;
}

describe.skipIf(!present)(
  'tunnels in captures of tcpdump (../shared/fixtures): what tcpdump prints last is inside',
  () => {
    /** `10.0.0.1.53 > 10.0.0.2.1024:` and the same without ports. */
    const FLOW = /((?:\d+\.){3}\d+)(?:\.(\d+))? > ((?:\d+\.){3}\d+)(?:\.(\d+))?:/g;

    function theirs(packet: string): string {
      const last = [...packet.matchAll(FLOW)].at(-1);
      if (!last) return '';
      const [, src, srcPort, dst, dstPort] = last;
      return srcPort ? `${src} ${dst} ${srcPort} ${dstPort}` : `${src} ${dst}`;
    }

    test.each([
      ...[1, 2, 3, 4].map((n) => `erspan-type-i-${n}`),
      ...[1, 2, 3].map((n) => `erspan-type-ii-${n}`),
      'erspan-type-iii-ft-0',
      'geneve-gcp',
      'mpls-over-udp',
      'mpls-traceroute',
      'nsh-over-vxlan-gpe',
      'vxlan_port_8472',
    ])('%s', async (name) => {
      const printed = readFileSync(join(FIXTURES, 'tcpdump', `${name}.out`), 'utf8').split(/^ +\d+ {2}(?=\d{4}-)/m);
      const expected = printed.slice(1).map(theirs);
      const given: string[] = [];
      await each(join(FIXTURES, 'tcpdump', `${name}.pcap`), (p) => given.push(ours(p)));
      expect(given).toEqual(expected);
      expect(given.length).toBeGreaterThan(0);
    });
  },
);

/**
 * Packets of a capture whose innermost addresses and ports differ from those of tshark, each kind once, and how many packets were
 * compared. The end points of all tunnels must be those of tshark.
 */
async function differences(
  path: string,
  more: readonly string[] = [],
): Promise<{ packets: number; tunnels: number; found: string[] }> {
  const settings = ['ip.defragment:FALSE', 'ipv6.defragment:FALSE', 'tcp.desegment_tcp_streams:FALSE', ...more];
  const args = [
    '-n',
    '-r',
    path,
    ...settings.flatMap((s) => ['-o', s]),
    '-d',
    'udp.port==8472,vxlan',
    '-d',
    'l2tp.pw_type==0,eth',
  ];
  const output = ['-T', 'fields', '-E', 'separator=|', '-E', 'occurrence=a'];
  const { stdout } = await run('tshark', [...args, ...output, ...FIELDS.flatMap((f) => ['-e', f])], {
    maxBuffer: 1e9,
  });
  const lines = stdout.split('\n').slice(0, -1);
  const found = new Set<string>();
  let packets = 0;
  let tunnels = 0;
  await each(path, (p) => {
    const line = lines[packets++]!;
    if (p.tunnel !== 0) {
      tunnels++;
      expect(`${text(p.outerSrc)} ${text(p.outerDst)}`).toBe(outermost(line));
    }
    const expected = innermost(line);
    const given = ours(p);
    if (given !== expected) {
      found.add(
        `${line.split('|')[0]}: ${PACKET_PROBLEMS[p.problem]}: ${given || 'no IP'}, tshark ${expected || 'no IP'}`,
      );
    }
  });
  expect(packets).toBe(lines.length);
  return { packets, tunnels, found: [...found] };
}

describe.skipIf(!tshark)('innermost packets beside tshark', () => {
  /** The packets as a capture without a link layer. */
  function capture(name: string, packets: readonly Uint8Array[]): string {
    const path = join(scratch, name);
    const u32 = (value: number) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
    const records = packets.map((packet) => bytes(u32(0), u32(0), u32(packet.length), u32(packet.length), packet));
    writeFileSync(path, bytes(u32(0xa1b2c3d4), [2, 0, 4, 0], u32(0), u32(0), u32(65_535), u32(101), ...records));
    return path;
  }

  test('of each kind of tunnel', async () => {
    const packets = TUNNEL_CASES.filter(([name]) => !name.startsWith('L2TPv3')).map(([, packet]) => packet);
    expect(await differences(capture('kinds.pcap', packets))).toEqual({
      packets: packets.length,
      tunnels: packets.length,
      found: [],
    });
  });

  test.each([
    ['L2TPv3 in UDP', 'None', 'None'],
    ['L2TPv3 in UDP with a cookie and the sublayer', '8 Byte Cookie', 'Default L2-Specific'],
    ['L2TPv3 in IP', 'None', 'None'],
    ['L2TPv3 in IP with the sublayer', 'None', 'Default L2-Specific'],
    ['L2TPv3 in IP with a cookie', '4 Byte Cookie', 'None'],
  ])('of %s, which tshark is told', async (name, cookie, sublayer) => {
    const packet = TUNNEL_CASES.find(([n]) => n === name)![1];
    const settings = [`l2tp.cookie_size:${cookie}`, `l2tp.l2_specific:${sublayer}`];
    const result = await differences(capture('l2tp.pcap', [packet]), settings);
    expect(result).toEqual({ packets: 1, tunnels: 1, found: [] });
  });

  test.skipIf(!present).each([
    [
      'tcpdump',
      1355,
      140,
      [
        'juniper:eth:ethertype:ip:tcp:bgp: unsupported_link: no IP, tshark 172.16.20.5 172.16.20.3 59631 179',
        'fr:ip:vrrp: unsupported_link: no IP, tshark 250.219.91.20 209.150.251.64',
        'fr:ip:icmp: unsupported_link: no IP, tshark 1.241.1.250 219.91.15.170',
        // A header of 39 bytes: tshark shows the source all the same.
        'eth:ethertype:ipv6: truncated: no IP, tshark 2605:bc80:3010:104::8cd3:9ce',
      ],
    ],
    [
      'pcapplusplus',
      8268,
      19,
      [
        // Cisco HDLC that the file calls loopback.
        'null:ip:udp:dns: not_ip: no IP, tshark 10.0.0.138 10.0.0.1 53 58125',
        // The total length is less than a header: ports of such a packet are kept.
        'eth:ethertype:ip: bad_length: 192.168.1.4 192.168.1.3 2061 443, tshark no IP',
        // A source route: tshark shows its last hop.
        'eth:ethertype:ip:icmp: none: 10.0.0.6 10.0.0.138, tshark 10.0.0.6 0.0.0.0',
      ],
    ],
    ['ndpi', 12_095, 0, []],
    ['ipfixprobe', 2209, 0, []],
    ['gopacket/pcap', 44, 0, []],
    ['zeek-spicy-ipsec', 66, 0, []],
  ])('of all captures of %s', async (folder, packets, tunnels, known) => {
    const path = join(scratch, `${folder.replace('/', '-')}.pcapng`);
    await run('mergecap', ['-a', '-F', 'pcapng', '-w', path, ...captures(folder)]);
    const result = await differences(path);
    expect(result.found).toEqual(known);
    expect([result.packets, result.tunnels]).toEqual([packets, tunnels]);
  });
});
