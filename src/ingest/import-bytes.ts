import { createHash } from 'node:crypto';
import { gunzip } from '../packet/index.ts';

/** Bytes of a file on their way to a reader: counted, hashed and, where they are packed, unpacked. */
export class ImportBytes {
  size = 0;
  gzip = false;
  private readonly hash = createHash('sha256');
  private readonly source: AsyncIterator<Uint8Array>;
  private ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** The unpacked bytes and how they begin. RFC 1952 section 2.3.1: gzip begins with 1f 8b. */
  async open(headBytes: number): Promise<{ head: Uint8Array; bytes: AsyncGenerator<Uint8Array> }> {
    const packed = await withHead(this.raw(), headBytes);
    this.gzip = packed.head[0] === 0x1f && packed.head[1] === 0x8b;
    return this.gzip ? withHead(gunzip(packed.bytes), headBytes) : packed;
  }

  /** Reads what is left, so that size and hash are those of the whole file; gives the hash. */
  async finish(): Promise<string> {
    for await (const _ of this.raw());
    return this.hash.digest('hex');
  }

  /** May be left and begun again: the source goes on where it stood. */
  private async *raw(): AsyncGenerator<Uint8Array> {
    while (!this.ended) {
      const { value, done } = await this.source.next();
      if (done) {
        this.ended = true;
        return;
      }
      this.size += value.length;
      this.hash.update(value);
      yield value;
    }
  }
}

async function withHead(
  bytes: AsyncGenerator<Uint8Array>,
  headBytes: number,
): Promise<{ head: Uint8Array; bytes: AsyncGenerator<Uint8Array> }> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let failure: unknown = null;
  try {
    while (length < headBytes) {
      const { value, done } = await bytes.next();
      if (done) break;
      pieces.push(value);
      length += value.length;
    }
  } catch (error) {
    // What came before counts: whoever reads on finds the failure in its place.
    failure = error;
  }
  const head = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  return { head, bytes: headThenRest(head, bytes, failure) };
}

async function* headThenRest(
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
  failure: unknown,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  if (failure !== null) throw failure;
  yield* rest;
}
