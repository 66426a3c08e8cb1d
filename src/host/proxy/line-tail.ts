import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';

/** Read at one look, at most: a log that grows faster is read at the next ones. */
const MOST_BYTES = 1 << 20;
/** No line of a log is longer; what is, is left out and counted. */
const MOST_LINE_BYTES = 65_536;
const NEWLINE = 10;
/** Whoever moves a log away makes the next one within this many looks: a minute as a rule, some seconds at the least. */
const LOOKS_WITHOUT = 60;

/** The lines that are added to a file, from its end as it was found; also where it is moved away and begun anew (log rotation), cut, or not there yet. */
export class LineTail {
  /** Lines that were too long. */
  tooLong = 0;
  /** Why the file cannot be read at the moment; null where it can. */
  problem: string | null = null;
  private readonly path: string;
  private readonly bytes = Buffer.allocUnsafe(MOST_BYTES);
  private fd = -1;
  private inode = 0;
  private position = 0;
  /** The beginning of a line whose end was not there. */
  private rest = Buffer.alloc(0);
  private skipping = false;
  private first = true;
  /** Looks in a row at which there was no file, since it was moved away. */
  private without = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Gives each whole line that came since the last look. A file that appears later, or anew, is read from its beginning. */
  look(each: (line: string) => void): void {
    try {
      this.problem = this.read(each) ? null : 'there is no such file';
    } catch (error) {
      this.problem = (error as Error).message;
      this.close();
    }
    this.first = false;
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
    this.forget(0);
  }

  /** False where there is no file, and none is being made. */
  private read(each: (line: string) => void): boolean {
    const there = this.statOrNull();
    if (this.fd < 0 && there === null) return false;
    this.without = there === null ? this.without + 1 : 0;
    if (this.fd < 0) this.open(this.first);
    // What was written to the old file before it was moved is read first.
    const moved = there !== null && there.ino !== this.inode;
    const whole = this.take(each);
    if (moved && whole) {
      this.close();
      this.open(false);
      this.take(each);
    }
    return this.without < LOOKS_WITHOUT;
  }

  private statOrNull(): Stats | null {
    try {
      return statSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  private open(atEnd: boolean): void {
    this.fd = openSync(this.path, 'r');
    const { ino, size } = fstatSync(this.fd);
    this.inode = ino;
    this.forget(atEnd ? size : 0);
  }

  private forget(position: number): void {
    this.position = position;
    this.rest = Buffer.alloc(0);
    this.skipping = false;
  }

  /** True when all that is there was read. */
  private take(each: (line: string) => void): boolean {
    if (fstatSync(this.fd).size < this.position) this.forget(0);
    const count = readSync(this.fd, this.bytes, 0, MOST_BYTES, this.position);
    this.position += count;
    this.split(this.bytes.subarray(0, count), each);
    return count < MOST_BYTES;
  }

  private split(bytes: Buffer, each: (line: string) => void): void {
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE, at); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      if (this.rest.length + end - at > MOST_LINE_BYTES) this.skipping = true;
      if (this.skipping) this.tooLong += 1;
      else if (this.rest.length === 0) each(bytes.toString('utf8', at, end));
      else each(Buffer.concat([this.rest, bytes.subarray(at, end)]).toString('utf8'));
      this.rest = Buffer.alloc(0);
      this.skipping = false;
      at = end + 1;
    }
    if (this.skipping) return;
    if (this.rest.length + bytes.length - at > MOST_LINE_BYTES) {
      this.skipping = true;
      this.rest = Buffer.alloc(0);
    } else if (at < bytes.length) this.rest = Buffer.concat([this.rest, bytes.subarray(at)]);
  }
}
