import {
  type Column,
  columns,
  findColumn,
  findVirtualColumn,
  formatAddress,
  isNetwork,
  isUnknownAddress,
  type JsonValue,
  jsonInteger,
  physicalOf,
} from '../flow/index.ts';
import type { RawValue } from '../store/index.ts';
import type { AnswerColumn } from './answer.ts';
import { isShownAsText, showWord } from './dimensions.ts';
import { name, type Sql, sql } from './sql.ts';
import { BYTES, DURATION, DURATION_TERM, PACKETS } from './sums.ts';
import { unknownWord } from './words.ts';

/** A flow record as `weir flows --format jsonl` prints it: unknown values are absent. */
export type FlowRecord = Record<string, string | number>;

/** A field of a record: the SQL of the words it is read from, and how they become its value. */
export interface RecordField {
  readonly column: AnswerColumn;
  /** The stored column it shows; null where it is computed. */
  readonly stored: Column | null;
  readonly words: readonly Sql[];
  readonly read: (words: readonly RawValue[]) => JsonValue;
}

/** Fields that are no column but computed from some. */
const COMPUTED: readonly RecordField[] = [
  scaledField(BYTES.name, BYTES.unit, 'raw_bytes'),
  scaledField(PACKETS.name, PACKETS.unit, 'raw_packets'),
  {
    column: { name: DURATION.name, type: 'integer', unit: DURATION.unit },
    stored: null,
    words: [sql`CAST(${DURATION_TERM} AS DOUBLE)`],
    read: ([ms]) => Number(ms),
  },
];

function scaledField(field: string, unit: string, raw: string): RecordField {
  return {
    column: { name: field, type: 'integer', unit },
    stored: null,
    words: [name(raw), name('sampling')],
    read: ([value, sampling]) => {
      const raw = value as bigint;
      return jsonInteger(sampling === 1 ? raw : raw * BigInt(sampling as number));
    },
  };
}

/** The fields of a record: those that were named, or every column and the scaled counters. */
export function recordFields(named: readonly string[] | undefined): RecordField[] {
  if (named === undefined) return [...columns.map(columnField), ...COMPUTED.slice(0, 2)];
  return [...new Set(named)].map((word) => {
    const computed = COMPUTED.find((c) => c.column.name === word);
    if (computed) return computed;
    const column = findColumn(word) ?? findVirtualColumn(word);
    if (!column || isNetwork(column.name))
      throw unknownWord(
        'column',
        word,
        [...columns, ...COMPUTED.map((c) => c.column)].map((c) => c.name),
      );
    return columnField(column);
  });
}

function columnField(column: Column): RecordField {
  const shown = { name: column.name, type: recordType(column), unit: column.unit ?? null };
  const field = { column: shown, stored: column };
  const words = physicalOf(column).map((p) => name(p.name));
  if (column.type === 'address') return { ...field, words: words.flatMap(halves), read: readAddress };
  // Times are below 2^53, and doubles cost less than 64-bit integers on their way into JavaScript.
  if (column.type === 'time') {
    return { ...field, words: words.map((w) => sql`CAST(${w} AS DOUBLE)`), read: ([ms]) => Number(ms) };
  }
  return { ...field, words, read: wordReader(column) };
}

/** As `showWord`, without 64-bit arithmetic for values that have fewer bits: a list has millions of them. */
function wordReader(column: Column): RecordField['read'] {
  if (!['u8', 'u16', 'u32'].includes(column.type)) return ([value]) => showWord(column, value ?? null);
  const { unknown } = column;
  return ([value]) => (value === unknown ? null : (value as number));
}

function recordType(column: Column): AnswerColumn['type'] {
  if (column.type === 'time' || column.type === 'address') return column.type;
  return isShownAsText(column) ? 'text' : 'integer';
}

/** A 64-bit word as two of 32 bits, high one first. */
function halves(word: Sql): Sql[] {
  return [sql`CAST(${word} >> 32 AS UINTEGER)`, sql`CAST(${word} & 4294967295 AS UINTEGER)`];
}

function readAddress(words: readonly RawValue[]): JsonValue {
  const address = words as unknown as [number, number, number, number];
  return isUnknownAddress(address) ? null : formatAddress(address);
}

/** What stands in SELECT for the fields, and how a row of it becomes values in their order. */
export function recordReader(fields: readonly RecordField[]): {
  readonly select: readonly Sql[];
  readonly read: (row: readonly RawValue[]) => JsonValue[];
} {
  const select: Sql[] = [];
  const readers = fields.map((f) =>
    rowReader(
      f,
      f.words.map((w) => position(select, w)),
    ),
  );
  return { select, read: (row) => readers.map((read) => read(row)) };
}

/** Reads a field from its places in a row; those of one word, which are most, without a list in between. */
function rowReader({ read }: RecordField, places: readonly number[]): (row: readonly RawValue[]) => JsonValue {
  const [first = 0] = places;
  const contiguous = places.every((p, i) => p === first + i);
  if (contiguous) return (row) => read(row.slice(first, first + places.length));
  return (row) => read(places.map((p) => row[p]!));
}

/** Two fields that read the same word share it. */
function position(select: Sql[], word: Sql): number {
  const at = select.findIndex((s) => s.text === word.text);
  return at >= 0 ? at : select.push(word) - 1;
}

export function toRecord(fields: readonly RecordField[], values: readonly JsonValue[]): FlowRecord {
  const record: FlowRecord = {};
  for (let i = 0; i < fields.length; i++) {
    const value = values[i];
    if (value !== null && value !== undefined) record[fields[i]!.column.name] = value;
  }
  return record;
}
