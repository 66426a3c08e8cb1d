/** To how much a file may unpack, and what is said of one that goes on. */
export interface UnpackedBound {
  readonly bytes: number;
  readonly refused: string;
}

const MIB = 1 << 20;
/**
 * MaxMind DBs unpack to 2 to 4 times their size, and dumps of routes, which say the same of each neighbour, to 5 to 30. Bytes made to fill memory unpack to a
 * thousand times theirs. A dump is read piece by piece: more of it takes time, and no memory.
 */
const TIMES = { file: 16, mrt: 128 } as const;
/** Small files may go further. */
const FREE_BYTES = 16 * MIB;

export function unpackedBound(kind: keyof typeof TIMES, packedBytes: number): UnpackedBound {
  const bytes = TIMES[kind] * packedBytes + FREE_BYTES;
  const [most, packed] = [Math.round(bytes / MIB), (packedBytes / MIB).toFixed(1)];
  return {
    bytes,
    refused: `it unpacks to more than ${most} MiB of its ${packed} MiB, which no table of networks does: a damaged file, or one made to fill memory`,
  };
}

const TAR_AT = 257;

/** Why a file with these first bytes is refused before it is read: it is empty, packed with something that is not read, or an archive. Null where it may be one. */
export function packingRefused(head: Buffer): string | null {
  if (head.length === 0) return 'it is empty';
  const begins = (hex: string) => head.toString('hex', 0, hex.length / 2) === hex;
  const packing = begins('425a68') ? 'bzip2' : begins('28b52ffd') ? 'zstd' : begins('fd377a585a00') ? 'xz' : null;
  if (packing !== null) {
    const unpack = { bzip2: 'bunzip2', zstd: 'unzstd', xz: 'unxz' }[packing];
    return `it is packed with ${packing}, which is not read: unpack it (${unpack}), or pack it with gzip`;
  }
  if (begins('504b0304')) return 'it is a ZIP archive: unpack it, and give the file in it';
  if (head.toString('latin1', TAR_AT, TAR_AT + 5) === 'ustar')
    return 'it is a tar archive: unpack it, and give the .mmdb file in it';
  return null;
}
