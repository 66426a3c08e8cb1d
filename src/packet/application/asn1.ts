import type { Payload } from './payload.ts';
import { byteAt, longAt, threeBytesAt, wordAt } from './payload-bytes.ts';

/** X.690 section 8.1.3: how many bytes follow the length that is at `at`; -1 where none is there. Of forms that no protocol here needs, -1 as well. */
export function lengthAt(payload: Payload, at: number): number {
  const first = byteAt(payload, at);
  if (first < 0x80) return first;
  if (first === 0x81) return byteAt(payload, at + 1);
  if (first === 0x82) return wordAt(payload, at + 1);
  if (first === 0x83) return threeBytesAt(payload, at + 1);
  return first === 0x84 ? longAt(payload, at + 1) : -1;
}

/** Where what a length at `at` is of begins. */
export function behindLength(payload: Payload, at: number): number {
  const first = byteAt(payload, at);
  return first < 0x80 ? at + 1 : at + 1 + (first & 0x7f);
}
