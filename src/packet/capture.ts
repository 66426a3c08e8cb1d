/** Packets of one chunk, at most. */
const CHUNK_PACKETS = 4096;

/** Captured bytes of one packet, at most: the limit of libpcap. What claims more is damage. */
export const MAX_CAPTURED_BYTES = 262_144;

/** Interfaces of all sections together. */
export const MAX_INTERFACES = 65_536;

/**
 * Packets as columns, over bytes that they share. It is filled again for the next chunk: what is wanted later must be copied.
 */
export interface CaptureChunk {
  count: number;
  /** Holds the captured bytes of packet i at `at[i]`, `captured[i]` of them. */
  view: DataView;
  readonly at: Uint32Array;
  readonly captured: Uint32Array;
  /** Bytes that the packet had when it was captured. */
  readonly original: Uint32Array;
  /** Milliseconds since 1970, with their fraction; NaN where the file keeps no time (simple packet blocks). */
  readonly timeMs: Float64Array;
  /** As in https://www.tcpdump.org/linktypes.html. */
  readonly linkType: Uint32Array;
  /** Position in `facts.interfaces`. */
  readonly interfaceId: Uint32Array;
}

export function newCaptureChunk(view: DataView): CaptureChunk {
  return {
    count: 0,
    view,
    at: new Uint32Array(CHUNK_PACKETS),
    captured: new Uint32Array(CHUNK_PACKETS),
    original: new Uint32Array(CHUNK_PACKETS),
    timeMs: new Float64Array(CHUNK_PACKETS),
    linkType: new Uint32Array(CHUNK_PACKETS),
    interfaceId: new Uint32Array(CHUNK_PACKETS),
  };
}

export function isFull(chunk: CaptureChunk): boolean {
  return chunk.count === CHUNK_PACKETS;
}

/** Why a capture could not be read to its end. Closed. Everything before it was given. */
export const CAPTURE_DAMAGES = [
  'not_a_capture', // neither pcap nor pcapng, plain or gzip'd
  'truncated', // the bytes end inside a record
  'bad_compression', // gzip's data or checksum are wrong, or end too early
  'record_too_large', // a packet that claims more bytes than any capture holds: the place in the file is lost
  'never_written', // zeros where a record of pcap should be, as a disk or a program that gave out leaves them
  'bad_block_length', // a block of pcapng that contradicts its own lengths
  'bad_byte_order', // a section of pcapng without its byte order mark
  'unsupported_version', // a section of pcapng whose version is not 1
  'unknown_interface', // a packet of an interface that its section has not described
  'too_many_interfaces', // more interfaces than are kept
] as const;

export type CaptureDamageCause = (typeof CAPTURE_DAMAGES)[number];

interface CaptureDamage {
  readonly cause: CaptureDamageCause;
  /** Bytes from the start of the (unpacked) file to the record that could not be read. */
  readonly offset: number;
}

export interface CaptureInterface {
  readonly linkType: number;
  /** Bytes that are kept of a packet; 0 no limit. */
  readonly snapLength: number;
  readonly name: string;
  /** What the capturing program says: packets received, dropped by the interface and by the operating system; null not told. */
  received: number | null;
  droppedByInterface: number | null;
  droppedBySystem: number | null;
  /** Packets lost between others, as noted beside these. */
  droppedBetween: number;
}

export function newCaptureInterface(linkType: number, snapLength: number, name: string): CaptureInterface {
  return {
    linkType,
    snapLength,
    name,
    received: null,
    droppedByInterface: null,
    droppedBySystem: null,
    droppedBetween: 0,
  };
}

/** What is known of a capture so far; complete when the last chunk was given. */
export interface CaptureFacts {
  format: 'pcap' | 'pcapng' | 'unknown';
  gzip: boolean;
  /** Of the latest section. */
  byteOrder: 'little' | 'big';
  /** Captures that were joined: sections of pcapng, or pcap files one behind the other. */
  sections: number;
  /** Of all sections, in the order of the file; each section of pcap has one. */
  interfaces: CaptureInterface[];
  packets: number;
  damage: CaptureDamage | null;
}

export function newCaptureFacts(): CaptureFacts {
  return {
    format: 'unknown',
    gzip: false,
    byteOrder: 'little',
    sections: 0,
    interfaces: [],
    packets: 0,
    damage: null,
  };
}

/** Reads the records of one format out of a window. */
export interface RecordReader {
  /**
   * Reads the records in `view` from `at` to `end` until the chunk is full, a record is not whole, or damage; how far it
   * came. `fileOffset` is that of byte 0 of the view, for damage. A result beyond `end` asks to skip bytes not yet there.
   */
  read(view: DataView, at: number, end: number, fileOffset: number, chunk: CaptureChunk): number;
}
