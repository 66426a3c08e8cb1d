import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FragmentPorts } from './fragment-ports.ts';
import { bytes, ipv4, ipv6, tcp, u16, u32, udp } from './frames.testing.ts';
import { IPSEC, LINK_TYPE } from './index.ts';
import { read, tuple } from './read.testing.ts';

const UDP = udp(5353, 53, new Uint8Array(1000));
const FIRST = { id: 7, more: true };
const LATER = { id: 7, offset: 512 };

function v4(header: Parameters<typeof ipv4>[2], payload: ArrayLike<number> = UDP.subarray(0, 512), protocol = 17) {
  return read(ipv4(protocol, payload, header), LINK_TYPE.raw, 'inner');
}

/** `next` is the type of what the fragment holds at its place. */
function v6(next: number, id: number, offset: number, more: boolean, payload: ArrayLike<number>) {
  return read(ipv6(44, bytes(next, 0, u16(offset | (more ? 1 : 0)), u32(id), payload)), LINK_TYPE.raw, 'inner');
}

describe('ports of fragments', () => {
  test('later fragments have the ports of the first one', () => {
    const ports = new FragmentPorts();
    expect(ports.apply(v4(FIRST), 0)).toBe(true);
    const later = v4(LATER);
    expect(later.hasPorts).toBe(false);
    expect(ports.apply(later, 10)).toBe(true);
    expect(tuple(later)).toBe('192.0.2.1:5353 > 198.51.100.2:53 17');
    expect(later.hasPorts).toBe(true);
    expect(ports.counts).toEqual({ carried: 1, unknown: 0, inside: 0, evicted: 0 });
  });

  test.each([
    ['identification', { id: 8, offset: 512 }, 17],
    ['protocol', LATER, 6],
    ['address', { ...LATER, src: '192.0.2.9' }, 17],
  ])('not those of a packet with another %s', (_, header, protocol) => {
    const ports = new FragmentPorts();
    ports.apply(v4(FIRST), 0);
    const later = v4(header, new Uint8Array(8), protocol);
    ports.apply(later, 0);
    expect(later).toMatchObject({ hasPorts: false, srcPort: 0 });
    expect(ports.counts.unknown).toBe(1);
  });

  test('one that comes before the first one is counted and has none', () => {
    const ports = new FragmentPorts();
    const later = v4(LATER);
    ports.apply(later, 0);
    expect(later.hasPorts).toBe(false);
    ports.apply(v4(FIRST), 1);
    ports.apply(v4(LATER), 2);
    expect(ports.counts).toMatchObject({ unknown: 1, carried: 1 });
  });

  test('after 30 seconds the first one is forgotten, also when the clock was set back', () => {
    for (const later of [30_001, -30_001]) {
      const ports = new FragmentPorts();
      ports.apply(v4(FIRST), 0);
      ports.apply(v4(LATER), later);
      expect(ports.counts).toMatchObject({ unknown: 1, carried: 0 });
    }
    const ports = new FragmentPorts();
    ports.apply(v4(FIRST), 0);
    ports.apply(v4(LATER), 30_000);
    expect(ports.counts.carried).toBe(1);
  });

  test('in a capture without times they are carried', () => {
    const ports = new FragmentPorts();
    ports.apply(v4(FIRST), Number.NaN);
    ports.apply(v4(LATER), Number.NaN);
    expect(ports.counts.carried).toBe(1);
  });

  test('an identification that is used again stands for the newer packet', () => {
    const ports = new FragmentPorts();
    ports.apply(v4(FIRST), 0);
    ports.apply(v4(FIRST, udp(1, 2, new Uint8Array(504))), 1);
    const later = v4(LATER);
    ports.apply(later, 2);
    expect([later.srcPort, later.dstPort]).toEqual([1, 2]);
  });

  test('ICMP has its type and code, TCP no flags', () => {
    const ports = new FragmentPorts();
    ports.apply(v4(FIRST, bytes(8, 0, new Uint8Array(510)), 1), 0);
    const echo = v4(LATER, new Uint8Array(8), 1);
    ports.apply(echo, 0);
    expect(echo).toMatchObject({ icmpType: 8, icmpCode: 0 });
    ports.apply(v4(FIRST, tcp(1, 2, 0x02, new Uint8Array(492)), 6), 0);
    const segment = v4(LATER, new Uint8Array(8), 6);
    ports.apply(segment, 0);
    expect(segment).toMatchObject({ srcPort: 1, tcpFlags: 0 });
  });

  test('IPv6: the protocol is that behind the extension headers that the first fragment has', () => {
    const ports = new FragmentPorts();
    ports.apply(v6(60, 9, 0, true, bytes([17, 0, 1, 4, 0, 0, 0, 0], UDP.subarray(0, 504))), 0);
    const later = v6(60, 9, 512, false, new Uint8Array(100));
    expect(later.protocol).toBe(60);
    ports.apply(later, 0);
    expect(tuple(later)).toBe('2001:db8::1:5353 > 2001:db8:ffff::2:53 17');
  });

  test('opaque ESP has its SPI', () => {
    const ports = new FragmentPorts();
    ports.apply(v4(FIRST, bytes(u32(0x1000), u32(1), new Uint8Array(504)), 50), 0);
    const later = v4(LATER, new Uint8Array(8), 50);
    ports.apply(later, 0);
    expect(later).toMatchObject({ spi: 0x1000, ipsec: IPSEC.opaque });
  });

  test('behind AH as well, whose later fragments show AH only', () => {
    const ports = new FragmentPorts();
    const ah = bytes(17, 4, u16(0), u32(0xfeed), u32(1), new Uint8Array(12));
    ports.apply(v4(FIRST, bytes(ah, UDP.subarray(0, 488)), 51), 0);
    const later = v4(LATER, new Uint8Array(8), 51);
    ports.apply(later, 0);
    expect(later).toMatchObject({ protocol: 17, srcPort: 5353, ipsec: IPSEC.ah, spi: 0xfeed });
  });

  test('a packet fragmented outside of its tunnel is counted once, whole, by what is inside', () => {
    const ports = new FragmentPorts();
    const inner = ipv4(17, UDP, { src: '10.0.0.1', dst: '10.0.0.2' });
    const gre = bytes(u16(0), u16(0x800), inner);
    const first = v4(FIRST, gre.subarray(0, 512), 47);
    expect(tuple(first)).toBe('10.0.0.1:5353 > 10.0.0.2:53 17');
    expect(first.ipBytes).toBe(inner.length);
    expect(ports.apply(first, 0)).toBe(true);
    expect(ports.apply(v4(LATER, gre.subarray(512), 47), 0)).toBe(false);
    expect(ports.counts).toEqual({ carried: 0, unknown: 0, inside: 1, evicted: 0 });
  });

  test('a packet that was fragmented inside of its tunnel has the ports inside', () => {
    const ports = new FragmentPorts();
    const later = v4({}, ipv4(17, new Uint8Array(8), LATER), 4);
    ports.apply(v4({}, ipv4(17, UDP.subarray(0, 512), FIRST), 4), 0);
    expect(ports.apply(later, 0)).toBe(true);
    expect(later.srcPort).toBe(5353);
  });

  test('a flood of first fragments is bounded, counted, and pushes out the oldest', () => {
    const ports = new FragmentPorts();
    const packet = v4(FIRST);
    for (let i = 0; i < 100_000; i++) {
      packet.srcAddr[3] = i;
      ports.apply(packet, i / 1000);
    }
    expect(ports.counts.evicted).toBeGreaterThan(80_000);
    const later = v4(LATER);
    later.srcAddr[3] = 99_999;
    ports.apply(later, 100);
    expect(later.hasPorts).toBe(true);
  });

  test('agrees with a map of all first fragments, whatever comes in which order', () => {
    const piece = fc.record({ id: fc.nat(5), src: fc.nat(3), first: fc.boolean(), port: fc.nat(65_535) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const ports = new FragmentPorts();
        const known = new Map<string, number>();
        for (const { id, src, first, port } of pieces) {
          const at = { id, src: `192.0.2.${src}` };
          const fields = v4(first ? { ...at, more: true } : { ...at, offset: 8 }, udp(port, 1, []));
          ports.apply(fields, 0);
          const key = `${id} ${src}`;
          if (first) known.set(key, port);
          else expect([fields.hasPorts, fields.srcPort]).toEqual([known.has(key), known.get(key) ?? 0]);
        }
      }),
    );
  });
});
