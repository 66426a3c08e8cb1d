import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { whyUnreadable } from '../../base/index.ts';
import { isMrtHead, MrtReader, type PlaceData, type RefusedFile, readMmdb } from '../../label/index.ts';
import { packingRefused, type UnpackedBound, unpackedBound } from './unpacked-bound.ts';

/** The largest MaxMind DB that is read: of those that exist the largest takes half of it. */
const MOST_MMDB_BYTES = 2 ** 31;
/** As much as tells MRT, what it is packed with, and an archive. */
const HEAD_BYTES = 512;
const PIECE_BYTES = 1 << 20;

/** `unread`: the system did not give its bytes, which says nothing of them. */
export type ReadFile = (PlaceData | RefusedFile | (RefusedFile & { readonly unread: true })) & {
  readonly kind: 'mrt' | 'file';
};

/** A dump of routes or a MaxMind DB, as its first bytes tell; either may be packed with gzip. */
export async function readPlaceFile(path: string): Promise<ReadFile> {
  try {
    return await read(path);
  } catch (error) {
    const refused = whyUnreadable(error);
    return isOfContent(error) ? { kind: 'file', refused } : { kind: 'file', refused, unread: true };
  }
}

async function read(path: string): Promise<ReadFile> {
  const { head, bytes } = await beginningOf(path);
  const refused = packingRefused(head);
  if (refused !== null) return { kind: 'file', refused };
  if (head[0] === 0x1f && head[1] === 0x8b) return unpacked(path, bytes);
  if (isMrtHead(head)) return readMrt(createReadStream(path, { highWaterMark: PIECE_BYTES }), null);
  if (bytes > MOST_MMDB_BYTES) return { kind: 'file', refused: 'it is larger than 2 GiB' };
  return { kind: 'file', ...readMmdb(await readFile(path)) };
}

/** Of gzip. What it holds is told by its first piece. */
async function unpacked(path: string, packedBytes: number): Promise<ReadFile> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  const plain = createGunzip({ chunkSize: PIECE_BYTES });
  file.on('error', (error) => plain.destroy(error));
  const pieces = file.pipe(plain);
  try {
    for await (const first of pieces.iterator({ destroyOnReturn: false })) {
      const head = first as Buffer;
      const refused = packingRefused(head);
      if (refused !== null) return { kind: 'file', refused: `within gzip: ${refused}` };
      const all = withFirst(head, pieces);
      return isMrtHead(head)
        ? await readMrt(all, unpackedBound('mrt', packedBytes))
        : await readUnpackedMmdb(all, unpackedBound('file', packedBytes));
    }
    return { kind: 'file', refused: 'it is empty once it is unpacked' };
  } finally {
    file.destroy();
    plain.destroy();
  }
}

async function* withFirst(first: Buffer, others: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* others;
}

async function readMrt(pieces: AsyncIterable<Buffer>, bound: UnpackedBound | null): Promise<ReadFile> {
  const mrt = new MrtReader();
  let bytes = 0;
  try {
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bound !== null && bytes > bound.bytes) return { kind: 'mrt', refused: bound.refused };
      mrt.push(piece);
    }
  } catch (error) {
    // What gzip could unpack of a dump that is cut short counts.
    if (!isOfContent(error)) throw error;
    mrt.cut('its gzip stream is damaged or cut short');
  }
  return { kind: 'mrt', ...mrt.finish() };
}

async function readUnpackedMmdb(pieces: AsyncIterable<Buffer>, bound: UnpackedBound): Promise<ReadFile> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > Math.min(bound.bytes, MOST_MMDB_BYTES)) return { kind: 'file', refused: bound.refused };
    kept.push(piece);
  }
  return { kind: 'file', ...readMmdb(Buffer.concat(kept)) };
}

/** Of zlib: what is packed is damaged. */
function isOfContent(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith('Z_');
}

async function beginningOf(path: string): Promise<{ head: Buffer; bytes: number }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { head: buffer.subarray(0, bytesRead), bytes: (await file.stat()).size };
  } finally {
    await file.close();
  }
}
