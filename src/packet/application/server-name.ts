import type { Finding } from './finding.ts';
import { lowerCase } from './payload-bytes.ts';

/** RFC 1035 section 2.3.4, without the dot at the end. */
const MOST_CHARACTERS = 253;
const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;

/**
 * Writes the name of a host that stands at `start` of `data` as the finding's name: in small letters, without the dot of the root. False for what cannot be one
 * (RFC 1123; `_` is seen as well); then the finding has no name. An address in digits is no name.
 */
export function writeServerName(data: DataView, start: number, length: number, out: Finding): boolean {
  out.nameLength = 0;
  let count = length;
  if (count > 0 && data.getUint8(start + count - 1) === DOT) count -= 1;
  if (count === 0 || count > MOST_CHARACTERS) return false;
  let before = DOT;
  let letters = false;
  for (let i = 0; i < count; i++) {
    const byte = lowerCase(data.getUint8(start + i));
    if (byte === DOT && before === DOT) return false;
    if (!isNameByte(byte)) return false;
    if (byte > 0x39) letters = true;
    out.name[i] = byte;
    before = byte;
  }
  if (before === DOT || !letters) return false;
  out.nameLength = count;
  return true;
}

/** Letters in small, digits, hyphen, underscore and dot. */
function isNameByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === HYPHEN ||
    byte === DOT ||
    byte === UNDERSCORE
  );
}
