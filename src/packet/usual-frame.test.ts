import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dissectLink, dissectUnusual } from './dissect.ts';
import { bytes, ethernet, ipv4, ipv6, label, tag, tcp, u16, u32, udp, viewOf } from './frames.testing.ts';
import { LINK_TYPE } from './link-types.ts';
import { newPacketFields, type PacketFields } from './packet-fields.ts';
import { TUNNEL_CASES } from './tunnel-cases.testing.ts';
import { readUsualFrame } from './usual-frame.ts';

const INNER = { tunnels: 'inner' } as const;
const TCP = tcp(50000, 443, 0x18, [1, 2, 3]);
const UDP = udp(50000, 53, [1, 2, 3]);

const USUAL: readonly (readonly [string, Uint8Array])[] = [
  ['TCP over IPv4', ethernet(0x800, ipv4(6, TCP, { tos: 0xb8, id: 0xfffe }))],
  ['UDP over IPv4', ethernet(0x800, ipv4(17, UDP))],
  ['UDP over IPv4 with a tag', ethernet(0x8100, tag(0x2123, 0x800, ipv4(17, UDP)))],
  ['TCP over IPv6', ethernet(0x86dd, ipv6(6, TCP))],
  ['UDP over IPv6 with a priority tag', ethernet(0x8100, tag(0xe000, 0x86dd, ipv6(17, UDP)))],
  ['padding behind the packet', bytes(ethernet(0x800, ipv4(17, UDP)), new Uint8Array(18))],
  ['less captured than there was', ethernet(0x800, ipv4(6, TCP, { length: 1500 }))],
];

const UNUSUAL: readonly (readonly [string, Uint8Array])[] = [
  ['options', ethernet(0x800, ipv4(6, TCP, { options: [1, 1, 1, 0] }))],
  ['a first fragment', ethernet(0x800, ipv4(17, UDP, { more: true }))],
  ['a later fragment', ethernet(0x800, ipv4(17, UDP, { offset: 1480 }))],
  ['no length', ethernet(0x800, ipv4(6, TCP, { length: 0 }))],
  ['an extension header', ethernet(0x86dd, ipv6(0, bytes([17, 0, 1, 4, 0, 0, 0, 0], UDP)))],
  ['two tags', ethernet(0x88a8, tag(7, 0x8100, tag(8, 0x800, ipv4(17, UDP))))],
  ['labels', ethernet(0x8847, bytes(label(16, true), ipv4(17, UDP)))],
  ['ICMP', ethernet(0x800, ipv4(1, bytes(8, 0, u16(0), u32(1))))],
  ['ESP', ethernet(0x800, ipv4(50, bytes(u32(0x1000), u32(1), new Uint8Array(20))))],
  ['ESP in UDP', ethernet(0x800, ipv4(17, udp(4500, 4500, bytes(u32(0x1000), u32(1), new Uint8Array(20)))))],
  ['Teredo', ethernet(0x800, ipv4(17, udp(50000, 3544, ipv6(17, UDP, { src: '2001::1' }))))],
  ['ARP', ethernet(0x806, new Uint8Array(28))],
  ['half a header', ethernet(0x800, ipv4(6, TCP)).subarray(0, 44)],
  ['nothing', new Uint8Array(0)],
  ...TUNNEL_CASES.map(
    ([name, packet]) => [name, ethernet(packet[0]! >>> 4 === 4 ? 0x800 : 0x86dd, packet)] as [string, Uint8Array],
  ),
];

/** The fields by the long way, in an object that held no packet before. */
function longWay(frame: Uint8Array, view: DataView): PacketFields {
  const out = newPacketFields();
  dissectUnusual(view, 0, frame.length, LINK_TYPE.ethernet, out, INNER);
  return out;
}

/** In `out`, which may have held anything. */
function expectSame(frame: Uint8Array, out: PacketFields): void {
  const view = viewOf(frame);
  dissectLink(view, 0, frame.length, LINK_TYPE.ethernet, out, INNER);
  const { isUsual: _, mpls, ...fields } = out;
  const { isUsual: _never, mpls: labels, ...expected } = longWay(frame, view);
  expect(fields).toEqual(expected);
  expect([...mpls.subarray(0, out.mplsCount)]).toEqual([...labels.subarray(0, out.mplsCount)]);
}

test.each(USUAL)('usual: %s', (_, frame) => {
  const out = newPacketFields();
  expect(readUsualFrame(viewOf(frame), 0, frame.length, out)).toBe(true);
  expectSame(frame, out);
});

test.each(UNUSUAL)('not usual, and nothing is written: %s', (_, frame) => {
  const out = newPacketFields();
  expect(readUsualFrame(viewOf(frame), 0, frame.length, out)).toBe(false);
  expect(out).toEqual(newPacketFields());
});

test('the short way gives the fields of the long one, whatever bytes are wrong and whatever packets came before', () => {
  const all = [...USUAL, ...UNUSUAL].map(([, frame]) => frame);
  const frame = fc
    .record({
      frame: fc.oneof(fc.constantFrom(...USUAL.map(([, usual]) => usual)), fc.constantFrom(...all)),
      wrong: fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }),
      length: fc.oneof(fc.constant(2000), fc.nat(80)),
    })
    .map(({ frame: good, wrong, length }) => {
      const data = good.slice(0, length);
      for (const [at, value] of wrong) if (at < data.length) data[at] = value;
      return data;
    });
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 8 }), (frames) => {
      const out = newPacketFields();
      for (const data of frames) expectSame(data, out);
    }),
    { numRuns: 3000 },
  );
});

test('tunnels in UDP whose port is that of the other end', () => {
  const swapped = UNUSUAL.map(([, frame]) => frame).filter((frame) => frame[12] === 8 && frame[23] === 17);
  expect(swapped.length).toBeGreaterThan(8);
  for (const frame of swapped) {
    const ports = frame.slice(34, 38);
    expectSame(
      bytes(frame.subarray(0, 34), ports.subarray(2), ports.subarray(0, 2), frame.subarray(38)),
      newPacketFields(),
    );
  }
});
