import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Makes a rename or a new name in the directory survive a power loss. */
export function fsyncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function fsyncFile(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Replaces a file as a whole: after a crash there is the old content or the new one, never a part. */
export function replaceFile(path: string, content: string, mode = 0o640): void {
  const aside = `${path}.new`;
  // One that a crash left keeps the mode that it has.
  rmSync(aside, { force: true });
  const fd = openSync(aside, 'w', mode);
  try {
    // Not writeSync: on a disk that is nearly full it writes a part and says so only by its result.
    writeFileSync(fd, content);
    fsyncSync(fd);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(aside, path);
  fsyncDirectory(dirname(path));
}

/** CRC-32 and size of a file, read in pieces. */
export function checksumFile(path: string): { crc: number; bytes: number } {
  const fd = openSync(path, 'r');
  const piece = Buffer.allocUnsafe(1 << 20);
  let crc = 0;
  let bytes = 0;
  try {
    for (;;) {
      const n = readSync(fd, piece, 0, piece.length, null);
      if (n === 0) return { crc, bytes };
      crc = crc32(piece.subarray(0, n), crc);
      bytes += n;
    }
  } finally {
    closeSync(fd);
  }
}

/** What the files of a folder take. Other threads may delete files meanwhile: what is gone counts nothing. */
export function folderBytes(path: string): number {
  let bytes = 0;
  for (const name of namesIn(path)) bytes += statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

/** The names in a folder; none where there is no folder. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (!existsSync(path)) return [];
    throw error;
  }
}
