import { COLUMNS, type Column, type ColumnName } from './columns.ts';

/** The storage word of a physical column. `time` and `u64` are 64-bit; `enum` is 8-bit; `text` is a 32-bit dictionary code. */
export type Word = 'u8' | 'u16' | 'u32' | 'u64';

/** One typed array of a batch and one column of a segment: a column, or one half of an address. */
export interface PhysicalColumn {
  readonly name: string;
  readonly word: Word;
  readonly column: Column;
  readonly part: 'whole' | 'hi' | 'lo';
}

/** The table with its literal types widened, for code that works on any column. */
export const columns: readonly Column[] = COLUMNS;

const byName = new Map<string, Column>(columns.map((c) => [c.name, c]));

/** The column of that name, or undefined. */
export function findColumn(name: string): Column | undefined {
  return byName.get(name);
}

/** The column of that name, which is known to exist. */
export function columnOf(name: ColumnName | string): Column {
  const column = byName.get(name);
  if (!column) throw new RangeError(`no column ${name}`);
  return column;
}

/** The number that a column of a fixed set of words keeps for `word`, which is known to be one of them. */
export function enumCode(column: ColumnName, word: string): number {
  const code = columnOf(column).values?.indexOf(word) ?? -1;
  if (code < 0) throw new RangeError(`${column} is never ${word}`);
  return code;
}

/** `src_addr` is kept as `src_hi` and `src_lo`, `exporter` as `exporter_hi` and `exporter_lo`. */
export function addressWords(name: string): { hi: string; lo: string } {
  const stem = name.endsWith('_addr') ? name.slice(0, -'_addr'.length) : name;
  return { hi: `${stem}_hi`, lo: `${stem}_lo` };
}

const WORDS: Record<Column['type'], Word> = {
  u8: 'u8',
  u16: 'u16',
  u32: 'u32',
  u64: 'u64',
  time: 'u64',
  address: 'u64',
  enum: 'u8',
  text: 'u32',
};

/** The physical columns behind one column. */
export function physicalOf(column: Column): PhysicalColumn[] {
  if (column.type !== 'address') return [{ name: column.name, word: WORDS[column.type], column, part: 'whole' }];
  const { hi, lo } = addressWords(column.name);
  return [
    { name: hi, word: 'u64', column, part: 'hi' },
    { name: lo, word: 'u64', column, part: 'lo' },
  ];
}

/** All physical columns, in the order of the table. */
export const physicalColumns: readonly PhysicalColumn[] = columns.flatMap(physicalOf);

/** Bytes of one value. */
export const WORD_BYTES: Record<Word, number> = { u8: 1, u16: 2, u32: 4, u64: 8 };

/** The number that a physical column holds in rows whose source never fills it. */
export function fillOf(column: Column): number {
  if (column.absent !== undefined) return column.absent;
  return typeof column.unknown === 'number' ? column.unknown : 0;
}

/** The physical columns behind columns of these names, in their order. */
export function physicalOfAll(names: readonly string[]): PhysicalColumn[] {
  return names.flatMap((name) => physicalOf(columnOf(name)));
}

/** The DuckDB type of a physical column in a segment. Text is a string at rest. */
export function sqlTypeOf(p: PhysicalColumn): string {
  if (p.column.type === 'text') return 'VARCHAR';
  return { u8: 'UTINYINT', u16: 'USMALLINT', u32: 'UINTEGER', u64: p.column.type === 'time' ? 'BIGINT' : 'UBIGINT' }[
    p.word
  ];
}
