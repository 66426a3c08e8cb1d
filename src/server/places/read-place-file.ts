import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { whyUnreadable } from '../../base/index.ts';
import { isMrtHead, MrtReader, type PlaceData, type RefusedFile, readMmdb } from '../../label/index.ts';

/** The largest MaxMind DB that is read: of those that exist the largest takes half of it. */
const MOST_MMDB_BYTES = 2 ** 31;
const HEAD_BYTES = 12;
const PIECE_BYTES = 1 << 20;

export type ReadFile = (PlaceData | RefusedFile) & { readonly kind: 'mrt' | 'file' };

/** A dump of routes or a MaxMind DB, as its first bytes tell; either may be packed with gzip. */
export async function readPlaceFile(path: string): Promise<ReadFile> {
  try {
    return await read(path);
  } catch (error) {
    return { kind: 'file', refused: whyUnreadable(error) };
  }
}

async function read(path: string): Promise<ReadFile> {
  const head = await firstBytes(path);
  if (head.toString('latin1', 0, 3) === 'BZh')
    return {
      kind: 'mrt',
      refused: 'it is packed with bzip2, which is not read: unpack it (bunzip2), or pack it with gzip',
    };
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  if (!packed) return take(file);
  const plain = createGunzip({ chunkSize: PIECE_BYTES });
  file.on('error', (error) => plain.destroy(error));
  return take(file.pipe(plain));
}

async function take(pieces: AsyncIterable<Buffer>): Promise<ReadFile> {
  const mrt = new MrtReader();
  const kept: Buffer[] = [];
  let bytes = 0;
  let isMrt: boolean | null = null;
  try {
    for await (const piece of pieces) {
      isMrt ??= isMrtHead(piece);
      if (isMrt) mrt.push(piece);
      else kept.push(piece);
      bytes += piece.length;
      if (!isMrt && bytes > MOST_MMDB_BYTES) return { kind: 'file', refused: 'it is larger than 2 GiB' };
    }
  } catch (error) {
    // What gzip could unpack of a dump that is cut short counts.
    if (isMrt !== true || !String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error;
    mrt.cut('its gzip stream is damaged or cut short');
  }
  if (isMrt) return { kind: 'mrt', ...mrt.finish() };
  return { kind: 'file', ...readMmdb(Buffer.concat(kept)) };
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
