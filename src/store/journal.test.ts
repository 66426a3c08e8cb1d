import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type JournalDatagram, JournalReader, readDatagram } from './journal-reader.ts';
import { JournalWriter } from './journal-writer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SOURCE = Uint32Array.from([9, 9, 0, 0, 0xffff, 0xc0000201]);

/** A file with three blocks of 1, 2 and 3 datagrams; datagram n has n + 1 bytes of value n. Returns its path and bytes. */
function write(state: unknown = { a: 1 }): { path: string; bytes: Buffer; offsets: number[] } {
  const writer = new JournalWriter(folder, 0);
  writer.rotate(1, 5000, state);
  const offsets: number[] = [];
  let n = 0;
  for (let block = 1; block <= 3; block++) {
    offsets.push(writer.offset);
    writer.beginBlock(5000 + block);
    for (let i = 0; i < block; i++, n++)
      expect(writer.add(SOURCE, 2, 2000 + n, new Uint8Array(n + 1).fill(n), 0, n + 1)).toBe(true);
    writer.endBlock(block * 10);
  }
  writer.flush(6000);
  offsets.push(writer.offset);
  writer.close();
  const path = join(folder, writer.file);
  return { path, bytes: readFileSync(path), offsets };
}

function read(path: string) {
  const reader = new JournalReader(path);
  const source = new Uint32Array(4);
  const d: JournalDatagram = { at: 0, length: 0, port: 0, next: 0 };
  const datagrams: { port: number; source: number; length: number; value: number; receivedMs: number }[] = [];
  let drops = 0;
  for (let block = reader.next(); block; block = reader.next()) {
    drops += block.kernelDrops;
    for (let i = 0, at = block.at; i < block.datagrams && readDatagram(block, at, source, d); i++, at = d.next) {
      datagrams.push({
        port: d.port,
        source: source[3]!,
        length: d.length,
        value: block.bytes[d.at]!,
        receivedMs: block.receivedMs,
      });
    }
  }
  reader.close();
  return { datagrams, drops, end: reader.end, damaged: reader.damaged, header: reader.header };
}

describe('a journal file', () => {
  test('gives back what was written, with the state it began with', () => {
    const { path } = write({ streams: [['x', 1]] });
    const found = read(path);
    expect(found.datagrams.map((d) => [d.port, d.source, d.length, d.value])).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => [2000 + n, 0xc0000201, n + 1, n]),
    );
    expect(found).toMatchObject({
      drops: 60,
      end: { kind: 'end' },
      damaged: [],
      header: { thread: 0, createdMs: 5000, state: { streams: [['x', 1]] } },
    });
  });

  test('cut at every length gives its whole blocks and never more', () => {
    const { path, bytes, offsets } = write();
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      const whole = offsets.slice(1).filter((end) => end <= length).length;
      const found = read(path);
      expect(found.datagrams, `length ${length}`).toHaveLength([0, 1, 3, 6][whole]!);
      expect(found.end.kind, `length ${length}`).toBe(offsets.includes(length) ? 'end' : 'torn');
    }
  });

  test('with a flipped bit anywhere loses at most the block that has it, and says so', () => {
    const { path, bytes, offsets } = write();
    for (let at = offsets[0]!; at < bytes.length; at++) {
      const broken = Buffer.from(bytes);
      broken[at] = broken[at]! ^ 1;
      writeFileSync(path, broken);
      const found = read(path);
      const hit = offsets.findIndex((end, i) => i > 0 && at < end);
      expect(found.datagrams, `byte ${at}`).toHaveLength(6 - hit);
      expect(found.damaged.length + (found.end.kind === 'end' ? 0 : 1), `byte ${at}`).toBe(1);
    }
  });

  test('with garbage for a header is named as damaged', () => {
    const path = join(folder, '0000000009-t0.journal');
    writeFileSync(path, Buffer.alloc(4096, 7));
    expect(read(path)).toMatchObject({ header: null, end: { kind: 'damaged' } });
  });

  test('whose lengths are hostile is read in bounded memory', () => {
    const { path, bytes, offsets } = write();
    const broken = Buffer.from(bytes);
    broken.writeUInt32LE(0xffff_fff0, offsets[1]! + 4);
    writeFileSync(path, broken);
    expect(read(path).datagrams).toHaveLength(4);
  });
});

describe('a disk that refuses', () => {
  test('is counted, and the writer goes on when it can', () => {
    const writer = new JournalWriter(join(folder, 'missing'), 0);
    writer.rotate(1, 0, {});
    expect(writer.healthy).toBe(false);
    writer.beginBlock(1);
    writer.add(SOURCE, 2, 1, new Uint8Array(10), 0, 10);
    writer.endBlock(0);
    writer.flush(1);
    expect(writer).toMatchObject({ failed: 1, failure: { code: 'system' } });
  });
});
