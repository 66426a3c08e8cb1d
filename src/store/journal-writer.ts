import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { asWeirError, type WeirError } from '../base/index.ts';
import { FreeSpace } from './free-space.ts';
import {
  BLOCK_HEADER,
  BLOCK_MAGIC,
  BLOCK_PROLOGUE,
  DATAGRAM_HEADER,
  FILE_MAGIC,
  FILE_PROLOGUE,
  type JournalFileHeader,
  journalName,
} from './journal-format.ts';

/** Blocks are gathered here and written together: one write for many datagrams. */
const BUFFER_BYTES = 4 << 20;
const WRITE_AT = 1 << 20;

/**
 * Writes one journal file after the other for one receive thread. A datagram is copied into the buffer, nothing else is
 * allocated. Where the disk refuses (full, broken) the buffered blocks are given up and counted by `failed`, the file is cut back to its last
 * whole block, and `rotate` tries anew: the caller's records are still in memory. A file system on which too little is free (`freeShare`) is a full one.
 */
export class JournalWriter {
  private readonly directory: string;
  private readonly thread: number;
  private readonly space: FreeSpace;
  private readonly buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private readonly view = new DataView(this.buffer.buffer);
  private fd = -1;
  private used = 0;
  private blockAt = -1;
  private written = 0;
  private lastWriteMs = 0;

  /** Name of the open file. */
  file = '';
  /** Bytes and blocks written, for the counters. */
  bytes = 0;
  /** Datagrams that could not be journalled, ever; the last reason. */
  failed = 0;
  failure: WeirError | null = null;
  private pending = 0;

  constructor(directory: string, thread: number, freeShare = 0) {
    this.directory = directory;
    this.space = new FreeSpace(directory, freeShare);
    this.thread = thread;
  }

  /** Offset in the open file at which the next block begins. */
  get offset(): number {
    return this.written + (this.blockAt >= 0 ? this.blockAt : this.used);
  }
  get createdMs(): number {
    return this.created;
  }
  private created = 0;
  /** Of the open file. */
  headerBytes = 0;

  /** Closes the open file and begins the next. `sequence` must be larger than any before. */
  rotate(sequence: number, nowMs: number, state: unknown): void {
    this.close();
    this.file = journalName(sequence, this.thread);
    this.created = nowMs;
    const header: JournalFileHeader = { version: 1, thread: this.thread, createdMs: nowMs, state };
    const json = Buffer.from(JSON.stringify(header));
    const head = Buffer.alloc(FILE_PROLOGUE + json.length);
    head.write(FILE_MAGIC, 0, 'latin1');
    head.writeUInt32LE(json.length, 8);
    head.writeUInt32LE(crc32(json), 12);
    json.copy(head, FILE_PROLOGUE);
    const path = join(this.directory, this.file);
    try {
      this.space.check();
      this.fd = openSync(path, 'wx', 0o640);
      writeAll(this.fd, head, 0, head.length, 0);
      this.written = head.length;
      this.headerBytes = head.length;
      this.failure = null;
    } catch (error) {
      this.failure = asWeirError(error);
      this.abandon(path);
    }
    this.lastWriteMs = nowMs;
  }

  /** Whether the open file takes blocks. When it does not, records live in memory only, and `rotate` tries anew. */
  get healthy(): boolean {
    return this.fd >= 0 && this.failure === null;
  }

  beginBlock(receivedMs: number): void {
    if (this.used + 65_536 * 2 > BUFFER_BYTES) this.flush(receivedMs);
    this.blockAt = this.used;
    const at = this.blockAt + BLOCK_PROLOGUE;
    this.view.setFloat64(at, receivedMs, true);
    this.used = at + BLOCK_HEADER;
    this.pending = 0;
  }

  /** Adds a datagram to the open block; false when the buffer has no room: end the block and begin another. */
  add(source: Uint32Array, sourceAt: number, port: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const need = DATAGRAM_HEADER + length;
    if (this.used + need > BUFFER_BYTES) return false;
    let at = this.used;
    for (let i = 0; i < 4; i++) this.view.setUint32(at + 4 * i, source[sourceAt + i]!, true);
    at += 16;
    this.view.setUint16(at, port, true);
    this.view.setUint16(at + 2, length, true);
    this.buffer.set(bytes.subarray(offset, offset + length), at + 4);
    this.used += need;
    this.pending += 1;
    return true;
  }

  endBlock(kernelDrops: number): void {
    const at = this.blockAt;
    const body = at + BLOCK_PROLOGUE;
    this.view.setUint32(body + 8, this.pending, true);
    this.view.setUint32(body + 12, kernelDrops, true);
    this.view.setUint32(at, BLOCK_MAGIC, true);
    this.view.setUint32(at + 4, this.used - body, true);
    this.view.setUint32(at + 8, crc32(this.buffer.subarray(body, this.used)), true);
    this.blockAt = -1;
    this.buffered += this.pending;
    this.pending = 0;
  }
  private buffered = 0;

  /** Writes what is buffered when it is much or old. */
  tick(nowMs: number, maxAgeMs: number): void {
    if (this.used > 0 && (this.used >= WRITE_AT || nowMs - this.lastWriteMs >= maxAgeMs)) this.flush(nowMs);
  }

  /** Writes what is buffered. */
  flush(nowMs: number): void {
    this.lastWriteMs = nowMs;
    if (this.used === 0) return;
    // A file that lost blocks takes no more: offsets that were told to the store would mean other datagrams.
    if (this.healthy) {
      try {
        this.space.check();
        writeAll(this.fd, this.buffer, 0, this.used, this.written);
        this.written += this.used;
        this.bytes += this.used;
      } catch (error) {
        this.failure = asWeirError(error);
        try {
          ftruncateSync(this.fd, this.written);
        } catch {
          // The torn tail is found by its checksum when the file is read.
        }
      }
    }
    if (!this.healthy) this.failed += this.buffered;
    this.used = 0;
    this.buffered = 0;
  }

  close(): void {
    if (this.fd < 0) return;
    this.flush(this.lastWriteMs);
    closeSync(this.fd);
    this.fd = -1;
  }

  private abandon(path: string): void {
    if (this.fd < 0) return;
    closeSync(this.fd);
    this.fd = -1;
    try {
      unlinkSync(path);
    } catch {
      // A file without a whole header is recognised and removed at the next start.
    }
  }
}

function writeAll(fd: number, buffer: Buffer, from: number, to: number, position: number): void {
  let at = from;
  while (at < to) at += writeSync(fd, buffer, at, to - at, position + at - from);
}
