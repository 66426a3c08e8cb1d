import { createGunzip, type Gunzip } from 'node:zlib';

/** Packed bytes that are unpacked in one go. They may grow a thousandfold: 16 MB then, at most. */
const PIECE_BYTES = 16_384;

/** CRC and length at the end of a gzip file. */
const TRAILER_BYTES = 8;

/** Thrown when gzip's data are wrong or end too early, after all that could be unpacked was given. */
export class BadCompression extends Error {}

/**
 * Unpacks gzip, also several members one after the other. Piping through a stream would lose what it has buffered when damage is
 * found, so each piece is waited for. The trailer goes last and alone: a wrong checksum then loses nothing.
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGunzip();
  const ready: Uint8Array[] = [];
  let failure: Error | null = null;
  stream.on('data', (bytes: Uint8Array) => ready.push(bytes));
  stream.on('error', (error) => {
    failure = error;
  });
  try {
    for await (const piece of piecesOf(source)) {
      await write(stream, piece);
      yield* ready.splice(0);
      if (failure) break;
    }
    if (!failure) await finish(stream);
    yield* ready.splice(0);
    if (failure) throw new BadCompression('gzip data are damaged', { cause: failure });
  } finally {
    stream.destroy();
  }
}

async function* piecesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0);
  for await (const bytes of source) {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const last = Math.max(0, all.length - TRAILER_BYTES);
    for (let at = 0; at < last; at += PIECE_BYTES) yield all.subarray(at, Math.min(last, at + PIECE_BYTES));
    rest = new Uint8Array(all.subarray(last));
  }
  if (rest.length > 0) yield rest;
}

/** Resolves when the bytes are unpacked and their data events have come, or the stream has failed. */
function write(stream: Gunzip, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.write(bytes, () => {
      stream.off('close', resolve);
      setImmediate(resolve);
    });
  });
}

function finish(stream: Gunzip): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('end', resolve);
    stream.end();
  });
}
