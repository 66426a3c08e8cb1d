import { all, back, hex, login, type Sample, tcp, text, u16, u32, u32Little, udp, zeros } from './samples.testing.ts';

const invite =
  'INVITE sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nFrom: a\r\nTo: b\r\n\r\n';
const setup = hex('0300 0017 08 02 0001 05 04 03 88c0a5 7e 0006 05 208006 00 08').subarray(0, 23);
const bind = all(hex('05 00 0b 03 10000000 4800 0000 01000000 d016 d016 00000000 01 000000 0000 01 00'));
const epmap = hex('0883afe1 1f5d c911 91a4 08002b14a0fa 03000000');
const ndr = hex('045d888a eb1c c911 9fe8 08002b104860 02000000');

export const VOICE: readonly Sample[] = [
  udp('sip', 5060, text(invite), 'sip'),
  back(tcp('sip', 0, text('SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP a\r\n\r\n'))),
  udp('mgcp', 2427, text('CRCX 1 aaln/1@a.example.org MGCP 1.0\r\nC: 1\r\n'), 'mgcp'),
  tcp('megaco', 2944, text('MEGACO/1 [192.0.2.1]:2944 Transaction = 1 {}'), 'megaco'),
  tcp('h323', 1720, setup, 'q931'),
  tcp('sccp', 2000, all(hex('04000000 00000000 00000000 00000000')).subarray(0, 12), 'skinny'),
  udp('iax2', 4569, hex('8001 0000 00000003 00 00 06 01 0b02 0002'), 'iax2'),
  udp('mumble', 64_738, hex('00000000 0000000000000001')),
  udp('stun', 3478, hex('0001 0000 2112a442 000102030405060708090a0b'), 'stun'),
  udp('stun', 0, hex('0101 000c 00000000 000102030405060708090a0b 0001 0008 0001 1234 c0000201')),
  udp('rtcp', 0, hex('81 c9 0007 11223344 55667788 00000000 00000001 00000000 00000000 00000000')),
  udp('rtp', 0, all(hex('80 00 0001 00000001 11223344'), zeros(160), hex('80 00 0002 000000a1 11223344'), zeros(160))),
  tcp('rtsp', 554, text('OPTIONS rtsp://a/b RTSP/1.0\r\nCSeq: 1\r\n\r\n'), 'rtsp'),
  tcp('rtmp', 0, all(hex('03 00000001 00000000'), Buffer.alloc(1528, 0x5a))),
  udp(
    'srt',
    0,
    all(hex('80000000 00000000 00000001 00000000 00000004 00000002 00000001 000005dc 00002000 00000001'), zeros(24)),
  ),
  udp('mpeg-ts', 0, all(hex('470000'), zeros(185), hex('470000'), zeros(185))),
];

export const PROCEDURES: readonly Sample[] = [
  tcp('epmap', 135, all(bind, epmap, ndr), 'dcerpc'),
  tcp('active-directory', 0, all(bind, hex('354251e3 064b d111 ab04 00c04fc2dcd2 04000000'), ndr), 'dcerpc'),
  tcp('spoolss', 0, all(bind, hex('78563412 3412 cdab ef00 0123456789ab 01000000'), ndr), 'dcerpc'),
  tcp('dce-rpc', 0, all(bind, hex('81bb7a36 0498 f135 ad32 98f038001003 02000000'), ndr), 'dcerpc'),
];

const esp = (number: number) => all(hex('11223344'), u32(number), Buffer.alloc(32, 0x5a));

export const TUNNELS: readonly Sample[] = [
  udp('wireguard', 0, all(hex('01000000 11223344'), Buffer.alloc(140, 0x5a)), 'wg'),
  udp('openvpn', 1194, hex('38 0102030405060708 00 00000000'), 'openvpn'),
  tcp('openvpn', 0, hex('000e 38 0102030405060708 00 00000000')),
  udp('ike', 500, all(hex('0102030405060708 0000000000000000 21 20 22 08 00000000'), u32(28)), 'isakmp'),
  udp('ike', 4500, all(zeros(4), hex('0102030405060708 0000000000000000 21 20 22 08 00000000'), u32(28)), 'isakmp'),
  udp('ipsec', 4500, all(esp(1), esp(2)), 'esp'),
  udp('l2tp', 1701, hex('c802 000c 0000 0000 0000 0000'), 'l2tp'),
  tcp('pptp', 1723, all(hex('009c 0001 1a2b3c4d 0001 0000 0100 0000 00000001 00000001 0000 0001'), zeros(128)), 'pptp'),
  udp('gtp', 2123, hex('48 20 0008 00000000 00000100'), 'gtpv2'),
  udp('gtp', 2152, hex('32 01 0004 00000000 0001 0000'), 'gtp'),
  udp('teredo', 3544, all(hex('60000000 0000 3b 40 20010000'), zeros(12), hex('20010db8'), zeros(12)), 'teredo'),
  udp('vxlan', 4789, all(hex('08000000 00000100'), zeros(12), hex('0806'), zeros(28)), 'vxlan'),
  udp('vxlan', 4789, all(hex('88480064 2dc6c100'), zeros(12), hex('0806'), zeros(28)), 'vxlan'),
  udp('geneve', 6081, all(hex('0000 6558 00000100'), zeros(12), hex('0806'), zeros(28)), 'geneve'),
  udp('tailscale', 0, all(hex('5453f09f92ac'), Buffer.alloc(56, 0x5a))),
];

export const CHAT: readonly Sample[] = [
  tcp('xmpp', 5222, text("<?xml version='1.0'?><stream:stream to='a' xmlns='jabber:client' version='1.0'>"), 'xmpp'),
  login(tcp('irc', 6667, text('PASS secret\r\nNICK a\r\nUSER a 0 * :a\r\n'), 'irc')),
  back(tcp('irc', 0, text(':irc.example.org NOTICE * :*** Looking up your hostname...\r\n'))),
  tcp('msn-messenger', 1863, text('VER 1 MSNP18 CVR0\r\n'), 'msnms'),
  tcp('oscar', 5190, hex('2a 01 0001 0004 00000001')),
  udp('oicq', 8000, hex('02 0f00 0002 0001 00012345 00000000 03')),
  login(
    tcp(
      'smpp',
      2775,
      all(u32(33), hex('00000009 00000000 00000001'), text('me\0secret\0\0'), hex('34 00 00 00 00 00')).subarray(0, 33),
      'smpp',
    ),
  ),
];

const version = all(hex('f9beb4d9'), text('version\0\0\0\0\0'), hex('00000000 5df6e0e2'));

export const PEERS: readonly Sample[] = [
  tcp('bittorrent', 0, all(text('\x13BitTorrent protocol'), zeros(8), Buffer.alloc(40, 0x5a)), 'bittorrent'),
  udp('bittorrent', 0, text('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe'), 'bt-dht'),
  udp('bittorrent', 0, hex('0000041727101980 00000000 11223344')),
  tcp('gnutella', 0, text('GNUTELLA CONNECT/0.6\r\nUser-Agent: a\r\n\r\n')),
  tcp('edonkey', 4662, all(hex('e3'), u32Little(30), hex('01 10'), zeros(28)), 'edonkey'),
  login(tcp('napster', 8888, all(hex('1a00 0200'), text('foo bad 6699 "nap v0.8" 3  ').subarray(0, 26)))),
  tcp('bitcoin', 8333, version, 'bitcoin'),
  tcp('soulseek', 0, all(u32Little(16), hex('01 02000000'), text('me'), hex('01000000'), text('P'), hex('01000000'))),
  udp('syncthing', 21_027, all(hex('2ea7d90b'), zeros(32))),
];

const tpkt = (...parts: readonly Buffer[]) => all(hex('0300'), u16(4 + all(...parts).length), ...parts);
const dicom = all(
  hex('0001 0000'),
  Buffer.alloc(32, 0x20),
  zeros(32),
  hex('10 00 0015'),
  text('1.2.840.10008.3.1.1.1'),
);

export const INDUSTRY: readonly Sample[] = [
  tcp('modbus', 502, hex('0001 0000 0006 01 03 0000 0001'), 'mbtcp'),
  tcp('dnp3', 20_000, hex('0564 05 c9 0100 0000 1d0c')),
  tcp('iec104', 2404, hex('68 04 43000000'), 'iec60870_104'),
  udp('bacnet', 47_808, hex('81 0b 000c 0120ffff00ff1008'), 'bvlc'),
  tcp(
    'opc-ua',
    4840,
    all(
      text('HELF'),
      u32Little(51),
      zeros(4),
      hex('00000100 00000100 00000000 00000000'),
      u32Little(19),
      text('opc.tcp://a:4840/bc'),
    ),
    'opcua',
  ),
  tcp('s7comm', 102, tpkt(hex('02f080 32 01 0000 0001 0008 0000 f0 00 0001 0001 01e0')), 's7comm'),
  tcp('ethernet-ip', 44_818, hex('6500 0400 00000000 00000000 0000000000000000 00000000 01000000'), 'enip'),
  udp('someip', 30_490, hex('12340001 00000008 00010001 01 01 00 00')),
  tcp('hl7', 2575, text('\x0bMSH|^~\\&|a|b|c|d|20240101||ADT^A01|1|P|2.3\r\x1c\r'), 'hl7'),
  tcp('dicom', 104, all(hex('01 00'), u32(dicom.length), dicom), 'dicom'),
  udp('c1222', 1153, hex('60 08 a206 0604 2b060104')),
];

export const CONTROL: readonly Sample[] = [
  udp('ptp', 319, all(hex('00 02 002c'), zeros(40)), 'ptp'),
  udp('bfd', 3784, hex('20 40 03 18 00000001 00000000 000f4240 000f4240 00000000'), 'bfd'),
  back(udp('bfd', 7784, hex('20 c0 03 18 27acfe90 a2961c74 000493e0 00000000 00000000'))),
  udp('rip', 520, all(hex('02 02 0000 0002 0000 0a000000 ff000000 00000000 00000001')), 'rip'),
  udp('hsrp', 1985, hex('00 00 10 03 0a 64 00 00 636973636f000000 c0000201')),
  udp('ldp', 646, hex('0001 001e 01010101 0000 0100 0014 00000000 0400 0004 000f 0000 0401 0004 01010101'), 'ldp'),
  udp('capwap', 5247, hex('01000000 16fefd 0000000000000000 0000')),
  udp('collectd', 25_826, all(hex('0000 000a'), text('hosta\0'), hex('0001 000c 0000000050000000')), 'collectd'),
  udp('ipmi', 623, hex('06 00 ff 06 000011be 80 00 00 00'), 'rmcp'),
  tcp('zabbix', 10_051, all(text('ZBXD\x01'), hex('0200000000000000'), text('{}'))),
  tcp('openflow', 6653, hex('04 00 0008 00000001'), 'openflow'),
  tcp('rpki-rtr', 323, hex('01 02 0000 00000008'), 'rpkirtr'),
];

const handshake = all(hex('00 fb05 09'), text('localhost'), hex('63dd 01'));
const magic = hex('00ffff00fefefefefdfdfdfd12345678');

export const GAMES: readonly Sample[] = [
  udp('source-engine', 0, all(hex('ffffffff'), text('TSource Engine Query\0'))),
  udp('minecraft', 19_132, all(hex('01 0000000000000001'), magic, zeros(8)), 'raknet'),
  udp('raknet', 0, all(hex('05'), magic, hex('0b'), zeros(20)), 'raknet'),
  tcp('minecraft', 0, all(Buffer.from([handshake.length]), handshake)),
  udp('among-us', 22_023, hex('08 0001 00 80d90203 06 414141414141')),
];

export const SMALL: readonly Sample[] = [
  tcp('finger', 79, text('root\r\n'), 'finger'),
  tcp('whois', 43, text('example.org\r\n'), 'whois'),
  tcp('ident', 113, text('6191, 23\r\n')),
  tcp('gopher', 70, text('/dir\r\n'), 'gopher'),
  udp('nat-pmp', 5351, hex('00 00'), 'portcontrol'),
  tcp('iperf', 0, text(`${'abcdefghijklmnopqrstuvwxyz234567abcd'}\0`)),
];
