import type { Payload } from './payload.ts';
import { byteAt, isDigit } from './payload-bytes.ts';
import { decimal, digitsEnd } from './payload-text.ts';

/** Reads the address in text that begins at `at` into `words`; true where it is one, and not that of nobody. */
export function readAddress(payload: Payload, at: number, words: Uint32Array): boolean {
  return readAddress4(payload, at, words) || readAddress6(payload, at, words);
}

function readAddress4(payload: Payload, from: number, words: Uint32Array): boolean {
  let word = 0;
  let at = from;
  for (let n = 0; n < 4; n++) {
    const end = digitsEnd(payload, at);
    if (end === at || end > at + 3 || (n < 3 && byteAt(payload, end) !== 0x2e)) return false;
    const value = decimal(payload, at, end);
    if (value > 255) return false;
    word = word * 256 + value;
    at = end + 1;
  }
  words[0] = 0;
  words[1] = 0;
  words[2] = 0xffff;
  words[3] = word;
  return word !== 0;
}

/** RFC 4291 section 2.2, without the form that ends in IPv4. */
function readAddress6(payload: Payload, from: number, words: Uint32Array): boolean {
  words.fill(0);
  let at = from;
  let parts = 0;
  let gap = -1;
  while (parts < 8) {
    if (byteAt(payload, at) === 0x3a && byteAt(payload, at + 1) === 0x3a && gap < 0) {
      gap = parts;
      at += 2;
    } else if (parts > 0 && parts !== gap && byteAt(payload, at) === 0x3a) at++;
    else if (parts > 0 && parts !== gap) break;
    const start = at;
    let value = 0;
    for (
      let digit = hexDigit(byteAt(payload, at));
      digit >= 0 && at < start + 4;
      digit = hexDigit(byteAt(payload, at))
    ) {
      value = value * 16 + digit;
      at++;
    }
    if (at === start) break;
    putPart(words, parts++, value);
  }
  if (gap >= 0) movePartsToEnd(words, gap, parts);
  return (parts === 8 || gap >= 0) && parts > 0;
}

function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - 48;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 87 : -1;
}

function part(words: Uint32Array, i: number): number {
  return (words[i >> 1]! >>> ((i & 1) === 0 ? 16 : 0)) & 0xffff;
}

function putPart(words: Uint32Array, i: number, value: number): void {
  words[i >> 1] = (i & 1) === 0 ? (words[i >> 1]! & 0xffff) | (value << 16) : (words[i >> 1]! & 0xffff0000) | value;
}

function movePartsToEnd(words: Uint32Array, gap: number, parts: number): void {
  for (let i = parts - 1, to = 7; i >= gap && to > i; i--, to--) {
    putPart(words, to, part(words, i));
    putPart(words, i, 0);
  }
}
