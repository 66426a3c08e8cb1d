import { describe, expect, test } from 'vitest';
import { bytes, ethernet, ipv4, ipv6, tag, u16, u32, udp } from './frames.testing.ts';
import { LINK_TYPE, PACKET_PROBLEM, TUNNEL, TUNNELS } from './index.ts';
import { read, text, tuple } from './read.testing.ts';
import { INNER, INNER_FRAME, INNER_TUPLE, TUNNEL_CASES } from './tunnel-cases.testing.ts';

const DNS6 = ipv6(17, udp(5353, 53, [1, 2, 3, 4]));
const DNS6_TUPLE = '2001:db8::1:5353 > 2001:db8:ffff::2:53 17';

describe('tunnels', () => {
  test.each(TUNNEL_CASES)('%s is entered when inner flows are asked for, and only then', (_, packet, kind, id) => {
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

  test.each([
    ['6in4', ipv4(41, DNS6), '6in4'],
    ['6in6', ipv6(41, DNS6), '6in6'],
  ])('%s', (_, packet, kind) => {
    const out = read(packet, LINK_TYPE.raw, 'inner');
    expect(tuple(out)).toBe(DNS6_TUPLE);
    expect(TUNNELS[out.tunnel]).toBe(kind);
    expect(out).toMatchObject({ tunnelId: 0, payloadLength: 4, problem: 0 });
  });

  test.each([
    ['as it is', 50000, 3544, []],
    ['from its port', 3544, 50000, []],
    ['with origin', 3544, 50000, bytes(u16(0), u16(1), u32(2))],
    ['with authentication and origin', 3544, 50000, bytes(u16(1), 2, 3, new Uint8Array(14), u16(0), u16(1), u32(2))],
  ])('Teredo %s', (_, srcPort, dstPort, front) => {
    for (const ends of [{ src: '2001:0:1::5' }, { dst: '2001:0:1::5' }, { src: 'fe80::1' }]) {
      const packet = ipv4(17, udp(srcPort, dstPort, bytes(front, ipv6(17, udp(5353, 53, [1, 2, 3, 4]), ends))));
      const out = read(packet, LINK_TYPE.raw, 'inner');
      expect(out).toMatchObject({ tunnel: TUNNEL.teredo, tunnelId: 0, srcPort: 5353, payloadLength: 4, problem: 0 });
    }
  });

  test('a port of a tunnel is no tunnel: random datagrams stay what they are', () => {
    const ports = [1701, 2152, 3544, 4341, 4789, 4790, 6081, 6635, 8472];
    let state = 1;
    const payload = new Uint8Array(120);
    let entered = 0;
    for (let i = 0; i < 200_000; i++) {
      for (let at = 0; at < payload.length; at += 4) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        payload[at] = state >>> 24;
        payload[at + 1] = state >>> 16;
        payload[at + 2] = (state >>> 24) ^ (state >>> 12);
        payload[at + 3] = state >>> 8;
      }
      const port = ports[i % ports.length]!;
      const packet = ipv4(17, udp(i % 2 ? port : 443, i % 2 ? 443 : port, payload));
      if (read(packet, LINK_TYPE.raw, 'inner').tunnel !== 0) entered++;
    }
    // One in 65,536 by the length alone, and most ports ask for more.
    expect(entered).toBeLessThanOrEqual(2);
  });

  test.each([
    ['control messages of L2TP', ipv4(17, udp(1701, 1701, bytes(u16(0xc802), u16(12), new Uint8Array(8))))],
    ['control messages of L2TPv3 in IP', ipv4(115, bytes(u32(0), u16(0xc803), new Uint8Array(10)))],
    ['echo requests of GTP-U', ipv4(17, udp(2152, 2152, bytes([0x32, 1], u16(4), u32(0), u32(0))))],
    [
      'GTP-U without end in its extension headers',
      ipv4(17, udp(2152, 2152, bytes([0x34, 255], u16(4), u32(0), u32(1), u32(0)))),
    ],
    ['an LCP packet in L2TP', ipv4(17, udp(1701, 1701, bytes(u16(2), u32(7), u16(0xc021), [9, 0, 0, 4])))],
    ['bubbles of Teredo that are cut', ipv4(17, udp(3544, 3544, [0, 1, 0]))],
    ['keepalives of GRE', ipv4(47, u32(0))],
    ['acknowledgements of PPTP', ipv4(47, bytes(u16(0x2081), u16(0x880b), u16(0), u16(321), u32(2)))],
  ])('%s are packets of their own', (_, packet) => {
    expect(read(packet, LINK_TYPE.raw, 'inner')).toMatchObject({ tunnel: 0, problem: 0, hasIp: true });
    expect(text(read(packet, LINK_TYPE.raw, 'inner').srcAddr)).toBe('192.0.2.1');
  });

  test('the link layer is that of the inner frame where there is one, and of the outer one else', () => {
    const vxlan = ipv4(17, udp(1, 4789, bytes([8, 0, 0, 0], u32(256), INNER_FRAME)));
    expect(read(ethernet(0x8100, tag(5, 0x800, vxlan)), 1, 'inner')).toMatchObject({ vlan: 77, tunnelId: 1 });
    expect(read(ethernet(0x8100, tag(5, 0x800, ipv4(4, INNER))), 1, 'inner')).toMatchObject({ vlan: 5 });
  });

  test('of nested tunnels the outermost is named and the innermost flow is given', () => {
    const out = read(ipv6(47, bytes(u16(0), u16(0x800), ipv4(4, INNER))), LINK_TYPE.raw, 'inner');
    expect(tuple(out)).toBe(INNER_TUPLE);
    expect(out.tunnel).toBe(TUNNEL.gre);
    expect(text(out.outerSrc)).toBe('2001:db8::1');
  });

  test('twenty tunnels one inside the other are not followed to the end', () => {
    let packet = INNER;
    for (let i = 0; i < 20; i++) packet = ipv4(4, packet);
    const out = read(packet, LINK_TYPE.raw, 'inner');
    expect(out).toMatchObject({ problem: PACKET_PROBLEM.too_deep, protocol: 4, hasIp: true });
  });

  test.each([
    ['is ARP', ethernet(0x806, new Uint8Array(28)), PACKET_PROBLEM.none],
    ['is cut', INNER_FRAME.subarray(0, 30), PACKET_PROBLEM.truncated],
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
