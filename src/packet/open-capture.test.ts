import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BIG, LITTLE, pcapHeader, pcapRecord, readAll, streamOf } from './captures.testing.ts';
import { bytes } from './frames.testing.ts';
import { CAPTURE_DAMAGES, openCapture } from './index.ts';

const MICRO = 0xa1b2c3d4;
const NANO = 0xa1b23c4d;
const TWO = bytes(
  pcapHeader(LITTLE, MICRO),
  pcapRecord(LITTLE, 1_700_000_000, 123_456, [1, 2, 3], 1500),
  pcapRecord(LITTLE, 1_700_000_001, 0, [4]),
);

describe('pcap', () => {
  test.each([
    ['little-endian, microseconds', LITTLE, MICRO, 123_456],
    ['big-endian, microseconds', BIG, MICRO, 123_456],
    ['little-endian, nanoseconds', LITTLE, NANO, 123_456_000],
    ['big-endian, nanoseconds', BIG, NANO, 123_456_000],
  ])('%s', async (_, order, magic, fraction) => {
    const file = bytes(
      pcapHeader(order, magic, 101),
      pcapRecord(order, 1_700_000_000, fraction, [0x45, 2, 3], 1500),
      pcapRecord(order, 4_000_000_000, 0, []),
    );
    const { facts, packets } = await readAll(streamOf(file));
    expect(packets).toEqual([
      {
        data: '450203',
        original: 1500,
        timeMs: expect.closeTo(1_700_000_000_123.456, 3),
        linkType: 101,
        interfaceId: 0,
      },
      { data: '', original: 0, timeMs: 4_000_000_000_000, linkType: 101, interfaceId: 0 },
    ]);
    expect(facts).toMatchObject({
      format: 'pcap',
      byteOrder: order === BIG ? 'big' : 'little',
      packets: 2,
      damage: null,
    });
    expect(facts.interfaces).toMatchObject([{ linkType: 101, snapLength: 65_535 }]);
  });

  test('the modified form, whose record headers are longer', async () => {
    const header = pcapRecord(LITTLE, 1, 500_000, [1, 2]).subarray(0, 16);
    const record = bytes(header, LITTLE.u32(3), LITTLE.u16(8), 0, 0, [1, 2]);
    const { packets } = await readAll(streamOf(bytes(pcapHeader(LITTLE, 0xa1b2cd34), record, record)));
    expect(packets.map((p) => [p.data, p.timeMs])).toEqual([
      ['0102', 1500],
      ['0102', 1500],
    ]);
  });

  test('a checksum length beside the link type does not change it', async () => {
    const { packets } = await readAll(
      streamOf(bytes(pcapHeader(LITTLE, MICRO, 0x4400_0001), pcapRecord(LITTLE, 1, 1, [1]))),
    );
    expect(packets[0]!.linkType).toBe(1);
  });
});

describe('pcap files one behind the other, as cat makes them of several', () => {
  const more = bytes(pcapHeader(BIG, NANO, 101), pcapRecord(BIG, 5, 7_000_000, [9, 9], 60));

  test('are read on, each with its byte order, unit of time and link type', async () => {
    for (const size of [1, 7, 65_536]) {
      const { facts, packets } = await readAll(streamOf(bytes(TWO, more, TWO), size));
      expect(packets.map((p) => [p.data, p.original, p.timeMs, p.linkType, p.interfaceId])).toEqual([
        ['010203', 1500, expect.closeTo(1_700_000_000_123.456, 3), 1, 0],
        ['04', 1, 1_700_000_001_000, 1, 0],
        ['0909', 60, 5007, 101, 1],
        ['010203', 1500, expect.closeTo(1_700_000_000_123.456, 3), 1, 2],
        ['04', 1, 1_700_000_001_000, 1, 2],
      ]);
      expect(facts).toMatchObject({ sections: 3, byteOrder: 'little', damage: null });
      expect(facts.interfaces.map((i) => i.linkType)).toEqual([1, 101, 1]);
    }
  });

  test('packed each by itself, or all together, likewise', async () => {
    for (const packed of [bytes(gzipSync(TWO), gzipSync(more)), gzipSync(bytes(TWO, more))]) {
      expect((await readAll(streamOf(packed))).facts).toMatchObject({ packets: 3, sections: 2, damage: null });
    }
  });

  test('a file header that is cut is damage', async () => {
    const { facts } = await readAll(streamOf(bytes(TWO, more.subarray(0, 20))));
    expect(facts).toMatchObject({ packets: 2, damage: { cause: 'truncated', offset: TWO.length } });
  });

  test('file headers without end are bounded', async () => {
    const headers = Buffer.concat(new Array(70_000).fill(pcapHeader(LITTLE, MICRO)));
    const { facts } = await readAll(streamOf(headers));
    expect(facts.interfaces).toHaveLength(65_536);
    expect(facts.damage).toEqual({ cause: 'too_many_interfaces', offset: 65_536 * 24 });
  });
});

describe('streams and files', () => {
  test('pieces of any size give the same packets', async () => {
    const whole = await readAll(streamOf(TWO));
    for (const size of [1, 2, 3, 7, 23, 24, 25]) {
      expect(await readAll(streamOf(TWO, size))).toEqual(whole);
      expect((await readAll(streamOf(gzipSync(TWO), size))).packets).toEqual(whole.packets);
    }
  });

  test('a gzip of several members, from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-capture-'));
    try {
      const path = join(folder, 'two.pcap.gz');
      writeFileSync(path, bytes(gzipSync(TWO.subarray(0, 30)), gzipSync(TWO.subarray(30))));
      const { facts, packets } = await readAll(path);
      expect(facts).toMatchObject({ gzip: true, packets: 2, damage: null });
      expect(packets).toHaveLength(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('many packets come in several chunks, with all of them', async () => {
    const records = Array.from({ length: 100_000 }, (_, i) => pcapRecord(LITTLE, i, 0, [i & 255, 1, 2, 3, 4, 5, 6, 7]));
    const file = Buffer.concat([pcapHeader(LITTLE, MICRO), ...records]);
    const reader = openCapture(streamOf(file, 1_000_000));
    let next = 0;
    let chunks = 0;
    for await (const chunk of reader) {
      chunks++;
      for (let i = 0; i < chunk.count; i++, next++) {
        if (chunk.timeMs[i] !== next * 1000 || chunk.view.getUint8(chunk.at[i]!) !== (next & 255))
          throw new Error(`${next}`);
      }
    }
    expect([next, reader.facts.packets]).toEqual([100_000, 100_000]);
    expect(chunks).toBeGreaterThan(20);
  });

  test('a file that is not there is an error with its name', async () => {
    await expect(readAll('/nonexistent/a.pcap')).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('/nonexistent/a.pcap'),
    });
  });

  test('a folder is an error, not damage', async () => {
    await expect(readAll(tmpdir())).rejects.toMatchObject({ code: 'system' });
  });

  test('who stops early lets go of the source', async () => {
    let closed = false;
    async function* source() {
      try {
        for (;;) yield TWO;
      } finally {
        closed = true;
      }
    }
    for await (const _ of openCapture(source())) break;
    expect(closed).toBe(true);
  });
});

describe('damage', () => {
  test.each([
    ['no bytes', new Uint8Array(0)],
    ['text', Buffer.from('date,src,dst,bytes\n1,2,3,4\n')],
    ['text in gzip', gzipSync('date,src,dst,bytes\n1,2,3,4\n')],
    ['three bytes', bytes(0xd4, 0xc3, 0xb2)],
  ])('%s: not a capture', async (_, data) => {
    const { facts, packets } = await readAll(streamOf(data));
    expect(packets).toEqual([]);
    expect(facts).toMatchObject({ format: 'unknown', damage: { cause: 'not_a_capture', offset: 0 } });
  });

  test('a cut file gives its whole records and the offset of the cut one', async () => {
    for (let length = 24; length < TWO.length; length++) {
      const { facts, packets } = await readAll(streamOf(TWO.subarray(0, length), 11));
      const whole = length < 43 ? 0 : 1;
      expect(packets).toHaveLength(whole);
      expect(facts.damage).toEqual(
        length === 24 || length === 43 ? null : { cause: 'truncated', offset: whole ? 43 : 24 },
      );
    }
  });

  test('zeros where a record should be are no packets', async () => {
    for (const zeros of [16, 24, 4096, 3_000_000]) {
      const { facts } = await readAll(streamOf(bytes(TWO, new Uint8Array(zeros))));
      expect(facts).toMatchObject({ packets: 2, damage: { cause: 'never_written', offset: TWO.length } });
    }
  });

  test('a record that claims 4 GB ends the reading, and sizes nothing', async () => {
    const file = bytes(
      TWO,
      LITTLE.u32(1),
      LITTLE.u32(1),
      LITTLE.u32(0xffff_fff0),
      LITTLE.u32(0xffff_fff0),
      new Uint8Array(500),
    );
    const { facts, packets } = await readAll(streamOf(file));
    expect(packets).toHaveLength(2);
    expect(facts.damage).toEqual({ cause: 'record_too_large', offset: TWO.length });
  });

  test('gzip that is cut, with a wrong checksum or with noise in it gives what is before', async () => {
    const noise = Uint8Array.from({ length: 200_000 }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 13) & 255);
    const records = Array.from({ length: 200 }, (_, i) =>
      pcapRecord(LITTLE, i, 0, noise.subarray(i * 1000, i * 1000 + 1000)),
    );
    const packed = gzipSync(Buffer.concat([pcapHeader(LITTLE, MICRO), ...records]));

    const cut = await readAll(streamOf(packed.subarray(0, -4)));
    expect(cut.facts).toMatchObject({ packets: 200, damage: { cause: 'bad_compression' } });

    const wrong = packed.slice();
    wrong[wrong.length - 6]! ^= 1;
    expect((await readAll(streamOf(wrong))).facts).toMatchObject({
      packets: 200,
      damage: { cause: 'bad_compression' },
    });

    const half = await readAll(streamOf(packed.subarray(0, packed.length / 2)));
    expect(half.facts.damage).toMatchObject({ cause: 'bad_compression' });
    expect(half.facts.packets).toBeGreaterThan(60);
    expect(half.packets[50]!.data).toBe(Buffer.from(noise.subarray(50_000, 51_000)).toString('hex'));
  });

  test('flipped bits and bytes at random are damage at most', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(TWO.length * 8 - 1), { maxLength: 6 }),
        fc.uint8Array({ maxLength: 60 }),
        async (bits, tail) => {
          const data = bytes(TWO, tail);
          for (const bit of bits) data[bit >>> 3]! ^= 1 << (bit & 7);
          const { facts } = await readAll(streamOf(data, 16));
          if (facts.damage) expect(CAPTURE_DAMAGES).toContain(facts.damage.cause);
        },
      ),
      { numRuns: 500 },
    );
  });
});
