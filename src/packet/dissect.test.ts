import { describe, expect, test } from 'vitest';
import { bytes, DNS, ethernet, ipv4, ipv6, tag, tcp, u16, u32, udp, viewOf } from './frames.testing.ts';
import { dissectEthernet, dissectIp, LINK_TYPE, newPacketFields, PACKET_PROBLEM } from './index.ts';
import { read, tuple } from './read.testing.ts';

const DNS6_TUPLE = '2001:db8::1:5353 > 2001:db8:ffff::2:53 17';

describe('IP', () => {
  test('IPv4 with options, behind which the transport begins', () => {
    const out = read(
      ipv4(6, tcp(1024, 443, 0x12, [9]), { tos: 0xb8, options: [7, 7, 4, 0, 0, 0, 0, 0] }),
      LINK_TYPE.raw,
    );
    expect(tuple(out)).toBe('192.0.2.1:1024 > 198.51.100.2:443 6');
    expect(out).toMatchObject({
      ipVersion: 4,
      tos: 0xb8,
      ttl: 64,
      tcpFlags: 0x12,
      ipBytes: 49,
      payloadLength: 1,
      cut: false,
    });
  });

  test('padding of Ethernet is no payload', () => {
    expect(read(ethernet(0x800, bytes(DNS, new Uint8Array(14)))).payloadLength).toBe(4);
  });

  test('length 0 in front of segmentation offload is unknown, and the captured bytes bound the payload', () => {
    expect(read(ipv4(17, udp(1, 2, [1, 2, 3]), { length: 0 }), LINK_TYPE.raw)).toMatchObject({
      ipBytes: 0,
      payloadLength: 3,
    });
    expect(read(ipv6(17, udp(1, 2, [1, 2, 3]), { length: 0 }), LINK_TYPE.raw)).toMatchObject({
      ipBytes: 0,
      payloadLength: 3,
    });
  });

  test('IPv6 with traffic class and flow label', () => {
    const out = read(ipv6(17, udp(5353, 53, [1]), { tos: 0x28, flowLabel: 0xabcde }), LINK_TYPE.raw);
    expect(tuple(out)).toBe(DNS6_TUPLE);
    expect(out).toMatchObject({ ipVersion: 6, tos: 0x28, flowLabel: 0xabcde, ttl: 63, ipBytes: 49, payloadLength: 1 });
  });

  test('IPv6 extension headers are skipped: hop-by-hop, destination, routing, AH', () => {
    const chain = bytes(
      [60, 0, 1, 4, 0, 0, 0, 0],
      [43, 1, 1, 12, ...new Array(12).fill(0)],
      [51, 0, 0, 0, 0, 0, 0, 0],
      [17, 4, 0, 0, ...new Array(20).fill(0)],
      udp(5353, 53, [1, 2]),
    );
    const out = read(ipv6(0, chain), LINK_TYPE.raw);
    expect(tuple(out)).toBe(DNS6_TUPLE);
    expect(out).toMatchObject({ problem: 0, payloadLength: 2 });
  });

  test('an endless chain of extension headers is given up', () => {
    const chain = bytes(...Array.from({ length: 40 }, () => [60, 0, 0, 0, 0, 0, 0, 0]));
    expect(read(ipv6(60, chain), LINK_TYPE.raw)).toMatchObject({
      problem: PACKET_PROBLEM.too_deep,
      protocol: 60,
      hasPorts: false,
    });
  });

  test('the first fragment has ports, a later one has none', () => {
    const first = read(ipv4(17, udp(1, 2, [1, 2, 3, 4, 5, 6, 7, 8]), { more: true, id: 77 }), LINK_TYPE.raw);
    expect(first).toMatchObject({
      fragment: true,
      moreFragments: true,
      fragmentOffset: 0,
      fragmentId: 77,
      srcPort: 1,
      hasPorts: true,
    });
    const later = read(ipv4(17, [0, 1, 0, 2, 0, 0, 0, 0], { offset: 16, id: 77 }), LINK_TYPE.raw);
    expect(later).toMatchObject({
      fragment: true,
      moreFragments: false,
      fragmentOffset: 16,
      hasPorts: false,
      srcPort: 0,
      payloadLength: 8,
    });
  });

  test('the fragments of IPv6 likewise, and an atomic fragment is a whole packet', () => {
    const piece = (word: number, data: ArrayLike<number>) =>
      read(ipv6(44, bytes(17, 0, u16(word), u32(0xfeedbeef), data)), LINK_TYPE.raw);
    expect(piece(0x0001, udp(1, 2, []))).toMatchObject({
      fragment: true,
      moreFragments: true,
      fragmentId: 0xfeedbeef,
      dstPort: 2,
    });
    expect(piece(0x0010, udp(1, 2, []))).toMatchObject({
      fragment: true,
      fragmentOffset: 16,
      hasPorts: false,
      protocol: 17,
    });
    expect(piece(0x0000, udp(1, 2, []))).toMatchObject({ fragment: false, dstPort: 2 });
  });
});

describe('transports', () => {
  test.each([
    ['UDP', 17, udp(7, 9, [1, 2, 3]), 3],
    ['TCP', 6, tcp(7, 9, 2, [1, 2, 3]), 3],
    ['SCTP', 132, bytes(u16(7), u16(9), u32(1), u32(2), [1, 2, 3]), 3],
    ['DCCP', 33, bytes(u16(7), u16(9), [4, 0, 0, 0], new Uint8Array(8), [1, 2, 3]), 3],
    ['UDP-Lite', 136, bytes(u16(7), u16(9), u16(8), u16(0), [1, 2, 3]), 3],
  ])('%s has ports and payload', (_, protocol, payload, length) => {
    const out = read(ipv4(protocol, payload), LINK_TYPE.raw);
    expect(out).toMatchObject({
      problem: 0,
      hasPorts: true,
      srcPort: 7,
      dstPort: 9,
      payloadLength: length,
      icmpType: 255,
    });
  });

  test.each([
    ['ICMP', ipv4(1, [3, 1, 0, 0, 0, 0, 0, 0, 9])],
    ['ICMPv6', ipv6(58, [3, 1, 0, 0, 0, 0, 0, 0, 9])],
  ])('%s has type and code, and no ports', (_, packet) => {
    const out = read(packet, LINK_TYPE.raw);
    expect(out).toMatchObject({ icmpType: 3, icmpCode: 1, hasPorts: false, srcPort: 0, dstPort: 0, payloadLength: 1 });
  });

  test('a UDP length below its header is a problem, one beyond the packet is bounded', () => {
    const short = read(ipv4(17, bytes(u16(1), u16(2), u16(7), u16(0), [1])), LINK_TYPE.raw);
    expect(short).toMatchObject({ problem: PACKET_PROBLEM.bad_length, srcPort: 1, payloadLength: 0 });
    const long = read(ipv4(17, bytes(u16(1), u16(2), u16(700), u16(0), [1])), LINK_TYPE.raw);
    expect(long).toMatchObject({ problem: 0, payloadLength: 1 });
  });

  test('a TCP header that the snap length cuts gives ports without flags, then with flags', () => {
    const frame = ethernet(0x800, ipv4(6, tcp(1024, 443, 0x18, new Uint8Array(1000))));
    const ports = read(frame.subarray(0, 14 + 20 + 4));
    expect(ports).toMatchObject({
      problem: PACKET_PROBLEM.truncated,
      srcPort: 1024,
      tcpFlags: 0,
      ipBytes: 1040,
      cut: true,
    });
    const flags = read(frame.subarray(0, 14 + 20 + 14));
    expect(flags).toMatchObject({ problem: PACKET_PROBLEM.truncated, srcPort: 1024, tcpFlags: 0x18, ipBytes: 1040 });
    const snapped = read(frame.subarray(0, 64));
    expect(snapped).toMatchObject({ problem: 0, tcpFlags: 0x18, ipBytes: 1040, payloadLength: 10, cut: true });
  });
});

test('nothing of a packet remains in the fields of the next', () => {
  const out = newPacketFields();
  const rich = ethernet(
    0x8100,
    tag(5, 0x800, ipv4(17, udp(1, 4789, bytes([8, 0, 0, 0], u32(256), ethernet(0x800, DNS))))),
  );
  dissectEthernet(viewOf(rich), 0, rich.length, out, { tunnels: 'inner' });
  dissectIp(viewOf(ipv6(44, bytes(17, 0, u16(9), u32(1), udp(1, 2, [])))), 0, 56, out, { tunnels: 'outer' });
  dissectEthernet(viewOf(bytes(1)), 0, 1, out, { tunnels: 'outer' });
  expect(out).toEqual({ ...newPacketFields(), problem: PACKET_PROBLEM.truncated });
});
