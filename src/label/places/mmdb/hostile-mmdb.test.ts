import { describe, expect, it } from 'vitest';
import { readMmdb } from './read-mmdb.ts';

/** Values of the format by hand (https://maxmind.github.io/MaxMind-DB/): a file of a tree of IPv4 and a data section of one's choice. */
const text = (value: string) => Buffer.concat([Buffer.from([0x40 | value.length]), Buffer.from(value)]);
const u32 = (value: number) =>
  Buffer.from([0xc4, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
const u16 = (value: number) => Buffer.from([0xa2, value >>> 8, value & 255]);
const map = (...entries: readonly (readonly [string, Buffer])[]) =>
  Buffer.concat([Buffer.from([0xe0 | entries.length]), ...entries.flatMap(([key, value]) => [text(key), value])]);
/** A pointer of four bytes. */
const pointer = (to: number) => Buffer.from([0x38, to >>> 24, (to >>> 16) & 255, (to >>> 8) & 255, to & 255]);

interface Made {
  /** Left and right record of each node, as the format has them. */
  readonly nodes: readonly (readonly [number, number])[];
  readonly data: Buffer;
  readonly nodeCount?: Buffer;
}

function mmdb({ nodes, data, nodeCount = u32(nodes.length) }: Made): Buffer {
  const tree = Buffer.alloc(8 * nodes.length);
  nodes.forEach(([left, right], i) => {
    tree.writeUInt32BE(left, 8 * i);
    tree.writeUInt32BE(right, 8 * i + 4);
  });
  const metadata = map(
    ['binary_format_major_version', u16(2)],
    ['node_count', nodeCount],
    ['record_size', u16(32)],
    ['ip_version', u16(4)],
    ['database_type', text('Made-ASN')],
  );
  return Buffer.concat([tree, Buffer.alloc(16), data, Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'), metadata]);
}

/** Both halves of all addresses lead to the record at this offset. */
const leadingTo = (offset: number, data: Buffer) => mmdb({ nodes: [[1 + 16 + offset, 1 + 16 + offset]], data });
const SYSTEM = map(['asn', u32(3_320)]);

describe('a MaxMind DB file that was made to do harm', () => {
  it('is not what these are: one by hand is read', () => {
    const read = readMmdb(leadingTo(0, SYSTEM));
    expect(read).toMatchObject({ autonomousSystems: { ipv4: { length: 1 } }, skipped: {}, cutShort: null });
  });

  it('says nothing of reserved systems, and counts them', () => {
    const reserved = map(['asn', u32(23_456)], ['country', text('DE')]);
    expect(readMmdb(leadingTo(0, reserved))).toMatchObject({
      autonomousSystems: null,
      countries: expect.anything(),
      skipped: { 'networks of a reserved system': 2 },
    });
  });

  const deep = (levels: number) =>
    Array.from({ length: levels }).reduce<Buffer>((inside) => map(['asn', inside]), u32(1));
  const cases: readonly (readonly [string, Buffer, RegExp])[] = [
    ['a pointer to itself', leadingTo(0, pointer(0)), /more than 32 deep/],
    ['two pointers to each other', leadingTo(0, Buffer.concat([pointer(5), pointer(0)])), /more than 32 deep/],
    ['a pointer behind the end', leadingTo(0, map(['asn', pointer(5_000)])), /leads behind the end of the data/],
    ['a pointer that is not wanted, behind the end', leadingTo(0, map(['x', pointer(5_000)])), /behind the end/],
    ['a record behind the end', leadingTo(9_999, SYSTEM), /lies behind the end of the data/],
    ['maps that lie too deep', leadingTo(0, map(['x', deep(40)])), /more than 32 deep/],
    [
      'a map that claims 16 million entries',
      leadingTo(0, Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff])])),
      /goes on behind the end/,
    ],
    [
      'a text that claims more than there is',
      leadingTo(0, Buffer.from([0xe1, 0x43, 0x61, 0x73, 0x6e, 0x5f, 0xff, 0xff, 0xff])),
      /goes on behind the end/,
    ],
    ['a key that is a number', leadingTo(0, Buffer.concat([Buffer.from([0xe1]), u16(1), u16(1)])), /not a text/],
    ['an unknown type', leadingTo(0, map(['x', Buffer.from([0x01, 0x09])])), /a value has the type 16/],
    [
      'fewer than no nodes',
      mmdb({ nodes: [[17, 17]], data: SYSTEM, nodeCount: Buffer.from([0x04, 0x01, 255, 255, 255, 255]) }),
      /no number node_count/,
    ],
    [
      'a fraction of a node',
      mmdb({ nodes: [[17, 17]], data: SYSTEM, nodeCount: Buffer.from([0x68, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]) }),
      /no number node_count/,
    ],
    [
      'a tree that leads back to its root',
      mmdb({ nodes: [[0, 0]], data: SYSTEM }),
      /in circles|deeper than an address/,
    ],
    [
      'more nodes than bytes',
      mmdb({ nodes: [[17, 17]], data: SYSTEM, nodeCount: u32(1_000_000) }),
      /larger than the file/,
    ],
  ];
  it.each(cases)('with %s is refused', (_, file, reason) => {
    expect(readMmdb(file)).toEqual({ refused: expect.stringMatching(reason) });
  });

  it('whose records all lead to one of many values is refused before they are all looked at', () => {
    // 4,096 networks with a pointer each to a map that holds 65,821 numbers: 270 million values in 150 kB.
    const networks = 4_096;
    const inner = networks - 1;
    const child = (n: number) => (n < inner ? n : inner + 16 + 5 * (n - inner));
    const nodes = Array.from({ length: inner }, (_, i): [number, number] => [child(2 * i + 1), child(2 * i + 2)]);
    const numbers = Buffer.concat([Buffer.from([0x1f, 0x04, 0, 0, 0]), Buffer.alloc(2 * 65_821, Buffer.from([0, 7]))]);
    const data = Buffer.concat([...Array.from({ length: networks }, () => pointer(5 * networks)), map(['x', numbers])]);
    const began = process.cpuUsage();
    expect(readMmdb(mmdb({ nodes, data }))).toEqual({
      refused: 'its records have more values than their bytes can hold',
    });
    expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
  });
});
