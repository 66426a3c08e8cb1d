import type { Payload } from './payload.ts';
import { byteAt, isDigit, lineEnd, lowerCase, wordStandsAt } from './payload-bytes.ts';

const MOST_BYTES = 256;
/** Three digits, and a space or a hyphen. */
const CODE_BYTES = 4;
const DOT = 0x2e;
const HYPHEN = 0x2d;

/**
 * Whether one of these words stands alone in the first line of a reply, in large or small letters. Names of hosts, which have a dot, are passed over: servers greet with
 * their own, and what it is called is not what it speaks.
 */
export function greetsWith(payload: Payload, choices: readonly Uint8Array[]): boolean {
  const line = lineEnd(payload, 0);
  const end = line < 0 ? Math.min(payload.length, MOST_BYTES) : Math.min(line, MOST_BYTES);
  for (let at = CODE_BYTES; at < end; ) {
    const from = at;
    let isHost = false;
    while (at < end && isOfWord(byteAt(payload, at))) {
      isHost ||= byteAt(payload, at) === DOT && isLetter(byteAt(payload, at + 1));
      at += 1;
    }
    if (!isHost && isOneOf(payload, from, at - from, choices)) return true;
    at += 1;
  }
  return false;
}

/** Pure-FTPd is one word; WS_FTP is two. */
function isOfWord(byte: number): boolean {
  return isLetter(byte) || isDigit(byte) || byte === DOT || byte === HYPHEN;
}

function isLetter(byte: number): boolean {
  const small = lowerCase(byte);
  return small >= 0x61 && small <= 0x7a;
}

function isOneOf(payload: Payload, at: number, length: number, choices: readonly Uint8Array[]): boolean {
  for (let i = 0; i < choices.length; i++) {
    const word = choices[i]!;
    // A dot may end the sentence.
    const isWhole = length === word.length || (length === word.length + 1 && byteAt(payload, at + word.length) === DOT);
    if (isWhole && wordStandsAt(payload, at, word)) return true;
  }
  return false;
}
