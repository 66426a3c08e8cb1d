import { WeirError } from '../../../base/index.ts';
import type { WantedPaths } from './wanted-paths.ts';

/** A value that was wanted; null where the record has none, or one of another kind. */
export type MmdbScalar = string | number | null;

/** Records of databases that exist nest 4 deep. */
const DEEPEST = 32;
/** So many values may be looked at for each byte of the section and apart from that: who makes records of few bytes refer to many is no maker of databases. */
const VALUES_PER_BYTE = 8;
const FIRST_VALUES = 1_000_000;
/** What is longer is no name of anything, and is passed over. */
const MOST_TEXT_BYTES = 1_024;

const POINTER = 1;
const TEXT = 2;
const DOUBLE = 3;
const BYTES = 4;
const UNSIGNED_16 = 5;
const UNSIGNED_32 = 6;
const MAP = 7;
const SIGNED_32 = 8;
const UNSIGNED_64 = 9;
const UNSIGNED_128 = 10;
const ARRAY = 11;
const BOOLEAN = 14;
const FLOAT = 15;
/** The most bytes of a value by its type; where a type has no other length, it has this one. */
const MOST_BYTES: Readonly<Record<number, number>> = {
  [UNSIGNED_16]: 2,
  [UNSIGNED_32]: 4,
  [SIGNED_32]: 4,
  [UNSIGNED_64]: 8,
  [UNSIGNED_128]: 16,
  [BOOLEAN]: 1,
};
const EXACT_BYTES: Readonly<Record<number, number>> = { [DOUBLE]: 8, [FLOAT]: 4 };
const POINTER_BASE = [0, 2048, 526_336, 0];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The data section of a MaxMind DB file (https://maxmind.github.io/MaxMind-DB/). Only what is wanted of a record is decoded; the rest is stepped over, and
 * pointers in it are not followed. Every read is checked against the section's end; depth, and the number of values for the whole section, are bounded, since
 * pointers may lead in circles. Throws WeirError `corrupt`, which does not leave the room.
 */
export class MmdbDecoder {
  private readonly section: Buffer;
  private at = 0;
  private left: number;
  private size = 0;

  constructor(section: Uint8Array) {
    this.section = Buffer.from(section.buffer, section.byteOffset, section.byteLength);
    this.left = FIRST_VALUES + VALUES_PER_BYTE * section.byteLength;
  }

  /** Writes what is wanted of the record that begins at this offset of the section into `out`, by the numbers of the paths. False where it is no map. */
  read(offset: number, wanted: WantedPaths, out: MmdbScalar[]): boolean {
    if (offset >= this.section.length) throw corrupt(`a record at ${offset} lies behind the end of the data`);
    out.fill(null);
    this.at = offset;
    return this.value(wanted, out, 0);
  }

  /** Reads or steps over one value; true where it is a map. Ends behind it, and behind the pointer where it is one. */
  private value(wanted: WantedPaths | null, out: MmdbScalar[], depth: number): boolean {
    const type = this.head(depth);
    if (type === POINTER) {
      if (wanted === null) return false;
      const back = this.at;
      this.at = this.size;
      const isMap = this.value(wanted, out, depth + 1);
      this.at = back;
      return isMap;
    }
    const { size } = this;
    if (type === MAP) this.map(size, wanted, out, depth);
    else if (type === ARRAY) for (let n = 0; n < size; n++) this.value(null, out, depth + 1);
    else {
      const from = this.stepOver(type, size);
      if (wanted !== null && wanted.slot >= 0) out[wanted.slot] = this.scalar(type, from, size);
    }
    return type === MAP;
  }

  private map(size: number, wanted: WantedPaths | null, out: MmdbScalar[], depth: number): void {
    for (let n = 0; n < size; n++) {
      const inside = this.key(wanted, depth + 1);
      this.value(inside, out, depth + 1);
    }
  }

  /** What is wanted of the value behind the key that stands here. */
  private key(wanted: WantedPaths | null, depth: number): WantedPaths | null {
    let type = this.head(depth);
    let back = -1;
    if (type === POINTER) {
      back = this.at;
      this.at = this.size;
      type = this.head(depth + 1);
    }
    if (type !== TEXT) throw corrupt('the key of a map is not a text');
    const from = this.stepOver(type, this.size);
    const to = this.at;
    if (back >= 0) this.at = back;
    for (const { key, inside } of wanted?.keys ?? [])
      if (key.length === to - from && this.section.compare(key, 0, key.length, from, to) === 0) return inside;
    return null;
  }

  /** Reads a control byte with what belongs to it: gives the type, and leaves in `size` the length, or where the pointer leads. */
  private head(depth: number): number {
    if (depth > DEEPEST) throw corrupt(`values lie more than ${DEEPEST} deep within each other, or in a circle`);
    this.left -= 1;
    if (this.left < 0) throw corrupt('its records have more values than their bytes can hold');
    const control = this.byte();
    const type = control >>> 5;
    if (type === POINTER) {
      this.size = this.target(control);
      return POINTER;
    }
    const extended = type === 0 ? 7 + this.byte() : type;
    this.size = this.length(control & 31);
    return extended;
  }

  private target(control: number): number {
    const bytes = ((control >>> 3) & 3) + 1;
    const high = bytes === 4 ? 0 : control & 7;
    const target = high * 2 ** (8 * bytes) + this.unsigned(bytes) + POINTER_BASE[bytes - 1]!;
    if (target >= this.section.length) throw corrupt(`a pointer to ${target} leads behind the end of the data`);
    return target;
  }

  private length(given: number): number {
    if (given < 29) return given;
    if (given === 29) return 29 + this.unsigned(1);
    return given === 30 ? 285 + this.unsigned(2) : 65_821 + this.unsigned(3);
  }

  /** Checks a value that holds no other and goes behind it; gives where its bytes begin. A boolean has its value for a length, and no bytes. */
  private stepOver(type: number, size: number): number {
    const exact = EXACT_BYTES[type];
    if (exact !== undefined && size !== exact) throw corrupt(`a number of ${exact} bytes claims ${size}`);
    const most = MOST_BYTES[type];
    if (most !== undefined && size > most) throw corrupt(`a number of at most ${most} bytes claims ${size}`);
    if (most === undefined && exact === undefined && type !== TEXT && type !== BYTES)
      throw corrupt(`a value has the type ${type}, which there is not`);
    const from = this.at;
    this.at += type === BOOLEAN ? 0 : size;
    if (this.at > this.section.length) throw corrupt(`a value of ${size} bytes goes on behind the end of the data`);
    return from;
  }

  private scalar(type: number, from: number, size: number): MmdbScalar {
    if (type === TEXT) return size > MOST_TEXT_BYTES ? null : this.text(from, size);
    if (type === SIGNED_32) return this.number(from, size) | 0;
    return type === UNSIGNED_16 || type === UNSIGNED_32 || type === UNSIGNED_64 ? this.number(from, size) : null;
  }

  private text(from: number, size: number): string {
    try {
      return utf8.decode(this.section.subarray(from, from + size));
    } catch {
      throw corrupt('a text is not UTF-8');
    }
  }

  private number(from: number, bytes: number): number {
    let value = 0;
    for (let at = from; at < from + bytes; at++) value = value * 256 + this.section[at]!;
    return value;
  }

  private unsigned(bytes: number): number {
    let value = 0;
    for (let n = 0; n < bytes; n++) value = value * 256 + this.byte();
    return value;
  }

  private byte(): number {
    if (this.at >= this.section.length) throw corrupt('a value goes on behind the end of the data');
    return this.section[this.at++]!;
  }
}

export function corrupt(message: string): WeirError {
  return new WeirError('corrupt', message);
}
