import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BIG,
  block,
  interfaceBlock,
  LITTLE,
  option,
  packetBlock,
  readAll,
  section,
  streamOf,
} from './captures.testing.ts';
import { bytes } from './frames.testing.ts';
import { CAPTURE_DAMAGES } from './index.ts';

const NOW = 1_700_000_000_123_456;

describe.each([
  ['little-endian', LITTLE],
  ['big-endian', BIG],
])('pcapng, %s', (_, order) => {
  const { u16, u32 } = order;
  const start = bytes(section(order), interfaceBlock(order, 1, option(order, 2, Buffer.from('eth0')), 96));

  test('packets in microseconds, and unknown blocks skipped', async () => {
    const file = bytes(
      start,
      block(order, 0xbad, [1, 2, 3, 4]),
      packetBlock(order, 0, NOW, [1, 2, 3]),
      block(order, 10, []),
    );
    const { facts, packets } = await readAll(streamOf(file, 5));
    expect(packets).toEqual([{ data: '010203', original: 103, timeMs: NOW / 1000, linkType: 1, interfaceId: 0 }]);
    expect(facts).toMatchObject({
      format: 'pcapng',
      byteOrder: order === BIG ? 'big' : 'little',
      sections: 1,
      damage: null,
    });
    expect(facts.interfaces).toMatchObject([{ linkType: 1, snapLength: 96, name: 'eth0', received: null }]);
  });

  test.each([
    ['nanoseconds', [9], NOW * 1000],
    ['milliseconds', [3], Math.floor(NOW / 1000)],
    ['units of 2^-20 seconds', [0x80 + 20], Math.round((NOW / 1e6) * 2 ** 20)],
  ])('time in %s', async (_name, resolution, time) => {
    const file = bytes(
      section(order),
      interfaceBlock(order, 1, option(order, 9, resolution)),
      packetBlock(order, 0, time, []),
    );
    expect(Math.abs((await readAll(streamOf(file))).packets[0]!.timeMs - NOW / 1000)).toBeLessThan(1);
  });

  test('an offset of time, before or after', async () => {
    const offset = (high: number, low: number) =>
      option(order, 14, order === BIG ? bytes(u32(high), u32(low)) : bytes(u32(low), u32(high)));
    const file = (options: Uint8Array) =>
      bytes(section(order), interfaceBlock(order, 1, options), packetBlock(order, 0, 5_000_000, []));
    expect((await readAll(streamOf(file(offset(0, 100))))).packets[0]!.timeMs).toBe(105_000);
    expect((await readAll(streamOf(file(offset(0xffff_ffff, 0xffff_fffe))))).packets[0]!.timeMs).toBe(3000);
  });

  test('simple packets have no time, and the snap length bounds them', async () => {
    const file = bytes(
      section(order),
      interfaceBlock(order, 101, [], 4),
      block(order, 3, bytes(u32(900), [1, 2, 3, 4])),
    );
    expect((await readAll(streamOf(file))).packets).toEqual([
      { data: '01020304', original: 900, timeMs: Number.NaN, linkType: 101, interfaceId: 0 },
    ]);
  });

  test('packets of the obsolete kind, with what was dropped before them', async () => {
    const packet = block(order, 2, bytes(u16(0), u16(7), u32(0), u32(2_000_000), u32(2), u32(60), [8, 9]));
    const { facts, packets } = await readAll(streamOf(bytes(start, packet)));
    expect(packets).toEqual([{ data: '0809', original: 60, timeMs: 2000, linkType: 1, interfaceId: 0 }]);
    expect(facts.interfaces[0]!.droppedBetween).toBe(7);
  });

  test('what interfaces received and dropped', async () => {
    const u64 = (value: number) => (order === BIG ? bytes(u32(0), u32(value)) : bytes(u32(value), u32(0)));
    const statistics = bytes(
      u32(0),
      u32(0),
      u32(0),
      option(order, 4, u64(1000)),
      option(order, 5, u64(3)),
      option(order, 7, u64(20)),
    );
    const packet = packetBlock(order, 0, 1, [1], option(order, 4, u64(2)));
    const { facts } = await readAll(streamOf(bytes(start, packet, packet, block(order, 5, statistics))));
    expect(facts.interfaces).toMatchObject([
      { received: 1000, droppedByInterface: 3, droppedBySystem: 20, droppedBetween: 4 },
    ]);
  });

  test('sections number their interfaces anew, in a byte order of their own', async () => {
    const other = order === BIG ? LITTLE : BIG;
    const file = bytes(
      start,
      interfaceBlock(order, 113),
      packetBlock(order, 1, 1, [1]),
      section(other),
      interfaceBlock(other, 101),
      packetBlock(other, 0, 2, [2]),
    );
    const { facts, packets } = await readAll(streamOf(file));
    expect(packets.map((p) => [p.data, p.linkType, p.interfaceId])).toEqual([
      ['01', 113, 1],
      ['02', 101, 2],
    ]);
    expect(facts).toMatchObject({ sections: 2, byteOrder: other === BIG ? 'big' : 'little', damage: null });
    expect(facts.interfaces.map((i) => i.linkType)).toEqual([1, 113, 101]);
  });

  test('a block of many megabytes that is not read is skipped without being kept', async () => {
    const file = Buffer.concat([start, block(order, 0xbad, new Uint8Array(3_000_000)), packetBlock(order, 0, 1, [5])]);
    const { facts, packets } = await readAll(streamOf(file));
    expect(packets.map((p) => p.data)).toEqual(['05']);
    expect(facts.damage).toBeNull();
  });

  const good = bytes(start, packetBlock(order, 0, 1, [1, 2, 3, 4]));
  test.each([
    ['record_too_large', bytes(u32(6), u32(0x7fff_fffc), new Uint8Array(40))],
    ['truncated', bytes(u32(0xbad), u32(0x7fff_fffc), new Uint8Array(40))],
    ['truncated', packetBlock(order, 0, 1, [1]).subarray(0, -1)],
    ['bad_block_length', bytes(u32(6), u32(4), new Uint8Array(40))],
    ['bad_block_length', bytes(u32(6), u32(33), new Uint8Array(40))],
    ['bad_block_length', bytes(packetBlock(order, 0, 1, [1, 2, 3, 4]).subarray(0, -4), u32(99))],
    ['bad_block_length', block(order, 6, bytes(u32(0), u32(0), u32(0), u32(5), u32(5), [1, 2, 3, 4]))],
    ['bad_block_length', block(order, 6, [])],
    ['bad_byte_order', block(order, 0x0a0d0d0a, new Uint8Array(16))],
    ['unsupported_version', block(order, 0x0a0d0d0a, bytes(u32(0x1a2b3c4d), u16(2), new Uint8Array(10)))],
    ['unknown_interface', packetBlock(order, 1, 1, [1])],
    ['unknown_interface', bytes(section(order), block(order, 3, bytes(u32(4), [1, 2, 3, 4])))],
  ])('%s is named, with its place, behind what is good', async (cause, tail) => {
    const { facts, packets } = await readAll(streamOf(bytes(good, tail)));
    expect(packets.map((p) => p.data)).toEqual(['01020304']);
    expect(facts.damage?.cause).toBe(cause);
    expect(facts.damage!.offset).toBeGreaterThanOrEqual(good.length);
  });

  test('flipped bits are damage at most', async () => {
    const bits = fc.array(fc.nat(good.length * 8 - 1), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(bits, async (flips) => {
        const data = good.slice();
        for (const bit of flips) data[bit >>> 3]! ^= 1 << (bit & 7);
        const { facts } = await readAll(streamOf(data, 64));
        if (facts.damage) expect(CAPTURE_DAMAGES).toContain(facts.damage.cause);
      }),
      { numRuns: 400 },
    );
  });
});
