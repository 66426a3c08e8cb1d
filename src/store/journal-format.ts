/**
 * The journal: datagrams as they came, so that nothing that was received depends on a decoder or on memory.
 *
 *     file    "WEIRJRN1", u32 length and u32 CRC-32 of a JSON header {thread, createdMs, state}, the header, blocks
 *     block   u32 magic, u32 length of what follows the CRC, u32 CRC-32 of it,
 *             f64 received (ms), u32 datagrams, u32 kernel drops since the block before, datagrams
 *     datagram  16 bytes source address, u16 source port, u16 length, bytes
 *
 * Little-endian. `state` is what the decoder knew when the file began, so that each file can be read by itself.
 */
export const FILE_MAGIC = 'WEIRJRN1';
export const FILE_PROLOGUE = FILE_MAGIC.length + 8;
export const BLOCK_MAGIC = 0x4b4c4257; // "WBLK"
/** magic, length, CRC */
export const BLOCK_PROLOGUE = 12;
/** received, datagrams, drops */
export const BLOCK_HEADER = 16;
export const DATAGRAM_HEADER = 20;
/** Longer blocks are not written and not believed. */
export const MAX_BLOCK = 64 << 20;

export interface JournalFileHeader {
  readonly version: 1;
  readonly thread: number;
  readonly createdMs: number;
  /** The decoder's state, opaque to the store. */
  readonly state: unknown;
}

/** `0000000042-t0.journal`: the number gives the order within a thread. */
export function journalName(sequence: number, thread: number): string {
  return `${String(sequence).padStart(10, '0')}-t${thread}.journal`;
}

export function parseJournalName(name: string): { sequence: number; thread: number } | null {
  const m = /^(\d{10})-t(\d+)\.journal$/.exec(name);
  return m ? { sequence: Number(m[1]), thread: Number(m[2]) } : null;
}
