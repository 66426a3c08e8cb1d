import { describe, expect, test } from 'vitest';
import { bytes, ethernet, ipv4, ipv6, tcp, u16, u32, udp, viewOf } from './frames.testing.ts';
import { dissectLink, type EspOpener, IPSEC, LINK_TYPE, newPacketFields, type PacketFields, TUNNELS } from './index.ts';
import { read, text, tuple } from './read.testing.ts';

/** Opens packets made by `esp` below: in place, or as decryption does, in a view of its own. */
class Opener implements EspOpener {
  view = viewOf(new Uint8Array(0));
  at = 0;
  end = 0;
  nextHeader = 0;
  ipsec: number;
  private readonly copies: boolean;

  constructor(copies: boolean) {
    this.copies = copies;
    this.ipsec = copies ? IPSEC.decrypted : IPSEC.null;
  }

  open(fields: PacketFields): boolean {
    const { data, payloadAt, payloadLength } = fields;
    if (fields.cut || fields.fragment) return false;
    const trailer = payloadAt + payloadLength - 2;
    const end = trailer - data.getUint8(trailer);
    this.nextHeader = data.getUint8(trailer + 1);
    const whole = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.view = this.copies ? viewOf(whole.slice(payloadAt + 8, end)) : data;
    this.at = this.copies ? 0 : payloadAt + 8;
    this.end = this.copies ? end - payloadAt - 8 : end;
    return true;
  }
}

function esp(spi: number, next: number, payload: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const padding = (6 - (payload.length % 4)) % 4;
  return bytes(u32(spi), u32(1), payload, new Uint8Array(padding), padding, next);
}

function open(
  packet: Uint8Array,
  copies: boolean,
  tunnels: 'outer' | 'inner' = 'inner',
  linkType: number = LINK_TYPE.raw,
) {
  const out = newPacketFields();
  dissectLink(viewOf(packet), 0, packet.length, linkType, out, { tunnels, esp: new Opener(copies) });
  return out;
}

const SEGMENT = tcp(1, 2, 0x10, [7]);
const INNER = ipv4(6, SEGMENT, { src: '10.0.0.1', dst: '10.0.0.2' });
const INNER_TUPLE = '10.0.0.1:1 > 10.0.0.2:2 6';

describe('ESP without keys', () => {
  test('is opaque, with its SPI and without ports', () => {
    for (const packet of [ipv4(50, esp(0x1000, 6, SEGMENT)), ipv6(50, esp(0x1000, 6, SEGMENT))]) {
      for (const tunnels of ['outer', 'inner'] as const) {
        expect(read(packet, LINK_TYPE.raw, tunnels)).toMatchObject({
          protocol: 50,
          ipsec: IPSEC.opaque,
          spi: 0x1000,
          hasPorts: false,
          srcPort: 0,
          problem: 0,
        });
      }
    }
  });

  test('in UDP it keeps the ports of UDP', () => {
    const out = read(ipv4(17, udp(61000, 4500, esp(0xabcdef01, 6, SEGMENT))), LINK_TYPE.raw, 'inner');
    expect(out).toMatchObject({ protocol: 17, ipsec: IPSEC.opaque, spi: 0xabcdef01, srcPort: 61000, dstPort: 4500 });
  });

  test.each([
    ['IKE', bytes(u32(0), new Uint8Array(28))],
    ['a keepalive', [0xff]],
    ['a reserved SPI', bytes(u32(255), new Uint8Array(28))],
    ['what does not end at a word', bytes(u32(0x1000), new Uint8Array(27))],
  ])('%s at the port of NAT traversal is not ESP', (_, payload) => {
    const out = read(ipv4(17, udp(4500, 4500, payload)), LINK_TYPE.raw, 'inner');
    expect(out).toMatchObject({ ipsec: IPSEC.none, spi: 0, srcPort: 4500, problem: 0 });
  });

  test('one that is cut before its sequence number has no SPI, and says why', () => {
    expect(read(ipv4(50, u16(7)), LINK_TYPE.raw)).toMatchObject({ ipsec: IPSEC.none, spi: 0, problem: 1 });
  });
});

describe.each([
  ['in place', false, IPSEC.null],
  ['in a view of its own', true, IPSEC.decrypted],
] as const)('ESP that is seen into %s', (_, copies, ipsec) => {
  test('in transport mode: the transport header, with the addresses outside', () => {
    for (const tunnels of ['outer', 'inner'] as const) {
      const out = open(ipv4(50, esp(300, 6, SEGMENT)), copies, tunnels);
      expect(tuple(out)).toBe('192.0.2.1:1 > 198.51.100.2:2 6');
      expect(out).toMatchObject({ ipsec, spi: 300, tcpFlags: 0x10, payloadLength: 1, tunnel: 0, problem: 0 });
      expect(out.data.getUint8(out.payloadAt)).toBe(7);
    }
  });

  test('in tunnel mode: the inner packet, with the end points outside; the outer one where that is asked for', () => {
    const packet = ethernet(0x800, ipv4(50, esp(300, 4, INNER)));
    const out = open(packet, copies, 'inner', LINK_TYPE.ethernet);
    expect(tuple(out)).toBe(INNER_TUPLE);
    expect(out).toMatchObject({ ipsec, spi: 300, tunnelId: 300, ipBytes: 41, problem: 0 });
    expect([TUNNELS[out.tunnel], text(out.outerSrc), text(out.outerDst)]).toEqual(['esp', '192.0.2.1', '198.51.100.2']);
    expect(out.data.getUint8(out.payloadAt)).toBe(7);
    expect(open(packet, copies, 'outer', LINK_TYPE.ethernet)).toMatchObject({
      protocol: 50,
      ipsec,
      spi: 300,
      tunnel: 0,
    });
  });

  test('in UDP', () => {
    expect(tuple(open(ipv4(17, udp(4500, 61000, esp(300, 4, INNER))), copies))).toBe(INNER_TUPLE);
    expect(tuple(open(ipv4(17, udp(4500, 61000, esp(300, 6, SEGMENT))), copies))).toBe(
      '192.0.2.1:1 > 198.51.100.2:2 6',
    );
  });

  test('inside GRE, with a tunnel inside, and inside ESP', () => {
    const gre = (payload: Uint8Array) => ipv4(47, bytes(u16(0), u16(0x800), payload));
    const nested = gre(ipv4(50, esp(300, 6, tcp(8, 9, 0))));
    expect(open(nested, copies)).toMatchObject({ srcPort: 8, ipsec, spi: 300, tunnel: 2 });
    expect(tuple(open(ipv4(50, esp(300, 47, bytes(u16(0), u16(0x800), INNER))), copies))).toBe(INNER_TUPLE);
    const twice = open(ipv4(50, esp(300, 4, ipv4(50, esp(301, 4, INNER)))), copies);
    expect(tuple(twice)).toBe(INNER_TUPLE);
    expect(twice).toMatchObject({ spi: 301, tunnelId: 300, ipsec });
  });

  test('behind it, IPv6 may have more extension headers', () => {
    const out = open(ipv6(50, esp(300, 60, bytes([6, 0, 1, 4, 0, 0, 0, 0], SEGMENT))), copies);
    expect(out).toMatchObject({ protocol: 6, srcPort: 1, payloadLength: 1, ipsec });
  });

  test('a fragment and a cut packet stay opaque when the trailer is needed', () => {
    expect(open(ipv4(50, esp(300, 6, SEGMENT), { more: true }), copies)).toMatchObject({ protocol: 50, ipsec: 4 });
    const packet = ipv4(50, esp(300, 6, SEGMENT));
    expect(open(packet.subarray(0, 40), copies)).toMatchObject({ protocol: 50, ipsec: 4, hasPorts: false });
  });

  test('twenty times ESP inside ESP is not followed to the end', () => {
    let packet = INNER;
    for (let i = 0; i < 20; i++) packet = ipv4(50, esp(300 + i, 4, packet));
    expect(open(packet, copies)).toMatchObject({ problem: 5, protocol: 50, hasIp: true });
  });
});

describe('AH', () => {
  const ah = (next: number, payload: ArrayLike<number>) =>
    bytes(next, 4, u16(0), u32(0xfeed), u32(1), new Uint8Array(12), payload);

  test('is read through, in IPv4 and IPv6', () => {
    for (const packet of [ipv4(51, ah(6, SEGMENT)), ipv6(51, ah(6, SEGMENT))]) {
      const out = read(packet, LINK_TYPE.raw);
      expect(out).toMatchObject({
        protocol: 6,
        srcPort: 1,
        ipsec: IPSEC.ah,
        spi: 0xfeed,
        payloadLength: 1,
        problem: 0,
      });
    }
  });

  test('in tunnel mode it names the tunnel', () => {
    for (const packet of [ipv4(51, ah(4, INNER)), ipv6(51, ah(4, INNER))]) {
      const out = read(packet, LINK_TYPE.raw, 'inner');
      expect(tuple(out)).toBe(INNER_TUPLE);
      expect([TUNNELS[out.tunnel], out.spi]).toEqual(['ah', 0xfeed]);
    }
  });

  test('around ESP it does not hide that ESP is opaque', () => {
    const packet = ipv4(51, ah(50, esp(300, 6, SEGMENT)));
    expect(read(packet, LINK_TYPE.raw)).toMatchObject({ protocol: 50, ipsec: IPSEC.opaque, spi: 300 });
    expect(open(packet, true)).toMatchObject({ protocol: 6, ipsec: IPSEC.decrypted, spi: 300 });
  });
});
