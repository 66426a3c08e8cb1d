import { describe, expect, test } from 'vitest';
import { bytes, ethernet, ipv4, ipv6, label, tag, tcp, u16, u32, udp } from './frames.testing.ts';
import { LINK_TYPE, PACKET_PROBLEM, TUNNEL, TUNNELS } from './index.ts';
import { read, text, tuple } from './read.testing.ts';

const DNS6 = ipv6(17, udp(5353, 53, [1, 2, 3, 4]));
const DNS6_TUPLE = '2001:db8::1:5353 > 2001:db8:ffff::2:53 17';

describe('tunnels', () => {
  const inner = ipv4(6, tcp(1, 2, 0x10), { src: '10.0.0.1', dst: '10.0.0.2' });
  const INNER_TUPLE = '10.0.0.1:1 > 10.0.0.2:2 6';
  const frame = ethernet(0x8100, tag(77, 0x800, inner));
  const cases: [string, Uint8Array, keyof typeof TUNNEL, number][] = [
    ['IPv4 in IPv4', ipv4(4, inner), 'ipip', 0],
    ['IPv4 in IPv6', ipv6(4, inner), '4in6', 0],
    ['GRE', ipv4(47, bytes(u16(0), u16(0x800), inner)), 'gre', 0],
    [
      'GRE with checksum, key and sequence',
      ipv4(47, bytes(u16(0xb000), u16(0x800), u32(0), u32(0xdeadbeef), u32(1), inner)),
      'gre',
      0xdeadbeef,
    ],
    ['GRE with Ethernet', ipv6(47, bytes(u16(0x2000), u16(0x6558), u32(5), frame)), 'gre', 5],
    ['GRE with MPLS', ipv4(47, bytes(u16(0), u16(0x8847), label(16, true), inner)), 'gre', 0],
    [
      'PPTP',
      ipv4(47, bytes(u16(0x3081), u16(0x880b), u16(40), u16(321), u32(1), u32(2), [0xff, 3, 0, 0x21], inner)),
      'pptp',
      321,
    ],
    ['ERSPAN type I', ipv4(47, bytes(u16(0), u16(0x88be), frame)), 'erspan', 0],
    [
      'ERSPAN type II',
      ipv4(47, bytes(u16(0x1000), u16(0x88be), u32(1), u32(0x10000064), u32(0), frame)),
      'erspan',
      100,
    ],
    ['VXLAN', ipv4(17, udp(50000, 4789, bytes([8, 0, 0, 0], u32(5000 << 8), frame))), 'vxlan', 5000],
    [
      'VXLAN at its old port',
      ipv6(17, udp(50000, 8472, bytes([8, 0, 0, 0], u32(0xffffff00), frame))),
      'vxlan',
      0xffffff,
    ],
    [
      'GENEVE with options',
      ipv4(17, udp(50000, 6081, bytes([2, 0], u16(0x6558), u32(9 << 8), new Uint8Array(8), frame))),
      'geneve',
      9,
    ],
    ['GENEVE with IP', ipv4(17, udp(50000, 6081, bytes([0, 0], u16(0x800), u32(9 << 8), inner))), 'geneve', 9],
  ];

  test.each(cases)('%s is entered when inner flows are asked for, and only then', (_, packet, kind, id) => {
    const outer = read(packet, LINK_TYPE.raw);
    expect(outer.tunnel).toBe(TUNNEL.none);
    expect(tuple(outer)).not.toContain('10.0.0.1');
    const out = read(packet, LINK_TYPE.raw, 'inner');
    expect(tuple(out)).toBe(INNER_TUPLE);
    expect(TUNNELS[out.tunnel]).toBe(kind);
    expect(out).toMatchObject({ tunnelId: id, ipBytes: 40, tcpFlags: 0x10, problem: 0 });
    expect(text(out.outerSrc)).toBe(text(outer.srcAddr));
    expect(text(out.outerDst)).toBe(text(outer.dstAddr));
  });

  test('IPv6 in both', () => {
    expect(tuple(read(ipv4(41, DNS6), LINK_TYPE.raw, 'inner'))).toBe(DNS6_TUPLE);
    expect(tuple(read(ipv6(41, DNS6), LINK_TYPE.raw, 'inner'))).toBe(DNS6_TUPLE);
  });

  test('the link layer is that of the inner frame where there is one, and of the outer one else', () => {
    const vxlan = ipv4(17, udp(1, 4789, bytes([8, 0, 0, 0], u32(256), frame)));
    expect(read(ethernet(0x8100, tag(5, 0x800, vxlan)), 1, 'inner')).toMatchObject({ vlan: 77, tunnelId: 1 });
    expect(read(ethernet(0x8100, tag(5, 0x800, ipv4(4, inner))), 1, 'inner')).toMatchObject({ vlan: 5 });
  });

  test('of nested tunnels the outermost is named and the innermost flow is given', () => {
    const out = read(ipv6(47, bytes(u16(0), u16(0x800), ipv4(4, inner))), LINK_TYPE.raw, 'inner');
    expect(tuple(out)).toBe(INNER_TUPLE);
    expect(out.tunnel).toBe(TUNNEL.gre);
    expect(text(out.outerSrc)).toBe('2001:db8::1');
  });

  test('twenty tunnels one inside the other are not followed to the end', () => {
    let packet = inner;
    for (let i = 0; i < 20; i++) packet = ipv4(4, packet);
    const out = read(packet, LINK_TYPE.raw, 'inner');
    expect(out).toMatchObject({ problem: PACKET_PROBLEM.too_deep, protocol: 4, hasIp: true });
  });

  test.each([
    ['is ARP', ethernet(0x806, new Uint8Array(28)), PACKET_PROBLEM.none],
    ['is cut', frame.subarray(0, 30), PACKET_PROBLEM.truncated],
    ['is no IP header', ethernet(0x800, new Uint8Array(40)), PACKET_PROBLEM.bad_ip_header],
  ])('what is inside %s: the outer packet stands, with its own link layer', (_, payload, problem) => {
    const vxlan = ipv4(17, udp(50000, 4789, bytes([8, 0, 0, 0], u32(256), payload)));
    const out = read(ethernet(0x8100, tag(5, 0x800, vxlan)), 1, 'inner');
    expect(tuple(out)).toBe('192.0.2.1:50000 > 198.51.100.2:4789 17');
    expect(out).toMatchObject({
      problem,
      tunnel: 0,
      tunnelId: 0,
      vlan: 5,
      innerVlan: 0,
      srcMacLo: 5,
      etherType: 0x800,
    });
    expect(text(out.outerSrc)).toBe('::');
  });
});
