import { applicationNumber } from '../../flow/index.ts';
import { type Finding, found } from './finding.ts';
import { atPort, type Payload } from './payload.ts';
import { byteAt, wordAt } from './payload-bytes.ts';

const NTP = applicationNumber('ntp');
export const NTP_PORT = 123;
const HEADER_BYTES = 48;
const CONTROL_BYTES = 12;
const PRIVATE_BYTES = 8;
/** What a message authentication code may take: none, a refusal (RFC 5905 section 7.5), MD5, SHA-1, longer ones. */
const MAC_BYTES = [0, 4, 20, 24, 36, 52, 68];
/** RFC 7822 section 3. */
const FEWEST_FIELD_BYTES = 16;
/** RFC 5905 section 7.3: unsynchronized; higher ones are reserved. */
const MOST_STRATUM = 16;
/** Clients that tell nothing of themselves send this (draft-ietf-ntp-data-minimization). */
const NO_PRECISION = 32;

/** Nothing of it is the same in all messages: every field has to be what it can be. */
export function recogniseNtp(payload: Payload, out: Finding): boolean {
  if (!atPort(payload, NTP_PORT)) return false;
  const mode = byteAt(payload, 0) & 7;
  const version = (byteAt(payload, 0) >> 3) & 7;
  if (version < 1 || version > 4) return false;
  if (mode === 6) return isControl(payload) && found(out, NTP);
  if (mode === 7) return isPrivate(payload) && found(out, NTP);
  return mode > 0 && isTime(payload) && fieldsFill(payload) && found(out, NTP);
}

/** RFC 5905 section 7.3: intervals of polls and precision are powers of two, in seconds. */
function isTime(payload: Payload): boolean {
  const poll = signed(byteAt(payload, 2));
  const precision = signed(byteAt(payload, 3));
  if (byteAt(payload, 1) > MOST_STRATUM || poll < -8 || poll > 20) return false;
  return (precision >= -40 && precision <= 0) || precision === NO_PRECISION;
}

const signed = (byte: number) => (byte << 24) >> 24;

/** RFC 7822 section 3: fields, each with its length, then the code. */
function fieldsFill(payload: Payload): boolean {
  let at = HEADER_BYTES;
  while (!MAC_BYTES.includes(payload.length - at)) {
    const length = wordAt(payload, at + 2);
    if (length < FEWEST_FIELD_BYTES || length % 4 !== 0) return false;
    at += length;
  }
  return true;
}

/** RFC 9327 section 2: no leap indicator, an operation, and so many bytes of data as it says; a code may follow. */
function isControl(payload: Payload): boolean {
  const operation = byteAt(payload, 1) & 0x1f;
  const behind = payload.length - CONTROL_BYTES - wordAt(payload, 10);
  if (byteAt(payload, 0) >> 6 !== 0 || (operation > 12 && operation !== 31)) return false;
  return payload.length >= CONTROL_BYTES && behind >= 0 && behind < 32;
}

/** ntpdc(8) of the reference implementation: number of the implementation, and items of one size; requests are filled up. */
function isPrivate(payload: Payload): boolean {
  const implementation = byteAt(payload, 2);
  const items = wordAt(payload, 4) & 0x0fff;
  const itemBytes = wordAt(payload, 6);
  const isKnown = implementation === 0 || implementation === 2 || implementation === 3;
  return isKnown && itemBytes >= 0 && itemBytes < 0x1000 && PRIVATE_BYTES + items * itemBytes <= payload.length;
}
