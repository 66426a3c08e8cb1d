import type { Payload } from './payload.ts';
import { byteAt, isDigit, standsAt } from './payload-bytes.ts';

/** Which of some beginnings the payload has at `at`; -1 none. */
export function whichStandsAt(payload: Payload, at: number, beginnings: readonly Uint8Array[]): number {
  for (let i = 0; i < beginnings.length; i++) if (standsAt(payload, at, beginnings[i]!)) return i;
  return -1;
}

/** Where exactly these bytes begin between `from` and `to`; -1 nowhere. */
export function findBytes(payload: Payload, from: number, to: number, bytes: Uint8Array): number {
  const last = Math.min(to, payload.length) - bytes.length;
  for (let at = Math.max(from, 0); at <= last; at++) if (standsAt(payload, at, bytes)) return at;
  return -1;
}

/** Where the decimal digits that begin at `at` end; `at` itself where there are none. At most ten are read. */
export function digitsEnd(payload: Payload, at: number): number {
  let end = at;
  while (end < at + 10 && isDigit(byteAt(payload, end))) end++;
  return end;
}

/** The decimal number between `from` and `to`. */
export function decimal(payload: Payload, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + byteAt(payload, at) - 48;
  return value;
}

/** All bytes between `from` and `to` are text of ASCII, ends of lines and tabs too. */
export function isText(payload: Payload, from: number, to: number): boolean {
  if (from < 0 || to > payload.length) return false;
  for (let at = from; at < to; at++) {
    const byte = byteAt(payload, at);
    if ((byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) || byte > 0x7e) return false;
  }
  return true;
}
