import { WeirError } from '../../../base/index.ts';

/** What a record of a database holds; numbers beyond 2^53 are bigints. */
export type MmdbValue = string | number | bigint | boolean | Uint8Array | MmdbValue[] | Map<string, MmdbValue>;

/** Records of databases that exist nest 4 deep and have some hundred values. */
const DEEPEST = 32;
const MOST_VALUES = 20_000;

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

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Values of the data section of a MaxMind DB file (https://maxmind.github.io/MaxMind-DB/). Every read is checked against the section's end; depth and
 * number of values are bounded, since pointers may lead in circles. Throws WeirError `corrupt`, which does not leave the room.
 */
export class MmdbDecoder {
  private readonly section: DataView;
  private at = 0;
  private left = 0;

  constructor(section: Uint8Array) {
    this.section = new DataView(section.buffer, section.byteOffset, section.byteLength);
  }

  /** The value that begins at this offset of the section. */
  value(offset: number): MmdbValue {
    if (offset >= this.section.byteLength) throw corrupt(`a record at ${offset} lies behind the end of the data`);
    this.at = offset;
    this.left = MOST_VALUES;
    return this.read(0);
  }

  private read(depth: number): MmdbValue {
    if (depth > DEEPEST) throw corrupt(`values lie more than ${DEEPEST} deep within each other, or in a circle`);
    this.left -= 1;
    if (this.left < 0) throw corrupt(`a record has more than ${MOST_VALUES} values`);
    const control = this.byte();
    let type = control >>> 5;
    if (type === POINTER) return this.pointed(control, depth);
    if (type === 0) type = 7 + this.byte();
    return this.plain(type, this.size(control & 31), depth);
  }

  private pointed(control: number, depth: number): MmdbValue {
    const bytes = ((control >>> 3) & 3) + 1;
    const high = bytes === 4 ? 0 : control & 7;
    const base = [0, 2048, 526_336, 0][bytes - 1]!;
    const target = high * 2 ** (8 * bytes) + this.unsigned(bytes) + base;
    const back = this.at;
    if (target >= this.section.byteLength) throw corrupt(`a pointer to ${target} leads behind the end of the data`);
    this.at = target;
    const value = this.read(depth + 1);
    this.at = back;
    return value;
  }

  private size(given: number): number {
    if (given < 29) return given;
    if (given === 29) return 29 + this.unsigned(1);
    return given === 30 ? 285 + this.unsigned(2) : 65_821 + this.unsigned(3);
  }

  private plain(type: number, size: number, depth: number): MmdbValue {
    switch (type) {
      case TEXT:
        return this.text(size);
      case MAP:
        return this.map(size, depth);
      case ARRAY:
        return this.list(size, depth);
      case UNSIGNED_16:
        return this.unsigned(this.atMost(size, 2));
      case UNSIGNED_32:
        return this.unsigned(this.atMost(size, 4));
      case SIGNED_32:
        return this.unsigned(this.atMost(size, 4)) | 0;
      case UNSIGNED_64:
        return this.wide(this.atMost(size, 8));
      case UNSIGNED_128:
        return this.wide(this.atMost(size, 16));
      case BOOLEAN:
        return this.atMost(size, 1) === 1;
      case DOUBLE:
        return this.real(size, 8);
      case FLOAT:
        return this.real(size, 4);
      case BYTES:
        return this.take(size);
      default:
        throw corrupt(`a value has the type ${type}, which there is not`);
    }
  }

  private text(size: number): string {
    try {
      return utf8.decode(this.take(size));
    } catch (error) {
      throw error instanceof WeirError ? error : corrupt('a text is not UTF-8');
    }
  }

  private map(size: number, depth: number): MmdbValue {
    const map = new Map<string, MmdbValue>();
    for (let n = 0; n < size; n++) {
      const key = this.read(depth + 1);
      if (typeof key !== 'string') throw corrupt('the key of a map is not a text');
      map.set(key, this.read(depth + 1));
    }
    return map;
  }

  private list(size: number, depth: number): MmdbValue {
    const list: MmdbValue[] = [];
    for (let n = 0; n < size; n++) list.push(this.read(depth + 1));
    return list;
  }

  private real(size: number, bytes: 4 | 8): number {
    if (size !== bytes) throw corrupt(`a number of ${bytes} bytes claims ${size}`);
    const at = this.at;
    this.take(size);
    return bytes === 8 ? this.section.getFloat64(at) : this.section.getFloat32(at);
  }

  private unsigned(bytes: number): number {
    let value = 0;
    for (let n = 0; n < bytes; n++) value = value * 256 + this.byte();
    return value;
  }

  private wide(bytes: number): number | bigint {
    let value = 0n;
    for (let n = 0; n < bytes; n++) value = (value << 8n) | BigInt(this.byte());
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  private atMost(size: number, bytes: number): number {
    if (size > bytes) throw corrupt(`a number of at most ${bytes} bytes claims ${size}`);
    return size;
  }

  private byte(): number {
    if (this.at >= this.section.byteLength) throw corrupt('a value goes on behind the end of the data');
    return this.section.getUint8(this.at++);
  }

  private take(size: number): Uint8Array {
    if (this.at + size > this.section.byteLength)
      throw corrupt(`a value of ${size} bytes goes on behind the end of the data`);
    const bytes = new Uint8Array(this.section.buffer, this.section.byteOffset + this.at, size);
    this.at += size;
    return bytes;
  }
}

export function corrupt(message: string): WeirError {
  return new WeirError('corrupt', message);
}
