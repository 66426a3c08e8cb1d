import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type AddressWords, formatAddress } from '../flow/index.ts';
import { readAll } from './captures.testing.ts';
import { DatagramReader, dissectLink, newPacketFields, openCapture, type PacketFields } from './index.ts';

const run = promisify(execFile);
const FIXTURES = join(import.meta.dirname, '../../../shared/fixtures');
const present = existsSync(FIXTURES);
const tshark = await run('tshark', ['--version']).then(
  () => true,
  () => false,
);

function captures(folder: string): string[] {
  if (!present) return [];
  const found = readdirSync(join(FIXTURES, folder), { recursive: true, withFileTypes: true });
  return found
    .filter((f) => f.isFile() && /\.(pcap|pcapng|cap)$/.test(f.name))
    .map((f) => join(f.parentPath, f.name).slice(FIXTURES.length + 1))
    .sort();
}

async function each(path: string, onPacket: (fields: PacketFields, timeMs: number) => void): Promise<void> {
  const fields = newPacketFields();
  for await (const chunk of openCapture(join(FIXTURES, path))) {
    for (let i = 0; i < chunk.count; i++) {
      dissectLink(chunk.view, chunk.at[i]!, chunk.captured[i]!, chunk.linkType[i]!, fields, { tunnels: 'outer' });
      onPacket(fields, chunk.timeMs[i]!);
    }
  }
}

function text(words: Uint32Array): string {
  return formatAddress([...words] as unknown as AddressWords);
}

/** Both ends in a fixed order, so that both directions are one. */
function pair(protocol: number, a: string, b: string): string {
  return `${protocol} ${[a, b].sort().join(' ')}`;
}

describe.skipIf(!present)('captures of other projects (../shared/fixtures)', () => {
  test('every capture is read to its end, save those that are damaged on purpose', async () => {
    const damaged: string[] = [];
    let packets = 0;
    for (const path of ['gopacket', 'ipfixprobe', 'pcapplusplus', 'tcpdump', 'zeek-spicy-ipsec'].flatMap(captures)) {
      const { facts } = await readAll(join(FIXTURES, path));
      packets += facts.packets;
      if (facts.damage) damaged.push(`${path} ${facts.damage.cause} ${facts.damage.offset}`);
    }
    // tshark counts as many, less the custom blocks of gopacket's files, which are no packets, and 37 records of nothing but zeros.
    expect(packets).toBe(12_049);
    // Two sections of a version to come; zeros behind the first packet.
    expect(damaged).toEqual([
      'gopacket/pcapgo/tests/be/test901.pcapng unsupported_version 480',
      'gopacket/pcapgo/tests/le/test901.pcapng unsupported_version 480',
      'tcpdump/bgp_vpn_rt-oobr.pcap never_written 295',
    ]);
  });

  test('pcapng of both byte orders holds the same packets (gopacket)', async () => {
    const files = captures('gopacket/pcapgo/tests/le');
    expect(files.length).toBeGreaterThan(20);
    for (const little of files) {
      const a = await readAll(join(FIXTURES, little));
      const b = await readAll(join(FIXTURES, little.replace('/le/', '/be/')));
      expect(b.packets).toEqual(a.packets);
      expect(b.facts.interfaces).toEqual(a.facts.interfaces);
      expect([a.facts.byteOrder, b.facts.byteOrder]).toEqual(['little', 'big']);
    }
  });

  test('flows of mixed.pcap are those that ipfixprobe measured: packets, IP bytes and TCP flags', async () => {
    const golden = new Map<string, [number, number, number]>();
    const mine = new Map<string, [number, number, number]>();
    const add = (to: typeof mine, key: string, bytes: number, packets: number, flags: number) => {
      const sum = to.get(key) ?? [0, 0, 0];
      to.set(key, [sum[0] + bytes, sum[1] + packets, sum[2] | flags]);
    };
    for (const line of readFileSync(join(FIXTURES, 'ipfixprobe/outputs/basic'), 'utf8').trim().split('\n')) {
      const f = line.split(',');
      if (f[0] === 'ipaddr DST_IP') continue;
      const n = (i: number) => Number(f[i]);
      add(
        golden,
        pair(n(14) || n(13), `${f[0]} ${n(11)}`, `${f[1]} ${n(12)}`),
        n(2) + n(3),
        n(9) + n(10),
        n(15) | n(16),
      );
    }
    await each('ipfixprobe/inputs/mixed.pcap', (p) => {
      if (!p.hasIp) return;
      const key = pair(p.protocol, `${text(p.srcAddr)} ${p.srcPort}`, `${text(p.dstAddr)} ${p.dstPort}`);
      add(mine, key, p.ipBytes, 1, p.tcpFlags);
    });
    expect([...mine].sort()).toEqual([...golden].sort());
  });

  test('example.pcap has the packets and flows that two meters agree on', async () => {
    const flows = { 6: new Set<string>(), 17: new Set<string>() };
    let packets = 0;
    await each('pcapplusplus/large/example.pcap', (p) => {
      packets++;
      const key = `${text(p.srcAddr)} ${p.srcPort} ${text(p.dstAddr)} ${p.dstPort}`;
      if (p.protocol === 6 || p.protocol === 17) flows[p.protocol].add(key);
    });
    expect([packets, flows[6].size, flows[17].size]).toEqual([4631, 132, 139]);
  });

  test.each([
    ['ip4_fragments', 42, ['ip4_fragments_packet1.txt', 'ip4_fragments_packet4.txt', 'ip4_fragments_packet6.txt']],
    ['ip6_fragments', 62, ['ip6_fragments_packet1.txt', 'ip6_fragments_packet2.txt']],
  ])('%s become the datagrams that PcapPlusPlus expects', async (name, headers, goldens) => {
    const folder = join(FIXTURES, 'pcapplusplus/Pcap++Test/PcapExamples');
    const given = new Set<string>();
    const reader = new DatagramReader(
      {
        onDatagram: (view, at, length) =>
          given.add(Buffer.from(view.buffer, view.byteOffset + at, length).toString('hex')),
        onStreamData: () => {},
        onStreamEnd: () => {},
      },
      new Set(),
    );
    for await (const chunk of openCapture(join(folder, `${name}.pcap`))) reader.addChunk(chunk);
    reader.finish();
    for (const golden of goldens) {
      const frame = Buffer.from(readFileSync(join(folder, golden), 'latin1').trim(), 'hex');
      // Some senders have bytes behind the datagram, which are not of it.
      const end = headers - 8 + frame.readUInt16BE(headers - 4);
      expect(given).toContain(frame.subarray(headers, end).toString('hex'));
    }
  });
});

/** Fields of tshark beside ours: the first occurrence is the outer header's. */
const FIELDS =
  'frame.time_epoch frame.cap_len frame.len ip.src ipv6.src ip.dst ipv6.dst ip.proto tcp.srcport udp.srcport tcp.dstport udp.dstport ip.len tcp.flags vlan.id'.split(
    ' ',
  );

describe.skipIf(!present || !tshark)('beside tshark', () => {
  // What tshark shows of a packet inside another one (ICMP errors, tunnels) is left out of the comparison.
  const files = [
    ...captures('ipfixprobe'),
    ...captures('gopacket/pcap'),
    'pcapplusplus/large/example.pcap',
    'tcpdump/802.1ad_QinQ.pcap',
    'tcpdump/pppoe.pcap',
    'tcpdump/mpls-ldp-hello.pcap',
    'tcpdump/dns_udp.pcap',
    'pcapplusplus/Pcap++Test/PcapExamples/sll.pcap',
  ];

  test.each(present ? files.filter((f) => existsSync(join(FIXTURES, f))) : [])(
    '%s: times, lengths and tuples',
    async (path) => {
      const args = [
        '-n',
        '-r',
        join(FIXTURES, path),
        '-o',
        'ip.defragment:FALSE',
        '-T',
        'fields',
        '-E',
        'separator=|',
        '-E',
        'occurrence=f',
      ];
      const { stdout } = await run('tshark', [...args, ...FIELDS.flatMap((f) => ['-e', f])], { maxBuffer: 1e8 });
      const lines = stdout.split('\n').slice(0, -1);
      const { packets } = await readAll(join(FIXTURES, path));
      expect(packets).toHaveLength(lines.length);
      let i = 0;
      await each(path, (p, timeMs) => {
        const f = lines[i]!.split('|');
        const packet = packets[i++]!;
        expect(Math.abs(Number(f[0]) * 1000 - timeMs)).toBeLessThan(0.001);
        expect([packet.data.length / 2, packet.original]).toEqual([Number(f[1]), Number(f[2])]);
        if (!p.hasIp) expect(f[3]! + f[4]!).toBe('');
        else if (p.protocol === 6 || p.protocol === 17) {
          const ports = p.hasPorts ? [p.srcPort, p.dstPort].map(String) : ['', ''];
          const flags = p.protocol === 6 && p.hasPorts ? p.tcpFlags : 0;
          const expected = [
            f[3] || f[4],
            f[5] || f[6],
            f[8] || f[9],
            f[10] || f[11],
            Number(f[13] || 0) & 255,
            Number(f[14] || 0),
          ];
          expect([text(p.srcAddr), text(p.dstAddr), ...ports, flags, p.vlan]).toEqual(expected);
          if (p.ipVersion === 4) expect([p.protocol, p.ipBytes]).toEqual([Number(f[7]), Number(f[12])]);
        }
      });
    },
  );
});
