import { type ColumnName, columnOf, enumCode, physicalOf } from '../../flow/index.ts';
import type { FieldPlace } from '../template-layout.ts';
import { targetOf } from '../template-targets.ts';
import type { Reading } from './element-column.ts';

/** Which loop an operation is: a number, so that one switch finds it. */
export const LOOP = {
  byte: 0,
  table: 1,
  shortFromShort: 2,
  shortFromByte: 3,
  wordFromWord: 4,
  wordFromShort: 5,
  wideFromWord: 6,
  wideFromWide: 7,
  wideFromSix: 8,
  ipv4: 9,
  ipv6: 10,
  addressOver: 11,
  label: 12,
  text: 13,
  vrf: 14,
  application: 15,
  avcText: 16,
  decimal: 17,
  /** Any length, fixed or not, one record after the other: what is rare. */
  number: 18,
  float: 19,
} as const;

/** One field into one column. */
export interface ColumnOp {
  readonly loop: number;
  readonly place: FieldPlace;
  /** From the noted position to the first byte that the loop reads: numbers that are longer than their column give their low bytes. */
  readonly offset: number;
  /** The physical column; for addresses the high half, and `low` the other. */
  readonly target: number;
  readonly low: number;
  readonly column: ColumnName;
  readonly word: 'u8' | 'u16' | 'u32' | 'u64';
  readonly table: Uint8Array;
  /** A field before this one has filled the column: only rows where it is still 0 are written. */
  readonly over: boolean;
  /** For addresses: 0.0.0.0 is an address, not the lack of one. */
  readonly known: boolean;
}

const NO_TABLE = new Uint8Array(256);

/** Codes of an enum column by the codes of its element: shifted by `shift`, 0 (not known) where there is none. */
function table(column: ColumnName, shift: number): Uint8Array {
  const codes = new Uint8Array(256);
  const values = columnOf(column).values ?? [];
  for (let code = 0; code + shift < values.length; code++) codes[code] = code + shift;
  return codes;
}

const DIRECTIONS = table('flow_direction', 1);

/** By column: tables of elements whose codes are those of the column. */
const SAME_CODES = new Map<ColumnName, Uint8Array>();

function sameCodes(column: ColumnName): Uint8Array {
  const codes = SAME_CODES.get(column) ?? table(column, 0);
  SAME_CODES.set(column, codes);
  return codes;
}

/** The DSCP is the upper six bits of the type of service (RFC 2474). */
const DSCP = Uint8Array.from({ length: 256 }, (_, code) => (code << 2) & 0xff);

const [UNKNOWN, SOURCE, DESTINATION, PEER] = ['unknown', 'source', 'destination', 'peer'].map((side) =>
  enumCode('client_side', side),
) as [number, number, number, number];
/**
 * Sides of clients by code. RFC 5103 section 6.3: 0 arbitrary, 1 initiator, 2 reverse initiator; 3, perimeter, says which end is inside and not which one asks. Weir's
 * own element has the codes of the column.
 */
const SIDES: Readonly<Partial<Record<Reading, Uint8Array>>> = {
  initiator: codes(UNKNOWN, SOURCE, DESTINATION),
  initiator_reversed: codes(UNKNOWN, DESTINATION, SOURCE),
  client: codes(UNKNOWN, SOURCE, DESTINATION, PEER),
  client_reversed: codes(UNKNOWN, DESTINATION, SOURCE, PEER),
};

function codes(...known: readonly number[]): Uint8Array {
  const all = new Uint8Array(256);
  all.set(known);
  return all;
}

/** Addresses of which 0.0.0.0 is one. */
const ENDS = new Set<ColumnName>(['src_addr', 'dst_addr']);

/** The operation for a field, or null when a field of its length cannot be read as what it should be. `alone`: no other field follows for this column. */
export function columnOp(
  place: FieldPlace,
  reading: Reading,
  column: ColumnName,
  over: boolean,
  alone: boolean,
): ColumnOp | null {
  const physical = physicalOf(columnOf(column));
  const { word } = physical[0]!;
  const loop = loopOf(place, reading, word, over);
  if (loop < 0) return null;
  return {
    loop,
    place,
    offset: place.offset + skipped(loop, place.length),
    target: targetOf(physical[0]!.name),
    low: targetOf(physical.at(-1)!.name),
    column,
    word,
    table: tableOf(reading, column),
    over,
    known: alone && ENDS.has(column),
  };
}

function tableOf(reading: Reading, column: ColumnName): Uint8Array {
  if (reading === 'direction') return DIRECTIONS;
  if (reading === 'dscp') return DSCP;
  const sides = SIDES[reading];
  if (sides !== undefined) return sides;
  return reading === 'code' ? sameCodes(column) : NO_TABLE;
}

/** Bytes before those that the loop reads. */
function skipped(loop: number, length: number): number {
  if (loop === LOOP.byte || loop === LOOP.table) return length - 1;
  if (loop === LOOP.shortFromShort) return length - 2;
  if (loop === LOOP.wordFromWord) return length - 4;
  return loop === LOOP.wideFromWide ? length - 8 : 0;
}

function loopOf(place: FieldPlace, reading: Reading, word: ColumnOp['word'], over: boolean): number {
  const { length } = place;
  if (length === 0) return -1;
  switch (reading) {
    case 'text':
      return LOOP.text;
    case 'avc_text':
      return LOOP.avcText;
    case 'decimal':
      return LOOP.decimal;
    case 'vrf':
      return LOOP.vrf;
    case 'application':
      return LOOP.application;
    case 'float':
      return LOOP.float;
    case 'address':
      if (length !== 4 && length !== 16) return -1;
      return over ? LOOP.addressOver : length === 4 ? LOOP.ipv4 : LOOP.ipv6;
    case 'label':
      return length === 3 || length === 4 ? LOOP.label : -1;
    case 'number':
      return over || length < 0 ? LOOP.number : numberLoop(length, word);
    default:
      return length < 0 ? -1 : LOOP.table;
  }
}

function numberLoop(length: number, word: ColumnOp['word']): number {
  if (word === 'u8') return LOOP.byte;
  if (word === 'u16') return length === 1 ? LOOP.shortFromByte : LOOP.shortFromShort;
  if (word === 'u32') return length >= 4 ? LOOP.wordFromWord : length === 2 ? LOOP.wordFromShort : LOOP.number;
  if (length === 4) return LOOP.wideFromWord;
  return length >= 8 ? LOOP.wideFromWide : length === 6 ? LOOP.wideFromSix : LOOP.number;
}
