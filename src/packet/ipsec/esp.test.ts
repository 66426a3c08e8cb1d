import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bytes, ipv4, tcp, u16, u32, udp } from '../frames.testing.ts';
import { Esp, FragmentPorts, IPSEC, TUNNEL } from '../index.ts';
import { tuple } from '../read.testing.ts';
import { checked, nullEsp, openIp } from './esp.testing.ts';

const ACK = checked(tcp(49152, 445, 0x10), 6, 16);
const DATA = checked(tcp(49152, 445, 0x18, randomBytes(1366)), 6, 16);
const QUERY = checked(udp(5353, 53, randomBytes(31)), 17, 6);
const BIG = checked(udp(2049, 700, randomBytes(1200)), 17, 6);
const ECHO = checked(bytes(8, 0, u16(0), u16(1), u16(1), randomBytes(56)), 1, 2);
const INSIDE = checkedIp(ipv4(17, udp(1, 2, [1, 2, 3]), { src: '10.0.0.1', dst: '10.0.0.2' }));

function checkedIp(packet: Uint8Array): Uint8Array {
  return checked(packet.subarray(0, 20), 1, 10).reduce((out, byte, i) => out.fill(byte, i, i + 1), packet.slice());
}

const LAYOUTS = [
  { check: 12, vector: 0 },
  { check: 16, vector: 0 },
  { check: 24, vector: 0 },
  { check: 32, vector: 0 },
  { check: 0, vector: 0 },
  { check: 16, vector: 8 },
];

describe.each(LAYOUTS)('NULL encryption with $check bytes of check value, $vector of vector', (layout) => {
  test.each([
    ['a TCP segment without data', ACK, 6, 'tcp'],
    ['a UDP datagram', QUERY, 17, 'udp'],
    ['an echo request', ECHO, 1, 'icmp'],
  ])('%s is seen into at once', (_, payload, next) => {
    const esp = new Esp();
    const out = openIp(esp, ipv4(50, nullEsp(payload, next, layout)));
    expect(out).toMatchObject({ protocol: next, ipsec: IPSEC.null, spi: 0x1000, tunnel: TUNNEL.none, problem: 0 });
    expect([out.srcPort, out.dstPort]).toEqual(
      next === 1 ? [0, 0] : [payload[0]! * 256 + payload[1]!, payload[2]! * 256 + payload[3]!],
    );
    expect(out.transportLength).toBe(payload.length);
    expect(esp.counts).toMatchObject({ opaque: 0, null: 1, evicted: 0 });
  });

  test('an IP packet inside gives its own addresses, and those outside are the end points of the tunnel', () => {
    const out = openIp(new Esp(), ipv4(50, nullEsp(INSIDE, 4, layout)));
    expect(tuple(out)).toBe('10.0.0.1:1 > 10.0.0.2:2 17');
    expect(out).toMatchObject({ tunnel: TUNNEL.esp, ipsec: IPSEC.null });
  });

  test('data that needs no padding is opaque until a second packet says the same', () => {
    const esp = new Esp();
    const packet = ipv4(50, nullEsp(DATA, 6, layout));
    expect(openIp(esp, packet)).toMatchObject({ protocol: 50, ipsec: IPSEC.opaque, hasPorts: false });
    expect(tuple(openIp(esp, packet))).toBe('192.0.2.1:49152 > 198.51.100.2:445 6');
  });

  test('in UDP, where the checksum is no longer right, a few packets are needed', () => {
    const esp = new Esp();
    const packet = ipv4(17, udp(4500, 4500, nullEsp(tcp(49152, 445, 0x10), 6, layout)));
    const kinds = Array.from({ length: 4 }, () => openIp(esp, packet).ipsec);
    expect(kinds).toEqual([IPSEC.opaque, IPSEC.null, IPSEC.null, IPSEC.null]);
  });

  test('cut packets are seen into once whole ones were: TCP, UDP and ICMP are told apart', () => {
    const esp = new Esp();
    const cut = (payload: Uint8Array, next: number) => openIp(esp, ipv4(50, nullEsp(payload, next, layout)), 138);
    expect(cut(DATA, 6).ipsec).toBe(IPSEC.opaque);
    for (const [payload, next] of [
      [ACK, 6],
      [QUERY, 17],
      [ECHO, 1],
    ] as const) {
      openIp(esp, ipv4(50, nullEsp(payload, next, layout)));
    }
    expect(tuple(cut(DATA, 6))).toBe('192.0.2.1:49152 > 198.51.100.2:445 6');
    expect(tuple(cut(BIG, 17))).toBe('192.0.2.1:2049 > 198.51.100.2:700 17');
    const long = checked(bytes(8, 0, u16(0), u16(1), u16(1), new Uint8Array(1200)), 1, 2);
    expect(cut(long, 1)).toMatchObject({ protocol: 1, icmpType: 8, icmpCode: 0, ipsec: IPSEC.null, cut: true });
  });
});

test('an association that is used for encrypted packets is opaque from the first of them', () => {
  const esp = new Esp();
  for (let i = 0; i < 10; i++) expect(openIp(esp, ipv4(50, nullEsp(ACK, 6))).ipsec).toBe(IPSEC.null);
  // A random trailer that is none in any layout.
  const sealed = ipv4(50, bytes(u32(0x1000), u32(11), new Uint8Array(200).fill(0xee)));
  for (let i = 0; i < 10; i++) expect(openIp(esp, sealed).ipsec).toBe(IPSEC.opaque);
  expect(openIp(esp, ipv4(50, nullEsp(ACK, 6, { check: 16 }))).ipsec).toBe(IPSEC.null);
});

describe('a packet that was fragmented on its way', () => {
  const pieces = (sealed: Uint8Array) => [
    ipv4(50, sealed.subarray(0, 800), { id: 7, more: true }),
    ipv4(50, sealed.subarray(800), { id: 7, offset: 800 }),
  ];

  test.each([
    ['TCP', DATA, 6, 49152, 445],
    ['UDP', BIG, 17, 2049, 700],
  ] as const)(
    'has its ports in all pieces, once whole ones were seen into: %s',
    (_, payload, next, srcPort, dstPort) => {
      const esp = new Esp();
      const ports = new FragmentPorts();
      const whole = next === 6 ? ACK : QUERY;
      openIp(esp, ipv4(50, nullEsp(whole, next)));
      for (const piece of pieces(nullEsp(payload, next))) {
        const out = openIp(esp, piece);
        expect(ports.apply(out, 0)).toBe(true);
        expect(out).toMatchObject({ protocol: next, srcPort, dstPort, ipsec: IPSEC.null, spi: 0x1000 });
      }
    },
  );

  test('in tunnel mode is told by the header inside', () => {
    const esp = new Esp();
    openIp(esp, ipv4(50, nullEsp(INSIDE, 4)));
    const big = checkedIp(ipv4(17, BIG, { src: '10.0.0.1', dst: '10.0.0.2' }));
    expect(tuple(openIp(esp, pieces(nullEsp(big, 4))[0]!))).toBe('10.0.0.1:2049 > 10.0.0.2:700 17');
  });

  test('is opaque where nothing is known, or two headers fit', () => {
    const esp = new Esp();
    const first = pieces(nullEsp(DATA, 6))[0]!;
    expect(openIp(esp, first)).toMatchObject({ ipsec: IPSEC.opaque, spi: 0x1000 });
    for (const [payload, next] of [
      [ACK, 6],
      [QUERY, 17],
    ] as const)
      openIp(esp, ipv4(50, nullEsp(payload, next)));
    // A sequence number that could be the length of a datagram.
    const both = DATA.slice();
    both.set([0x20, 0], 4);
    expect(openIp(esp, pieces(nullEsp(both, 6))[0]!)).toMatchObject({ ipsec: IPSEC.opaque, hasPorts: false });
  });
});

test('ESP inside ESP is seen into', () => {
  const inside = checkedIp(ipv4(50, nullEsp(ACK, 6, { spi: 0x2000 })));
  const out = openIp(new Esp(), ipv4(50, nullEsp(inside, 4)));
  expect(out).toMatchObject({ protocol: 6, dstPort: 445, spi: 0x2000, tunnel: TUNNEL.esp });
});
