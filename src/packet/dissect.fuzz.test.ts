import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, DNS, ethernet, ipv4, ipv6, label, tag, tcp, u16, u32, udp } from './frames.testing.ts';
import { dissectLink, LINK_TYPE, newPacketFields, PACKET_PROBLEMS, type PacketFields } from './index.ts';
import { TUNNEL_CASES } from './tunnel-cases.testing.ts';

const inner = ethernet(0x8100, tag(77, 0x800, ipv4(6, tcp(1, 2, 0x10, [1, 2, 3]))));
/** Those of the tunnels, in frames. */
const TUNNELED = TUNNEL_CASES.map(([, packet]) => ethernet(packet[0]! >>> 4 === 4 ? 0x800 : 0x86dd, packet));
const AH = bytes(17, 4, u16(0), u32(0xfeed), u32(1), new Uint8Array(12));
const FRAMES: readonly Uint8Array[] = [
  ...TUNNELED,
  ethernet(0x800, ipv4(51, bytes(AH, udp(1, 2, [3])))),
  ethernet(0x86dd, ipv6(51, bytes(AH, udp(1, 2, [3])))),
  ethernet(0x800, ipv4(50, bytes(u32(0x1000), u32(1), new Uint8Array(20)))),
  ethernet(0x800, ipv4(17, udp(4500, 4500, bytes(u32(0x1000), u32(1), new Uint8Array(20))))),
  ethernet(0x88e5, bytes(0x20, 0, u32(1), new Uint8Array(8), u16(0x800), DNS)),
  ethernet(0x894f, bytes(u16(0x0fc2), 2, 1, u32(0x1ff), DNS)),
  ethernet(
    0x800,
    ipv4(
      17,
      udp(3544, 50000, bytes(u16(1), 2, 3, new Uint8Array(14), u16(0), u16(1), u32(2), ipv6(17, udp(1, 2, [])))),
    ),
  ),
  ethernet(0x800, DNS),
  ethernet(
    0x88a8,
    tag(
      7,
      0x8100,
      tag(8, 0x86dd, ipv6(0, bytes([43, 0, 1, 4, 0, 0, 0, 0], [17, 0, 0, 0, 0, 0, 0, 0], udp(1, 2, [3])))),
    ),
  ),
  ethernet(0x8847, bytes(label(16, false), label(17, true), u32(0), inner)),
  ethernet(0x8864, bytes(0x11, 0, u16(1), u16(2 + DNS.length), u16(0x21), DNS)),
  ethernet(0x800, ipv4(47, bytes(u16(0xb000), u16(0x6558), u32(0), u32(1), u32(1), inner))),
  ethernet(0x800, ipv4(47, bytes(u16(0x1000), u16(0x88be), u32(1), u32(0x10000064), u32(0), inner))),
  ethernet(0x86dd, ipv6(17, udp(50000, 4789, bytes([8, 0, 0, 0], u32(5000 << 8), inner)))),
  ethernet(0x800, ipv4(17, udp(50000, 6081, bytes([2, 0], u16(0x6558), u32(9 << 8), new Uint8Array(8), inner)))),
  ethernet(0x800, ipv4(4, ipv4(4, ipv6(41, DNS)))),
  ethernet(0x86dd, ipv6(44, bytes(33, 0, u16(1), u32(7), u16(1), u16(2), 9, new Uint8Array(9)))),
];

/**
 * Reads the bytes from a view that holds nothing else, where a read outside would throw, and from the midst of other bytes, where
 * it would show; both must agree and stay inside.
 */
function check(data: Uint8Array, linkType: number, tunnels: 'outer' | 'inner'): PacketFields {
  const alone = newPacketFields();
  const exact = data.slice();
  dissectLink(new DataView(exact.buffer), 0, exact.length, linkType, alone, { tunnels });
  const among = newPacketFields();
  const padded = new Uint8Array(data.length + 200).fill(0xa5);
  padded.set(data, 100);
  dissectLink(new DataView(padded.buffer), 100, data.length, linkType, among, { tunnels });
  expect({
    ...among,
    ipAt: moved(among.ipAt),
    transportAt: moved(among.transportAt),
    payloadAt: moved(among.payloadAt),
  }).toEqual(alone);
  for (const [at, length] of [
    [alone.transportAt, alone.transportLength],
    [alone.payloadAt, alone.payloadLength],
  ] as const) {
    expect(length).toBeGreaterThanOrEqual(0);
    if (at >= 0) expect(at + length).toBeLessThanOrEqual(data.length);
    else expect(length).toBe(0);
  }
  expect(PACKET_PROBLEMS[alone.problem]).toBeDefined();
  return alone;
}

function moved(at: number): number {
  return at < 0 ? at : at - 100;
}

const tunnels = fc.constantFrom('outer' as const, 'inner' as const);
const linkType = fc.constantFrom(...Object.values(LINK_TYPE));

test('every truncation of every frame keeps what is there and reads nothing behind it', () => {
  for (const frame of FRAMES) {
    const whole = check(frame, 1, 'outer');
    for (let length = 0; length < frame.length; length++) {
      const cut = check(frame.subarray(0, length), 1, 'outer');
      check(frame.subarray(0, length), 1, 'inner');
      if (cut.hasIp) {
        expect(cut.ipBytes).toBe(whole.ipBytes);
        expect([...cut.srcAddr]).toEqual([...whole.srcAddr]);
      }
      if (cut.hasPorts) expect([cut.srcPort, cut.dstPort]).toEqual([whole.srcPort, whole.dstPort]);
      else if (whole.hasPorts) expect(PACKET_PROBLEMS[cut.problem]).not.toBe('none');
    }
  }
});

test('what is cut within a tunnel is the packet inside or the one outside, and never another', () => {
  for (const frame of TUNNELED) {
    const ends = (p: PacketFields) => [...p.srcAddr, ...p.dstAddr].join();
    const known = [ends(check(frame, 1, 'outer')), ends(check(frame, 1, 'inner'))];
    for (let length = 54; length < frame.length; length++) {
      const cut = check(frame.subarray(0, length), 1, 'inner');
      expect(known).toContain(ends(cut));
      if (cut.hasPorts && cut.tunnel !== 0) expect([cut.srcPort, cut.dstPort]).toEqual([1, 2]);
    }
  }
});

test('flipped bits never throw and never lead outside', () => {
  const flips = fc.array(fc.nat(2047), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      fc.constantFrom(...FRAMES),
      flips,
      fc.nat(200),
      tunnels,
      linkType,
      (frame, bits, length, mode, link) => {
        const data = frame.slice(0, Math.max(1, Math.min(frame.length, length)));
        for (const bit of bits) data[(bit >>> 3) % data.length]! ^= 1 << (bit & 7);
        check(data, 1, mode);
        check(data, link, mode);
      },
    ),
    { numRuns: 4000 },
  );
});

test('bytes at random likewise', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), linkType, tunnels, (data, link, mode) => {
      check(data, link, mode);
    }),
    { numRuns: 4000 },
  );
});
