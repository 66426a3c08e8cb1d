import type { Payload } from './payload.ts';

/** Longer lines are not looked through: what is wanted stands before. */
const MOST_LINE_BYTES = 1024;

/** A byte of the payload; -1 behind its end. */
export function byteAt(payload: Payload, at: number): number {
  return at < payload.length ? payload.data.getUint8(payload.at + at) : -1;
}

/** Two bytes, most significant first; -1 where they do not all stand in the payload. */
export function wordAt(payload: Payload, at: number): number {
  return at + 2 <= payload.length ? payload.data.getUint16(payload.at + at) : -1;
}

/** Three bytes, most significant first; -1 as above. */
export function threeBytesAt(payload: Payload, at: number): number {
  return at + 3 <= payload.length
    ? payload.data.getUint16(payload.at + at) * 256 + payload.data.getUint8(payload.at + at + 2)
    : -1;
}

/** Four bytes, most significant first; -1 as above. */
export function longAt(payload: Payload, at: number): number {
  return at + 4 <= payload.length ? payload.data.getUint32(payload.at + at) : -1;
}

/** The same, least significant first. */
export function littleWordAt(payload: Payload, at: number): number {
  return at + 2 <= payload.length ? payload.data.getUint16(payload.at + at, true) : -1;
}

export function littleLongAt(payload: Payload, at: number): number {
  return at + 4 <= payload.length ? payload.data.getUint32(payload.at + at, true) : -1;
}

/** Bytes to compare payloads with. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether exactly these bytes stand at `at`. */
export function standsAt(payload: Payload, at: number, bytes: Uint8Array): boolean {
  if (at < 0 || at + bytes.length > payload.length) return false;
  const start = payload.at + at;
  for (let i = 0; i < bytes.length; i++) if (payload.data.getUint8(start + i) !== bytes[i]) return false;
  return true;
}

/** Whether this word stands at `at`, in large or small letters; `lower` is in small ones. */
export function wordStandsAt(payload: Payload, at: number, lower: Uint8Array): boolean {
  if (at < 0 || at + lower.length > payload.length) return false;
  const start = payload.at + at;
  for (let i = 0; i < lower.length; i++) if (lowerCase(payload.data.getUint8(start + i)) !== lower[i]) return false;
  return true;
}

export function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Where the line that `at` is in ends: its LF, or -1 where that has not come. */
export function lineEnd(payload: Payload, at: number): number {
  const end = Math.min(payload.length, at + MOST_LINE_BYTES);
  for (let i = at; i < end; i++) if (payload.data.getUint8(payload.at + i) === 0x0a) return i;
  return -1;
}

/** Where this word begins between `from` and `to`, in large or small letters; -1 nowhere. */
export function findWord(payload: Payload, from: number, to: number, lower: Uint8Array): number {
  const last = Math.min(to, payload.length) - lower.length;
  for (let at = from; at <= last; at++) if (wordStandsAt(payload, at, lower)) return at;
  return -1;
}

/** Whether all bytes between `from` and `to` are printable ASCII. */
export function isPrintable(payload: Payload, from: number, to: number): boolean {
  if (to > payload.length) return false;
  for (let at = from; at < to; at++) {
    const byte = payload.data.getUint8(payload.at + at);
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}
