/** Captures made to cost much: packed a thousandfold, of claimed lengths, of interfaces without end. Time and memory stay bounded. */
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  BIG,
  interfaceBlock,
  LITTLE,
  option,
  pcapHeader,
  pcapRecord,
  section,
  streamOf,
} from '../src/packet/captures.testing.ts';
import { bytes, DNS, ethernet } from '../src/packet/frames.testing.ts';
import { type Reading, readCapture } from './fuzz-captures.testing.ts';

const MIB = 1 << 20;
const UNPACKED = 192 * MIB;
const MOST_GROWTH = 128 * MIB;

/** The bytes, and behind them `piece` again and again until there are `length`, packed. */
async function* bomb(head: Uint8Array, piece: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  const packed = createGzip({ level: 1 });
  const pieces = Buffer.concat(new Array(Math.max(1, Math.floor(MIB / piece.length))).fill(piece));
  const feed = async () => {
    packed.write(head);
    for (let at = 0; at < length; at += pieces.length) {
      if (!packed.write(pieces)) await new Promise((resolve) => packed.once('drain', resolve));
    }
    packed.end();
  };
  const fed = feed();
  yield* packed;
  await fed;
}

/** Reads it with the time that it took and what the process grew by meanwhile. */
async function costOf(source: AsyncIterable<Uint8Array>): Promise<{ reading: Reading; ms: number; growth: number }> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const start = performance.now();
  const reading = await readCapture(source).finally(() => clearInterval(watch));
  return { reading, ms: performance.now() - start, growth: most - before };
}

const PCAP = pcapHeader(LITTLE, 0xa1b2c3d4);
const FRAME = ethernet(0x0800, DNS);
const RECORD = pcapRecord(LITTLE, 1_700_000_000, 0, FRAME);
const PCAPNG = bytes(section(BIG), interfaceBlock(BIG, 1));
const ZEROS = new Uint8Array(MIB);
const HUGE = [0xff, 0xff, 0xff, 0xfc];

describe('packed a thousandfold', () => {
  test.each([
    ['zeros', new Uint8Array(0), 'not_a_capture', 0],
    ['zeros behind a record', bytes(PCAP, RECORD), 'never_written', 1],
    ['a record of 4 GB', bytes(PCAP, RECORD, new Uint8Array(8), HUGE, HUGE), 'record_too_large', 1],
    ['a packet block of 4 GB', bytes(PCAPNG, [0, 0, 0, 6], HUGE), 'record_too_large', 0],
  ])('%s: nothing is unpacked for it that is not needed', async (_, head, cause, packets) => {
    const { reading, ms, growth } = await costOf(bomb(head, ZEROS, UNPACKED));
    expect([reading.damage?.cause, reading.packets.length]).toEqual([cause, packets]);
    expect(ms).toBeLessThan(5_000);
    expect(growth).toBeLessThan(MOST_GROWTH);
  });

  test('a block of 4 GB that nobody reads is passed over, and keeps nothing', async () => {
    const { reading, ms, growth } = await costOf(bomb(bytes(PCAPNG, [0, 0, 0x0b, 0xad], HUGE), ZEROS, UNPACKED));
    expect(reading.damage?.cause).toBe('truncated');
    expect(ms).toBeLessThan(20_000);
    expect(growth).toBeLessThan(MOST_GROWTH);
  });

  test('as many packets as fit are all metered', async () => {
    const copies = 16 * Math.floor(MIB / RECORD.length);
    const { reading, growth } = await costOf(bomb(PCAP, RECORD, copies * RECORD.length));
    expect(reading.damage).toBeNull();
    expect([reading.packets.length, reading.packetsInFlows]).toEqual([copies, reading.packetsMetered]);
    expect(growth).toBeLessThan(2 * MOST_GROWTH);
  });

  test('what was packed twice is not unpacked twice', async () => {
    const { reading } = await costOf(streamOf(gzipSync(gzipSync(bytes(PCAP, RECORD)))));
    expect(reading.damage).toEqual({ cause: 'not_a_capture', offset: 0 });
  });

  test('a hundred thousand empty members before the capture', async () => {
    const empty = gzipSync(new Uint8Array(0));
    const members = Buffer.concat([...new Array(100_000).fill(empty), gzipSync(bytes(PCAP, RECORD))]);
    const { reading, ms, growth } = await costOf(streamOf(members));
    expect([reading.damage, reading.packets.length]).toEqual([null, 1]);
    expect(ms).toBeLessThan(20_000);
    expect(growth).toBeLessThan(MOST_GROWTH);
  });
});

describe('interfaces without end', () => {
  test.each([
    ['file headers of pcap', PCAP, PCAP],
    [
      'interface blocks with long names',
      section(BIG),
      interfaceBlock(BIG, 1, option(BIG, 2, new Uint8Array(2_000).fill(65))),
    ],
    ['sections', PCAPNG, PCAPNG],
  ])('%s', async (_, head, piece) => {
    const { reading, ms, growth } = await costOf(bomb(head, piece, UNPACKED));
    expect(reading.damage?.cause).toBe('too_many_interfaces');
    expect(reading.interfaces).toBe(65_536);
    expect(ms).toBeLessThan(20_000);
    expect(growth).toBeLessThan(MOST_GROWTH);
  });
});
