import { corrupt, MmdbDecoder, type MmdbValue } from './mmdb-decoder.ts';

const MARKER = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
/** The metadata stands in the last 128 KiB. */
const METADATA_BYTES = 131_072;
/** Zeros between the tree and the data. */
const GAP_BYTES = 16;

/** Where the parts of a MaxMind DB file are. */
export interface MmdbLayout {
  readonly nodes: number;
  readonly recordBits: 24 | 28 | 32;
  readonly ipVersion: 4 | 6;
  readonly type: string;
  readonly madeMs: number;
  readonly tree: Uint8Array;
  readonly data: Uint8Array;
}

/** Reads the metadata and holds it against the file's size. Throws WeirError `corrupt`, which does not leave the room. */
export function mmdbLayout(file: Uint8Array): MmdbLayout {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const from = Math.max(0, bytes.length - METADATA_BYTES);
  const marker = bytes.subarray(from).lastIndexOf(MARKER);
  if (marker < 0) throw corrupt('it has no metadata of a MaxMind DB');
  const metadata = new MmdbDecoder(bytes.subarray(from + marker + MARKER.length)).value(0);
  if (!(metadata instanceof Map)) throw corrupt('its metadata is not a map');
  const major = numberOf(metadata, 'binary_format_major_version');
  if (major !== 2) throw corrupt(`it has version ${major} of the format; 2 is known`);
  const nodes = numberOf(metadata, 'node_count');
  const recordBits = numberOf(metadata, 'record_size');
  if (recordBits !== 24 && recordBits !== 28 && recordBits !== 32)
    throw corrupt(`its records have ${recordBits} bits; 24, 28 and 32 are known`);
  const ipVersion = numberOf(metadata, 'ip_version');
  if (ipVersion !== 4 && ipVersion !== 6) throw corrupt(`it is of IP version ${ipVersion}`);
  const treeBytes = (nodes * recordBits) / 4;
  const dataAt = treeBytes + GAP_BYTES;
  if (dataAt > from + marker) throw corrupt(`its search tree of ${nodes} nodes is larger than the file`);
  return {
    nodes,
    recordBits,
    ipVersion,
    type: String(metadata.get('database_type') ?? ''),
    madeMs: timeOf(metadata.get('build_epoch')),
    tree: bytes.subarray(0, treeBytes),
    data: bytes.subarray(dataAt, from + marker),
  };
}

function numberOf(metadata: Map<string, MmdbValue>, name: string): number {
  const value = metadata.get(name);
  if (typeof value !== 'number') throw corrupt(`its metadata has no number ${name}`);
  return value;
}

/** The latest time that a date can have, in seconds. */
const LAST_SECOND = 8_640_000_000_000;

function timeOf(seconds: MmdbValue | undefined): number {
  return typeof seconds === 'number' && seconds <= LAST_SECOND ? seconds * 1_000 : 0;
}
