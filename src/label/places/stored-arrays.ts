import { crc32 } from 'node:zlib';

type StoredArray = Uint8Array | Uint16Array | Uint32Array | Int32Array;
const KINDS = { Uint8Array, Uint16Array, Uint32Array, Int32Array };
type Kind = keyof typeof KINDS;

/** What stands at the beginning of a file of arrays: facts for who wrote it, and where each array is. */
interface Head {
  readonly facts: unknown;
  readonly arrays: readonly {
    readonly name: string;
    readonly kind: Kind;
    readonly at: number;
    readonly length: number;
  }[];
}

/** The name of the form and its version; then the checksum of all that follows it, which begins with the head's length. */
const MAGIC = 'weirarr1';
const PREAMBLE_BYTES = 16;
const CHECKED_FROM = 12;
/** Arrays begin where any kind of them may. */
const ALIGNMENT = 8;

/** Facts and arrays as bytes of a file, little-endian as the machine is. */
export function packArrays(facts: unknown, arrays: Readonly<Record<string, StoredArray>>): Uint8Array {
  let at = 0;
  const places = Object.entries(arrays).map(([name, array]) => {
    const place = { name, kind: array.constructor.name as Kind, at, length: array.length };
    at += aligned(array.byteLength);
    return place;
  });
  const head = Buffer.from(JSON.stringify({ facts, arrays: places } satisfies Head));
  const from = aligned(PREAMBLE_BYTES + head.length);
  const bytes = Buffer.alloc(from + at);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(head.length, CHECKED_FROM);
  head.copy(bytes, PREAMBLE_BYTES);
  for (const { name, at: place } of places) {
    const array = arrays[name]!;
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), from + place);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKED_FROM)), 8);
  return bytes;
}

/** The facts and the arrays, over the memory of `bytes`, which begins where an array may; null where they are not what was packed. */
export function unpackArrays(bytes: Uint8Array): { facts: unknown; arrays: Record<string, StoredArray> } | null {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.length < PREAMBLE_BYTES || all.toString('latin1', 0, 8) !== MAGIC) return null;
  if (crc32(all.subarray(CHECKED_FROM)) !== all.readUInt32LE(8)) return null;
  const headLength = all.readUInt32LE(CHECKED_FROM);
  const { facts, arrays: places } = JSON.parse(
    all.toString('utf8', PREAMBLE_BYTES, PREAMBLE_BYTES + headLength),
  ) as Head;
  const from = bytes.byteOffset + aligned(PREAMBLE_BYTES + headLength);
  const arrays: Record<string, StoredArray> = {};
  for (const { name, kind, at, length } of places)
    arrays[name] = new KINDS[kind](bytes.buffer as ArrayBuffer, from + at, length);
  return { facts, arrays };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
