import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from './byte-window.ts';

/** A file that lies on a disk, from its beginning: the system writes into the window itself, without the copy that a stream takes. */
export class FileSource implements ByteSource {
  private readonly file: FileHandle;
  private position = 0;

  constructor(file: FileHandle) {
    this.file = file;
  }

  async read(into: Uint8Array): Promise<number> {
    const { bytesRead } = await this.file.read(into, 0, into.length, this.position);
    this.position += bytesRead;
    return bytesRead;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** Bytes that come in pieces of any size. */
export class StreamSource implements ByteSource {
  private readonly pieces: AsyncIterator<Uint8Array>;
  /** What came and did not fit. */
  private pending: Uint8Array = new Uint8Array(0);
  private ended = false;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.pending.length === 0) {
      if (this.ended) return 0;
      const { value, done } = await this.pieces.next();
      if (done) this.ended = true;
      else this.pending = value;
    }
    const count = Math.min(this.pending.length, into.length);
    into.set(this.pending.subarray(0, count));
    this.pending = this.pending.subarray(count);
    return count;
  }

  async close(): Promise<void> {
    this.ended = true;
    await this.pieces.return?.();
  }
}
