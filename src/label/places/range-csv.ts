import { worthOf } from '../autonomous-systems.ts';
import { readHexGroups } from './hex-groups.ts';
import { countryCode, type Skipped } from './place-data.ts';
import type { AddressWidth } from './prefix-list.ts';
import { RangeRows } from './range-rows.ts';
import type { Ranges } from './ranges.ts';

const COMMA = 0x2c;
const QUOTE = 0x22;
const LINE_FEED = 0x0a;

/**
 * Reads lines of first address, last address and what is said of them, as the packages of ip-location-db have them; a name in quotation marks may follow, and the first of a value goes into `names`.
 * IPv4 as numbers, IPv6 as text. What is no such line is counted and passed over.
 */
export function readRangeCsv(
  bytes: Uint8Array,
  width: AddressWidth,
  readValue: (text: string) => number,
  skipped: Skipped,
  names: Map<number, string> | null = null,
): Ranges {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = new RangeRows(width);
  const first = new Uint32Array(width);
  const last = new Uint32Array(width);
  let lastName = -1;
  for (let at = 0; at < text.length; ) {
    const feed = text.indexOf(LINE_FEED, at);
    const end = feed < 0 ? text.length : feed;
    const second = text.indexOf(COMMA, at) + 1;
    const third = text.indexOf(COMMA, second) + 1;
    if (end > at) {
      const fourth = text.indexOf(COMMA, third);
      const behind = fourth < 0 || fourth > end ? end : fourth;
      const value =
        second > 0 && third > second && third < end ? readValue(text.toString('latin1', third, behind).trim()) : 0;
      if (value === RESERVED) skipped.add('ranges of a reserved system');
      else if (value === 0 || !readAddress(text, at, second - 1, first) || !readAddress(text, second, third - 1, last))
        skipped.add('lines that are no range');
      else if (!rows.add(first, last, value)) skipped.add('ranges out of order');
      else if (names !== null && behind < end && value !== lastName) {
        if (!names.has(value)) names.set(value, nameOf(text, behind + 1, end));
        lastName = value;
      }
    }
    at = end + 1;
  }
  return rows.finish();
}

/** What a reader of values gives of a number that nobody on the Internet has. */
const RESERVED = -1;

/** A system that the whole Internet knows: open data that has one for private use has a mistake. */
export function publicAsnOfText(text: string): number {
  const asn = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (asn === 0 || asn >= 2 ** 32) return 0;
  return worthOf(asn) === 2 ? asn : RESERVED;
}

export const countryOfText = countryCode;

function readAddress(text: Buffer, from: number, to: number, into: Uint32Array): boolean {
  if (into.length === 1) {
    let value = 0;
    for (let at = from; at < to; at++) {
      const digit = text[at]! - 0x30;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
    }
    into[0] = value;
    return to > from && value < 2 ** 32;
  }
  return readHexGroups(text, from, to, into);
}

/** A field that may stand in quotation marks, in which two of them are one. */
function nameOf(text: Buffer, from: number, to: number): string {
  const end = text[to - 1] === 0x0d ? to - 1 : to;
  if (text[from] !== QUOTE) return text.toString('utf8', from, end);
  return text.toString('utf8', from + 1, end - 1).replaceAll('""', '"');
}
