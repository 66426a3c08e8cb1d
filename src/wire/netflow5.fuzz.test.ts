import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allColumnNames, cellOf, columnOf, FlowBatch, parseAddress, physicalOf } from '../flow/index.ts';
import {
  DECODE_ERRORS,
  encodeNetflow5,
  NETFLOW5_SHAPE,
  type Netflow5Record,
  Netflow5Writer,
  newFlowContext,
  newNetflow5Header,
  readNetflow5Header,
} from './index.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const UPTIME = 2 ** 32 + 864_000_000;
const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);

const record: fc.Arbitrary<Netflow5Record> = fc
  .record({
    src: u32,
    dst: u32,
    nextHop: u32,
    inIf: u16,
    outIf: u16,
    packets: u32,
    bytes: u32,
    age: fc.nat(86_000_000),
    duration: fc.nat(1_000_000_000),
    srcPort: u16,
    dstPort: u16,
    tcpFlags: u8,
    protocol: u8,
    tos: u8,
    srcAs: u16,
    dstAs: u16,
    srcMask: u8,
    dstMask: u8,
  })
  .map(({ age, duration, ...rest }) => ({ ...rest, startMs: NOW - age - duration, endMs: NOW - age }));

/** Every byte of every column of the shape, by row, to see what was written where. */
function image(batch: FlowBatch, from: number, to: number): string {
  return NETFLOW5_SHAPE.flatMap((name) => physicalOf(columnOf(name)))
    .map((p) => {
      const width = p.word === 'u64' ? 2 : 1;
      return `${p.name} ${batch
        .array(p.name)
        ?.slice(from * width, to * width)
        .join(',')}`;
    })
    .join('\n');
}

/** A batch whose every byte is one that no record has put there. */
function usedBatch(capacity: number, byte = 0xa5): FlowBatch {
  const batch = new FlowBatch(capacity, allColumnNames);
  for (const p of allColumnNames.flatMap((name) => physicalOf(columnOf(name)))) {
    const bytes = batch.array(p.name)!;
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).fill(byte);
  }
  return batch;
}

function decodeAt(batch: FlowBatch, bytes: Uint8Array, row: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = newNetflow5Header();
  const cause = readNetflow5Header(view, 0, bytes.length, header);
  const context = { ...newFlowContext(), receivedMs: NOW };
  return { cause, header, written: new Netflow5Writer(batch).decode(view, 0, header, row, context) };
}

const head = { exportMs: NOW, bootMs: NOW - UPTIME, sequence: 0 };

describe('NetFlow v5, any bytes', () => {
  const whole = encodeNetflow5(fc.sample(record, { numRuns: 4, seed: 1 }), head).datagrams[0]!;

  it('every truncation keeps the whole records and writes no other row', () => {
    for (let length = 0; length <= whole.length; length++) {
      const batch = usedBatch(8);
      const before = image(batch, 0, 8);
      // The rest of the datagram is there behind `length`, as in a receiver's slot: it must not be read as records.
      const { cause, written } = decodeAt(batch, whole.subarray(0, length), 2);
      expect(cause).toBe(length < 24 ? 'too_short' : length < whole.length ? 'truncated' : null);
      expect(written).toBe(length < 24 ? 0 : Math.floor((length - 24) / 48));
      expect(image(batch, 0, 2)).toBe(image(usedBatch(8), 0, 2));
      expect(image(batch, 2 + written, 8)).toBe(image(usedBatch(8), 2 + written, 8));
      if (written === 0) expect(image(batch, 0, 8)).toBe(before);
    }
  });

  it('a flipped bit neither throws nor writes beyond the rows that it announces', () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bytes = whole.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const batch = usedBatch(6);
      const { cause, header, written } = decodeAt(batch, bytes, 1);
      expect(cause === null || DECODE_ERRORS.includes(cause)).toBe(true);
      expect(written).toBe(header.wholeRecords);
      expect(image(batch, 1 + written, 6)).toBe(image(usedBatch(6), 1 + written, 6));
    }
  });

  it('random bytes with the right version', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 0, max: 5 }), (bytes, row) => {
        if (bytes.length > 1) bytes.set([0, 5]);
        const batch = usedBatch(4);
        const { header, written } = decodeAt(batch, bytes, row);
        expect(written).toBe(Math.min(header.wholeRecords, Math.max(0, 4 - row)));
        for (let r = row; r < row + written; r++) {
          const time = cellOf(batch, columnOf('time'), r) as number;
          expect(Math.abs(time - NOW)).toBeLessThanOrEqual(86_400_000);
          const [start, end] = ['start', 'end'].map((name) => cellOf(batch, columnOf(name), r) as number);
          expect(start).toBeLessThanOrEqual(end!);
        }
      }),
    );
  });

  it('every column of the shape is written in every row', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 30 }), (records) => {
        const bytes = encodeNetflow5(records, head).datagrams[0]!;
        const [a, b] = [usedBatch(30, 0x00), usedBatch(30, 0xff)];
        decodeAt(a, bytes, 0);
        decodeAt(b, bytes, 0);
        expect(image(a, 0, records.length)).toBe(image(b, 0, records.length));
      }),
    );
  });

  it('what is encoded is decoded', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 70 }), (records) => {
        const batch = usedBatch(70);
        let row = 0;
        for (const bytes of encodeNetflow5(records, head).datagrams) row += decodeAt(batch, bytes, row).written;
        expect(row).toBe(records.length);
        records.forEach((r, i) => {
          const of = (name: string) => cellOf(batch, columnOf(name), i);
          const icmp = r.protocol === 1 || r.protocol === 58;
          const known = (n: number | undefined) => (n === 0 ? null : n);
          expect([of('start'), of('end'), of('time'), of('received')]).toEqual([r.startMs, r.endMs, r.endMs, NOW]);
          expect([
            of('raw_packets'),
            of('raw_bytes'),
            of('protocol'),
            of('tcp_flags'),
            of('tos'),
            of('src_port'),
          ]).toEqual([r.packets, r.bytes, r.protocol, r.tcpFlags, r.tos, r.srcPort]);
          expect([of('src_addr'), of('dst_addr')].map((a) => parseAddress(a as string)![3])).toEqual([r.src, r.dst]);
          expect(of('dst_port')).toBe(icmp ? 0 : r.dstPort);
          expect(['in_if', 'out_if', 'src_as', 'dst_as', 'src_mask', 'dst_mask'].map(of)).toEqual(
            [r.inIf, r.outIf, r.srcAs, r.dstAs, r.srcMask, r.dstMask].map(known),
          );
        });
      }),
    );
  });
});
