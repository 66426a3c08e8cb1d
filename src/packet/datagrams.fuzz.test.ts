import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, ipv4, ipv6, tcp, u16, u32, udp, viewOf } from './frames.testing.ts';
import { DatagramReader, LINK_TYPE } from './index.ts';

const PORTS = new Set([4739]);

/** Everything that was given, with a look at every byte of it: what is not there would throw. */
function readerOf(given: { datagrams: number; stream: number[]; open: Set<number> }): DatagramReader {
  const look = (view: DataView, at: number, length: number) =>
    new Uint8Array(view.buffer, view.byteOffset + at, length);
  return new DatagramReader(
    {
      onDatagram: (view, at, length) => {
        look(view, at, length);
        given.datagrams++;
      },
      onStreamData: (stream, view, at, length) => {
        given.open.add(stream.id);
        for (const byte of look(view, at, length)) given.stream.push(byte);
      },
      onStreamEnd: (stream) => given.open.delete(stream.id),
    },
    PORTS,
  );
}

const newGiven = () => ({ datagrams: 0, stream: [] as number[], open: new Set<number>() });

test('segments that cover a stream give it, however they are cut, repeated and ordered', () => {
  const data = Array.from({ length: 200 }, (_, i) => i);
  const piece = fc.tuple(fc.nat(199), fc.integer({ min: 1, max: 60 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(0xffff_ffff), fc.integer(), (extra, isn, seed) => {
      const cover = Array.from({ length: 20 }, (_, i) => [i * 10, 10] as [number, number]);
      const order = shuffled([...cover, ...extra], seed);
      const given = newGiven();
      const reader = readerOf(given);
      const add = (packet: Uint8Array) => reader.add(viewOf(packet), 0, packet.length, LINK_TYPE.raw, 0);
      add(ipv4(6, tcp(1, 4739, 2, [], isn)));
      for (const [from, length] of order)
        add(ipv4(6, tcp(1, 4739, 16, data.slice(from, from + length), (isn + 1 + from) >>> 0)));
      reader.finish();
      expect(given.stream).toEqual(data);
      expect(reader.counts.tcp).toMatchObject({ streams: 1, gaps: 0, bytes: 200 });
    }),
    { numRuns: 300 },
  );
});

test('fragments that cover a datagram give it once, in any order', () => {
  const datagram = udp(
    1,
    2,
    Array.from({ length: 400 }, (_, i) => i & 255),
  );
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 50 })), fc.boolean(), fc.integer(), (cuts, six, seed) => {
      const edges = [0, ...cuts.sort((a, b) => a - b).map((c) => c * 8), datagram.length];
      const pieces = edges.slice(1).map((to, i) => {
        const from = edges[i]!;
        const data = datagram.subarray(from, to);
        if (!six) return ipv4(17, data, { id: 5, offset: from, more: to < datagram.length });
        return ipv6(44, bytes(17, 0, u16(from | (to < datagram.length ? 1 : 0)), u32(5), data));
      });
      const given = newGiven();
      const reader = readerOf(given);
      for (const packet of shuffled(pieces, seed)) reader.add(viewOf(packet), 0, packet.length, LINK_TYPE.raw, 0);
      expect(given.datagrams).toBe(1);
      expect(Object.values(reader.counts.fragmentDrops).every((n) => n === 0)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('flipped bits and cuts never throw, never lead outside, and every stream ends', () => {
  const packets = [
    ipv4(6, tcp(1, 4739, 2, [], 0)),
    ipv4(6, tcp(1, 4739, 16, [1, 2, 3, 4, 5, 6, 7, 8], 1)),
    ipv4(6, tcp(1, 4739, 16, [1, 2, 3, 4, 5, 6, 7, 8], 20)),
    ipv4(6, tcp(1, 4739, 17, [1, 2, 3, 4], 9)),
    ipv4(17, udp(1, 2, new Uint8Array(24)).subarray(0, 16), { id: 1, more: true }),
    ipv4(17, new Uint8Array(16), { id: 1, offset: 16 }),
    ipv6(44, bytes(17, 0, u16(1), u32(1), udp(1, 2, new Uint8Array(8)))),
    ipv6(44, bytes(17, 0, u16(16), u32(1), new Uint8Array(16))),
  ];
  const step = fc.record({
    packet: fc.nat(packets.length - 1),
    bits: fc.array(fc.nat(1023), { maxLength: 4 }),
    cut: fc.nat(30),
    timeMs: fc.constantFrom(0, 1, 40_000, -5, Number.NaN),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const given = newGiven();
      const reader = readerOf(given);
      for (const { packet, bits, cut, timeMs } of steps) {
        const data = packets[packet]!.slice(0, cut === 0 ? -3 : undefined);
        for (const bit of bits) data[(bit >>> 3) % data.length]! ^= 1 << (bit & 7);
        reader.add(viewOf(data), 0, data.length, LINK_TYPE.raw, timeMs);
      }
      reader.finish();
      expect(given.open.size).toBe(0);
      expect(reader.counts.packets).toBe(steps.length);
    }),
    { numRuns: 1500 },
  );
});

function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed | 1;
  return items
    .map((item) => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
      return { item, at: state >>> 0 };
    })
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
