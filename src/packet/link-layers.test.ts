import { describe, expect, test } from 'vitest';
import { bytes, DNS, DST_MAC, ethernet, ipv6, label, SRC_MAC, tag, u16, u32, udp } from './frames.testing.ts';
import { LINK_TYPE, PACKET_PROBLEM, PACKET_PROBLEMS, type PacketFields } from './index.ts';
import { read, tuple } from './read.testing.ts';

const DNS_TUPLE = '192.0.2.1:5353 > 198.51.100.2:53 17';
const DNS6 = ipv6(17, udp(5353, 53, [1, 2, 3, 4]));
const DNS6_TUPLE = '2001:db8::1:5353 > 2001:db8:ffff::2:53 17';

const BSS = [0x02, 0, 0, 0, 0, 0xb];
/** From an access point: to, through, from, sequence. */
const WIRELESS = bytes(DST_MAC, BSS, SRC_MAC, u16(0));
const SNAP = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];

describe('link layers', () => {
  const cases: [string, number, Uint8Array, Partial<PacketFields>?][] = [
    [
      'Ethernet II',
      1,
      ethernet(0x800, DNS),
      { etherType: 0x800, hasMac: true, srcMacHi: 0x200, srcMacLo: 5, dstMacLo: 0xd },
    ],
    ['802.3 with SNAP', 1, ethernet(8 + DNS.length, bytes(0xaa, 0xaa, 3, 0, 0, 0, 8, 0, DNS))],
    ['a VLAN', 1, ethernet(0x8100, tag(0x2064, 0x800, DNS)), { vlan: 100, innerVlan: 0 }],
    ['a priority tag, which is no VLAN', 1, ethernet(0x8100, tag(0xe000, 0x800, DNS)), { vlan: 0 }],
    ['QinQ', 1, ethernet(0x88a8, tag(7, 0x8100, tag(8, 0x800, DNS))), { vlan: 7, innerVlan: 8 }],
    ['QinQ of before the standard', 1, ethernet(0x9100, tag(7, 0x8100, tag(8, 0x800, DNS))), { vlan: 7, innerVlan: 8 }],
    ['MPLS', 1, ethernet(0x8847, bytes(label(16, false), label(1048575, true), DNS)), { mplsCount: 2 }],
    ['a pseudowire', 1, ethernet(0x8847, bytes(label(17, true), ethernet(0x800, DNS))), { mplsCount: 1 }],
    [
      'a pseudowire with control word and VLAN',
      1,
      ethernet(0x8847, bytes(label(17, true), u32(0), ethernet(0x8100, tag(9, 0x800, DNS)))),
      { mplsCount: 1, vlan: 9 },
    ],
    ['PPPoE', 1, ethernet(0x8864, bytes(0x11, 0, u16(1), u16(2 + DNS.length), u16(0x21), DNS))],
    [
      'PPPoE in a VLAN',
      1,
      ethernet(0x8100, tag(5, 0x8864, bytes(0x11, 0, u16(1), u16(9), u16(0x21), DNS))),
      { vlan: 5 },
    ],
    ['MPLS without a frame', LINK_TYPE.mpls, bytes(label(16, true), DNS), { mplsCount: 1 }],
    ['raw IP', LINK_TYPE.raw, DNS],
    ['raw IP of OpenBSD', LINK_TYPE.rawOpenBsd, DNS],
    ['raw IPv4', LINK_TYPE.ipv4, DNS],
    ['loopback of a little-endian machine', LINK_TYPE.null, bytes(2, 0, 0, 0, DNS)],
    ['loopback of a big-endian machine', LINK_TYPE.null, bytes(0, 0, 0, 2, DNS)],
    ['loopback of OpenBSD', LINK_TYPE.loop, bytes(0, 0, 0, 2, DNS)],
    [
      'Linux cooked',
      LINK_TYPE.linuxCooked,
      bytes(u16(0), u16(1), u16(6), SRC_MAC, 0, 0, u16(0x800), DNS),
      { hasMac: true, srcMacLo: 5, dstMacLo: 0 },
    ],
    [
      'Linux cooked, version 2',
      LINK_TYPE.linuxCooked2,
      bytes(u16(0x800), u16(0), u32(3), u16(1), 0, 6, SRC_MAC, 0, 0, DNS),
      { hasMac: true, srcMacLo: 5 },
    ],
    ['PPP', LINK_TYPE.ppp, bytes(0xff, 3, 0, 0x21, DNS)],
    ['PPP with compressed fields', LINK_TYPE.ppp, bytes(0x21, DNS)],
    ['PPPoE without a frame', LINK_TYPE.pppoe, bytes(0x11, 0, u16(1), u16(2 + DNS.length), u16(0x21), DNS)],
    ['MACsec without encryption', 1, ethernet(0x88e5, bytes(0x20, 0, u32(1), new Uint8Array(8), u16(0x800), DNS))],
    ['MACsec without its channel', 1, ethernet(0x88e5, bytes(0, 0, u32(1), u16(0x800), DNS, new Uint8Array(16)))],
    ['NSH', 1, ethernet(0x894f, bytes(u16(0x0fc2), 2, 1, u32(0x1ff), DNS))],
    [
      'the netfilter log',
      LINK_TYPE.nflog,
      bytes(2, 0, u16(0), [8, 0, 1, 0], u32(0), [5, 0, 10, 0, 7, 0, 0, 0], [36, 0, 9, 0], DNS),
    ],
    ['PPI', LINK_TYPE.ppi, bytes(0, 0, [8, 0], [1, 0, 0, 0], ethernet(0x800, DNS)), { hasMac: true }],
    ['802.11', LINK_TYPE.wireless, bytes(8, 2, u16(0), WIRELESS, SNAP, DNS), { dstMacLo: 0xd, srcMacLo: 5 }],
    [
      '802.11 to an access point',
      LINK_TYPE.wireless,
      bytes(8, 1, u16(0), BSS, SRC_MAC, DST_MAC, u16(0), SNAP, DNS),
      { dstMacLo: 0xd, srcMacLo: 5 },
    ],
    [
      '802.11 between access points, with quality of service',
      LINK_TYPE.wireless,
      bytes(0x88, 3, u16(0), BSS, BSS, DST_MAC, u16(0), SRC_MAC, u16(0), SNAP, DNS),
      { dstMacLo: 0xd, srcMacLo: 5 },
    ],
    [
      '802.11 behind radiotap',
      LINK_TYPE.radiotap,
      bytes(0, 0, [9, 0], [2, 0, 0, 0], 0, 8, 2, u16(0), WIRELESS, SNAP, DNS),
      { srcMacLo: 5 },
    ],
    ['Cisco HDLC', LINK_TYPE.ciscoHdlc, bytes(0x0f, 0, u16(0x800), DNS)],
  ];

  test.each(cases)('%s leads to IP', (_, linkType, frame, expected = {}) => {
    const out = read(frame, linkType);
    expect(tuple(out)).toBe(DNS_TUPLE);
    expect(out).toMatchObject({ problem: 0, ipBytes: 32, payloadLength: 4, ...expected });
    expect(frame[out.payloadAt]).toBe(1);
  });

  test.each([24, 28, 30])('loopback family %i is IPv6', (family) => {
    expect(tuple(read(bytes(family, 0, 0, 0, DNS6), LINK_TYPE.null))).toBe(DNS6_TUPLE);
  });

  test('labels are kept from the top, the first eight of them', () => {
    const labels = Array.from({ length: 10 }, (_, i) => label(100 + i, i === 9));
    const out = read(ethernet(0x8847, bytes(...labels, DNS6)));
    expect([...out.mpls]).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
    expect(tuple(out)).toBe(DNS6_TUPLE);
  });

  test.each([
    ['ARP', ethernet(0x806, new Uint8Array(28)), PACKET_PROBLEM.not_ip],
    ['spanning tree', ethernet(38, bytes(0x42, 0x42, 3, new Uint8Array(35))), PACKET_PROBLEM.not_ip],
    ['PPPoE discovery', ethernet(0x8863, new Uint8Array(20)), PACKET_PROBLEM.not_ip],
    ['encrypted MACsec', ethernet(0x88e5, bytes(0x0c, 0, new Uint8Array(60))), PACKET_PROBLEM.not_ip],
    ['NSH of a version to come', ethernet(0x894f, bytes(u16(0x4fc2), 2, 1, new Uint8Array(60))), PACKET_PROBLEM.not_ip],
    [
      'thirty tags',
      ethernet(0x8100, bytes(...Array.from({ length: 30 }, () => [0, 1, 0x81, 0]))),
      PACKET_PROBLEM.too_deep,
    ],
    ['IP version 5', ethernet(0x800, bytes(0x55, new Uint8Array(30))), PACKET_PROBLEM.bad_ip_header],
    ['an IPv4 header of 16 bytes', ethernet(0x800, bytes(0x44, new Uint8Array(30))), PACKET_PROBLEM.bad_ip_header],
    ['half an IPv4 header', ethernet(0x800, DNS.subarray(0, 19)), PACKET_PROBLEM.truncated],
    ['no byte at all', new Uint8Array(0), PACKET_PROBLEM.truncated],
  ])('%s is no IP packet', (_, frame, problem) => {
    const out = read(frame);
    expect(PACKET_PROBLEMS[out.problem]).toBe(PACKET_PROBLEMS[problem]);
    expect(out).toMatchObject({ hasIp: false, ipAt: -1, hasPorts: false });
  });

  test.each([
    ['a beacon', bytes(0x80, 0, new Uint8Array(60))],
    ['an encrypted frame', bytes(8, 0x42, u16(0), WIRELESS, SNAP, DNS)],
    ['a frame without data', bytes(0x48, 1, new Uint8Array(22))],
  ])('%s of 802.11 is no IP packet', (_, frame) => {
    expect(read(frame, LINK_TYPE.wireless)).toMatchObject({ hasIp: false, problem: PACKET_PROBLEM.not_ip });
  });

  test('PPI in PPI is not followed', () => {
    const out = read(bytes(0, 0, [8, 0], [192, 0, 0, 0], new Uint8Array(20)), LINK_TYPE.ppi);
    expect(out.problem).toBe(PACKET_PROBLEM.unsupported_link);
  });

  test('a link type that is not read is named', () => {
    expect(read(DNS, 147).problem).toBe(PACKET_PROBLEM.unsupported_link);
  });
});
