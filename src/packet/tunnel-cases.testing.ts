import { bytes, ethernet, ipv4, ipv6, label, tag, tcp, u16, u32, udp } from './frames.testing.ts';
import type { TUNNEL } from './index.ts';

/** What all of them carry: 10.0.0.1:1 > 10.0.0.2:2 over TCP, ACK, 40 bytes; and the same in a frame with VLAN 77. */
export const INNER = ipv4(6, tcp(1, 2, 0x10), { src: '10.0.0.1', dst: '10.0.0.2' });
export const INNER_TUPLE = '10.0.0.1:1 > 10.0.0.2:2 6';
export const INNER_FRAME = ethernet(0x8100, tag(77, 0x800, INNER));
const PPP = bytes(0xff, 3, u16(0x21), INNER);

const gre = (flags: number, type: number, ...rest: (number | ArrayLike<number>)[]) =>
  ipv4(47, bytes(u16(flags), u16(type), ...rest));
const inUdp = (port: number, ...parts: (number | ArrayLike<number>)[]) => ipv4(17, udp(50000, port, bytes(...parts)));
const nsh = (next: number, ...rest: (number | ArrayLike<number>)[]) =>
  bytes(u16(0x0fc6), 1, next, u32(0x00012aff), new Uint8Array(16), ...rest);

/** Packets without a link layer, the kind of their outermost tunnel, and its number. */
export const TUNNEL_CASES: [string, Uint8Array<ArrayBuffer>, keyof typeof TUNNEL, number][] = [
  ['IPv4 in IPv4', ipv4(4, INNER), 'ipip', 0],
  ['IPv4 in IPv6', ipv6(4, INNER), '4in6', 0],
  ['GRE', gre(0, 0x800, INNER), 'gre', 0],
  [
    'GRE with checksum, key and sequence',
    gre(0xb000, 0x800, u32(0), u32(0xdeadbeef), u32(1), INNER),
    'gre',
    0xdeadbeef,
  ],
  ['GRE with Ethernet', ipv6(47, bytes(u16(0x2000), u16(0x6558), u32(5), INNER_FRAME)), 'gre', 5],
  ['NVGRE', gre(0x2000, 0x6558, u32(0x00123407), INNER_FRAME), 'gre', 0x00123407],
  ['GRE with MPLS', gre(0, 0x8847, label(16, true), INNER), 'gre', 0],
  ['GRE with PPP', gre(0, 0x880b, PPP), 'gre', 0],
  ['GRE with NSH', gre(0, 0x894f, nsh(1, INNER)), 'gre', 0],
  ['PPTP', gre(0x3081, 0x880b, u16(40), u16(321), u32(1), u32(2), PPP), 'pptp', 321],
  ['PPTP without acknowledgement', gre(0x3001, 0x880b, u16(44), u16(321), u32(1), PPP), 'pptp', 321],
  ['ERSPAN type I', gre(0, 0x88be, INNER_FRAME), 'erspan', 0],
  ['ERSPAN type II', gre(0x1000, 0x88be, u32(1), u32(0x10000064), u32(0), INNER_FRAME), 'erspan', 100],
  ['ERSPAN type III', gre(0x1000, 0x22eb, u32(1), u32(0x20000064), u32(0), u16(0), u16(0), INNER_FRAME), 'erspan', 100],
  [
    'ERSPAN type III with a subheader of its platform',
    gre(0x1000, 0x22eb, u32(1), u32(0x20000064), u32(0), u16(0), u16(1), u32(0x0c000000), u32(0), INNER_FRAME),
    'erspan',
    100,
  ],
  ['VXLAN', inUdp(4789, [8, 0, 0, 0], u32(5000 << 8), INNER_FRAME), 'vxlan', 5000],
  [
    'VXLAN at its old port',
    ipv6(17, udp(50000, 8472, bytes([8, 0, 0, 0], u32(0xffffff00), INNER_FRAME))),
    'vxlan',
    0xffffff,
  ],
  ['VXLAN-GPE with IP', inUdp(4790, [12, 0, 0, 1], u32(7 << 8), INNER), 'vxlan', 7],
  ['VXLAN-GPE with Ethernet', inUdp(4790, [12, 0, 0, 3], u32(7 << 8), INNER_FRAME), 'vxlan', 7],
  ['VXLAN-GPE with NSH', inUdp(4790, [12, 0, 0, 4], u32(7 << 8), nsh(3, INNER_FRAME)), 'vxlan', 7],
  ['GENEVE with options', inUdp(6081, [2, 0], u16(0x6558), u32(9 << 8), new Uint8Array(8), INNER_FRAME), 'geneve', 9],
  ['GENEVE with IP', inUdp(6081, [0, 0], u16(0x800), u32(9 << 8), INNER), 'geneve', 9],
  ['MPLS in UDP', inUdp(6635, label(16, false), label(17, true), INNER), 'mpls', 0],
  ['MPLS in IP', ipv4(137, bytes(label(16, true), INNER)), 'mpls', 0],
  ['L2TP', inUdp(1701, u16(0x0002), u16(7), u16(8), PPP), 'l2tp', 8],
  [
    'L2TP with length, sequence and offset',
    inUdp(1701, u16(0x4a02), u16(16 + PPP.length), u16(7), u16(8), u16(1), u16(2), u16(2), u16(0), PPP),
    'l2tp',
    8,
  ],
  ['L2TP towards the port of a NAT', ipv4(17, udp(1701, 50000, bytes(u16(0x0002), u16(7), u16(8), PPP))), 'l2tp', 8],
  ['L2TPv3 in UDP', inUdp(1701, u16(3), u16(0), u32(0x12345678), INNER_FRAME), 'l2tp', 0x12345678],
  [
    'L2TPv3 in UDP with a cookie and the sublayer',
    inUdp(1701, u16(3), u16(0), u32(9), u32(0xaabbccdd), u32(0x11223344), u32(0x40000001), INNER_FRAME),
    'l2tp',
    9,
  ],
  ['L2TPv3 in IP', ipv4(115, bytes(u32(77), INNER_FRAME)), 'l2tp', 77],
  ['L2TPv3 in IP with the sublayer', ipv4(115, bytes(u32(77), u32(0), INNER_FRAME)), 'l2tp', 77],
  ['L2TPv3 in IP with a cookie', ipv6(115, bytes(u32(77), u32(0xaabbccdd), INNER_FRAME)), 'l2tp', 77],
  ['GTP-U', inUdp(2152, [0x30, 255], u16(INNER.length), u32(0xfeedf00d), INNER), 'gtpu', 0xfeedf00d],
  [
    'GTP-U with a sequence number',
    inUdp(2152, [0x32, 255], u16(4 + INNER.length), u32(5), u16(1), 0, 0, INNER),
    'gtpu',
    5,
  ],
  [
    'GTP-U with extension headers',
    inUdp(2152, [0x34, 255], u16(12 + INNER.length), u32(5), u16(0), 0, 0x85, [1, 0x10, 9, 0xc0], [1, 0, 1, 0], INNER),
    'gtpu',
    5,
  ],
  ['GTP-U from its port', ipv4(17, udp(2152, 1024, bytes([0x30, 255], u16(40), u32(5), INNER))), 'gtpu', 5],
  ['EtherIP', ipv4(97, bytes(u16(0x3000), INNER_FRAME)), 'etherip', 0],
  ['Ethernet in IPv6', ipv6(143, INNER_FRAME), 'etherip', 0],
  ['LISP', inUdp(4341, [0x88, 0, 0, 1], u32((3 << 8) | 1), INNER), 'lisp', 3],
];
