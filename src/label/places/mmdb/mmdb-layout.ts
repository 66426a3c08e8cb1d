import { corrupt, MmdbDecoder, type MmdbScalar } from './mmdb-decoder.ts';
import { wantedPaths } from './wanted-paths.ts';

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
  const metadata = metadataIn(bytes.subarray(from + marker + MARKER.length));
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
    type: String(metadata.database_type ?? ''),
    madeMs: timeOf(metadata.build_epoch),
    tree: bytes.subarray(0, treeBytes),
    data: bytes.subarray(dataAt, from + marker),
  };
}

const NAMES = [
  ...['binary_format_major_version', 'node_count', 'record_size', 'ip_version'],
  ...['database_type', 'build_epoch'],
] as const;
type Metadata = Readonly<Record<(typeof NAMES)[number], MmdbScalar>>;
const WANTED = wantedPaths(NAMES);

function metadataIn(section: Uint8Array): Metadata {
  const values: MmdbScalar[] = NAMES.map(() => null);
  if (!new MmdbDecoder(section).read(0, WANTED, values)) throw corrupt('its metadata is not a map');
  return Object.fromEntries(NAMES.map((name, i) => [name, values[i]!])) as Metadata;
}

function numberOf(metadata: Metadata, name: (typeof NAMES)[number]): number {
  const value = metadata[name];
  if (typeof value !== 'number' || value < 0) throw corrupt(`its metadata has no number ${name}`);
  return value;
}

/** The latest time that a date can have, in seconds. */
const LAST_SECOND = 8_640_000_000_000;

function timeOf(seconds: MmdbScalar): number {
  return typeof seconds === 'number' && seconds <= LAST_SECOND ? seconds * 1_000 : 0;
}
