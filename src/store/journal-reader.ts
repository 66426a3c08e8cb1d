import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  BLOCK_HEADER,
  BLOCK_MAGIC,
  BLOCK_PROLOGUE,
  DATAGRAM_HEADER,
  FILE_MAGIC,
  FILE_PROLOGUE,
  type JournalFileHeader,
  MAX_BLOCK,
} from './journal-format.ts';

/** One block of a journal, valid until the next is read. */
export interface JournalBlock {
  readonly offset: number;
  readonly end: number;
  readonly receivedMs: number;
  readonly datagrams: number;
  readonly kernelDrops: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the first datagram stands in `bytes`. */
  readonly at: number;
}

/** How reading ended: at the end, in a tail that a crash tore off, or in bytes that are damaged. */
export type JournalEnd =
  | { readonly kind: 'end' }
  | { readonly kind: 'torn' | 'damaged'; readonly offset: number; readonly reason: string };

const GARBLED = 'block checksum does not match';

/**
 * Reads a journal file block by block; memory is one block. A torn tail (the file ends within a block) is what a crash leaves and
 * is cut off; anything else that does not fit is damage. After damage in the middle of the file the reader looks
 * for the next whole block, so that the rest is not lost with it.
 */
export class JournalReader {
  private readonly fd: number;
  readonly size: number;
  readonly header: JournalFileHeader | null;
  /** Offset of the first block. */
  readonly start: number;
  private position: number;
  private body = Buffer.allocUnsafeSlow(1 << 20);
  private readonly prologue = Buffer.alloc(BLOCK_PROLOGUE);
  end: JournalEnd = { kind: 'end' };
  /** Damaged stretches that were passed over. */
  readonly damaged: { from: number; to: number; reason: string }[] = [];

  constructor(path: string) {
    this.fd = openSync(path, 'r');
    this.size = fstatSync(this.fd).size;
    this.header = this.readHeader();
    this.start = this.position = this.header ? this.headerEnd : 0;
    if (!this.header)
      this.end = {
        kind: this.headerEnd > this.size ? 'torn' : 'damaged',
        offset: 0,
        reason: 'file header is not readable',
      };
  }
  private headerEnd = FILE_PROLOGUE;

  private readHeader(): JournalFileHeader | null {
    const head = Buffer.alloc(FILE_PROLOGUE);
    if (readSync(this.fd, head, 0, FILE_PROLOGUE, 0) < FILE_PROLOGUE || head.toString('latin1', 0, 8) !== FILE_MAGIC)
      return null;
    const length = head.readUInt32LE(8);
    if (length > MAX_BLOCK) return null;
    this.headerEnd = FILE_PROLOGUE + length;
    if (this.headerEnd > this.size) return null;
    const json = Buffer.alloc(length);
    readSync(this.fd, json, 0, length, FILE_PROLOGUE);
    if (crc32(json) !== head.readUInt32LE(12)) return null;
    return JSON.parse(json.toString()) as JournalFileHeader;
  }

  /** The next whole block, or null at the end (see `end`). */
  next(): JournalBlock | null {
    if (!this.header) return null;
    while (this.position < this.size) {
      const at = this.position;
      const problem = this.load(at);
      if (problem === null) {
        const view = new DataView(this.body.buffer, this.body.byteOffset, this.length);
        this.position = at + BLOCK_PROLOGUE + this.length;
        return {
          offset: at,
          end: this.position,
          receivedMs: view.getFloat64(0, true),
          datagrams: view.getUint32(8, true),
          kernelDrops: view.getUint32(12, true),
          bytes: this.body.subarray(0, this.length),
          view,
          at: BLOCK_HEADER,
        };
      }
      const resume = this.seek(at + 1);
      if (resume < 0) {
        this.end = { kind: problem === GARBLED ? 'damaged' : 'torn', offset: at, reason: problem };
        this.position = this.size;
        return null;
      }
      this.damaged.push({ from: at, to: resume, reason: problem });
      this.position = resume;
    }
    return null;
  }
  private length = 0;

  /** Reads the block at `at` into `body`; null, or why it is none. */
  private load(at: number): string | null {
    if (readSync(this.fd, this.prologue, 0, BLOCK_PROLOGUE, at) < BLOCK_PROLOGUE) return 'file ends within a block';
    if (this.prologue.readUInt32LE(0) !== BLOCK_MAGIC) return 'no block begins here';
    const length = this.prologue.readUInt32LE(4);
    if (length > MAX_BLOCK || length < BLOCK_HEADER) return 'block length is impossible';
    if (at + BLOCK_PROLOGUE + length > this.size) return 'file ends within a block';
    if (length > this.body.length) this.body = Buffer.allocUnsafeSlow(length);
    readSync(this.fd, this.body, 0, length, at + BLOCK_PROLOGUE);
    if (crc32(this.body.subarray(0, length)) !== this.prologue.readUInt32LE(8)) return GARBLED;
    this.length = length;
    return null;
  }

  /** Offset of the next place from `from` on where a whole block stands; -1 when there is none. */
  private seek(from: number): number {
    const window = Buffer.allocUnsafe(1 << 20);
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(BLOCK_MAGIC);
    for (let base = from; base < this.size; base += window.length - 3) {
      const n = readSync(this.fd, window, 0, window.length, base);
      for (let i = window.subarray(0, n).indexOf(magic); i >= 0; i = window.subarray(0, n).indexOf(magic, i + 1)) {
        if (this.load(base + i) === null) return base + i;
      }
    }
    return -1;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** A datagram of a block. `next` is where the one after it stands. */
export interface JournalDatagram {
  at: number;
  length: number;
  port: number;
  next: number;
}

/** Reads the datagram at `at` into `out` and its source into `source`; false when the block ends before. */
export function readDatagram(block: JournalBlock, at: number, source: Uint32Array, out: JournalDatagram): boolean {
  if (at + DATAGRAM_HEADER > block.bytes.length) return false;
  for (let i = 0; i < 4; i++) source[i] = block.view.getUint32(at + 4 * i, true);
  out.port = block.view.getUint16(at + 16, true);
  out.length = block.view.getUint16(at + 18, true);
  out.at = at + DATAGRAM_HEADER;
  out.next = out.at + out.length;
  return out.next <= block.bytes.length;
}
