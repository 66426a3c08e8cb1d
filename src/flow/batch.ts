import type { Column } from './columns.ts';
import { type DictionaryHandle, readTexts } from './dictionary.ts';
import {
  columnOf,
  columns,
  fillOf,
  type PhysicalColumn,
  physicalColumns,
  physicalOf,
  physicalOfAll,
  WORD_BYTES,
} from './schema.ts';

/** What another thread needs to see the same batch: nothing is copied. `texts` are a dictionary's values, by column and code. */
export interface FlowBatchHandle {
  readonly memory: SharedArrayBuffer;
  readonly capacity: number;
  /** Columns that the batch has room for. */
  readonly room: readonly string[];
  readonly rows: number;
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly dictionaries: Readonly<Record<string, DictionaryHandle>>;
}

/** 64-bit columns are seen as pairs of 32-bit words, low word first (every platform Node supports is little-endian). */
export type ColumnArray = Uint8Array | Uint16Array | Uint32Array;

/** The columns that a writer fills in each row that it writes; made once for each kind of record, because batches keep notes by it. */
export interface RowShape {
  readonly physical: readonly string[];
}

/** The shape of a writer that fills these columns in each of its rows. */
export function rowShape(names: readonly string[]): RowShape {
  return { physical: physicalOfAll(names).map((p) => p.name) };
}

const POSITION = new Map(physicalColumns.map((p, i) => [p.name, i]));
/** One byte for each physical column says whether it is live; a multiple of 8, because words follow. */
const HEAD_BYTES = Math.ceil(physicalColumns.length / 8) * 8;

/**
 * Flow records as columns: a fixed capacity, one typed array per physical column, all over one SharedArrayBuffer, so that
 * a batch crosses threads without a copy. There is room for every column that its source could fill, but only live columns, those that
 * a row has a value for, exist for readers; the others have their `unknown` value in every row, and the system gives their memory no page.
 */
export class FlowBatch {
  readonly memory: SharedArrayBuffer;
  readonly capacity: number;
  readonly room: readonly string[];
  /** Rows that are filled. */
  rows = 0;
  /** Values of text columns by code, for batches that are made whole. */
  texts: Record<string, readonly string[]> = {};
  /** Values of text columns by code, for batches that a thread fills: set when it begins a batch. */
  dictionaries: Record<string, DictionaryHandle> = {};
  private readonly arrays = new Map<string, ColumnArray>();
  private readonly live: Uint8Array;
  private revision = 0;
  /** By shape: the live columns that it does not write. */
  private readonly plans = new Map<RowShape, { revision: number; others: Filled[] }>();
  /** Shapes whose columns were opened for rows that are written. */
  private readonly opened = new Set<RowShape>();
  /** Live columns that no writer of rows fills, but who labels them. */
  private readonly claimed = new Set<string>();
  /** Rows whose claimed columns are filled. */
  private labelled = 0;

  /** `names`: the columns that there is room for. All are live, unless `lazy`: then `begin` makes live what is written. */
  constructor(capacity: number, names: readonly string[], memory?: SharedArrayBuffer, lazy = false) {
    this.capacity = capacity;
    this.room = names;
    const plan = layout(capacity, names);
    this.memory = memory ?? new SharedArrayBuffer(plan.bytes);
    this.live = new Uint8Array(this.memory, 0, HEAD_BYTES);
    for (const { physical, offset } of plan.columns) {
      this.arrays.set(physical.name, viewOf(this.memory, physical, offset, capacity));
      if (!memory && !lazy) this.live[POSITION.get(physical.name)!] = 1;
    }
  }

  static fromHandle(handle: FlowBatchHandle): FlowBatch {
    const batch = new FlowBatch(handle.capacity, handle.room, handle.memory);
    batch.rows = handle.rows;
    batch.texts = { ...handle.texts };
    batch.dictionaries = { ...handle.dictionaries };
    return batch;
  }

  handle(): FlowBatchHandle {
    const { memory, capacity, room, rows, texts, dictionaries } = this;
    return { memory, capacity, room, rows, texts, dictionaries };
  }

  /** The live columns: those that readers see. */
  get shape(): readonly string[] {
    return this.room.filter((name) => physicalOf(columnOf(name)).some((p) => this.isLive(p.name)));
  }

  /** Grows, until `clear`, when another column is live or a live one is filled by somebody else: for the thread that fills the batch. */
  get liveColumns(): number {
    return this.revision;
  }

  /** Bytes that the live columns take. */
  get liveBytes(): number {
    let bytes = 0;
    for (const [name, array] of this.arrays) if (this.isLive(name)) bytes += array.byteLength;
    return bytes;
  }

  /** The array of a live physical column (`src_lo`, `raw_bytes`, ...), or undefined when its value is `unknown` in every row. */
  array(physical: string): ColumnArray | undefined {
    return this.isLive(physical) ? this.arrays.get(physical) : undefined;
  }
  /** The array of a physical column, live or not: for those who write it. */
  u8(physical: string): Uint8Array {
    return this.need(physical) as Uint8Array;
  }
  u16(physical: string): Uint16Array {
    return this.need(physical) as Uint16Array;
  }
  /** A 32-bit column, or a 64-bit one as pairs of words: value i at [2i] (low) and [2i + 1] (high). */
  u32(physical: string): Uint32Array {
    return this.need(physical) as Uint32Array;
  }

  /** Empty, with no column live. */
  clear(): void {
    this.rows = 0;
    this.live.fill(0);
    this.revision = 0;
    this.plans.clear();
    this.opened.clear();
    this.claimed.clear();
    this.labelled = 0;
  }

  /**
   * Before a writer fills `count` rows from `row` on (`row` is the number of rows so far): makes its columns live, with `unknown` in the rows
   * before, and writes `unknown` to these rows of the live columns that it does not fill, but for those that are claimed.
   */
  begin(shape: RowShape, row: number, count: number): void {
    let plan = this.plans.get(shape);
    if (plan === undefined || plan.revision !== this.revision) plan = this.adopt(shape, row);
    for (const { array, fill, width } of plan.others) write(array, fill, row * width, (row + count) * width);
  }

  /** For who adds to rows that are written already: makes the columns of `shape` live, with `unknown` in the rows before `row`; those behind are the caller's. */
  open(shape: RowShape, row: number): void {
    if (this.opened.has(shape)) return;
    this.makeLive(shape.physical, row);
    this.opened.add(shape);
  }

  /**
   * For who fills columns of all rows some time after they were written: makes those of `shape` that are not live so, with `unknown` in the rows before `row`.
   * Writers of rows leave them alone, as long as none of them has a value for one: so that the same rows are not filled twice. Before a reader sees
   * rows they are filled and `settle` is told.
   */
  claim(shape: RowShape, row: number): void {
    for (const name of shape.physical) {
      if (this.isLive(name)) continue;
      this.makeLive([name], row);
      this.claimed.add(name);
    }
  }

  /** Whether no writer of rows fills this physical column, so that rows which are not settled hold anything there. */
  isClaimed(physical: string): boolean {
    return this.claimed.has(physical);
  }

  /** Claimed columns are filled in the rows before this one. */
  settle(rows: number): void {
    this.labelled = rows;
  }

  private makeLive(names: Iterable<string>, row: number): void {
    for (const name of names) {
      if (this.claimed.delete(name)) {
        const { array, fill, width } = this.filled(name);
        array.fill(fill, this.labelled * width, row * width);
        this.revision += 1;
      }
      if (this.isLive(name)) continue;
      const { array, fill, width } = this.filled(name);
      array.fill(fill, 0, row * width);
      // After the fill: a reader that sees the flag finds rows that are whole.
      Atomics.store(this.live, POSITION.get(name)!, 1);
      this.revision += 1;
    }
  }

  private adopt(shape: RowShape, row: number): { revision: number; others: Filled[] } {
    const mine = new Set(shape.physical);
    this.makeLive(mine, row);
    const others = [...this.arrays.keys()].filter(
      (name) => this.isLive(name) && !mine.has(name) && !this.claimed.has(name),
    );
    const plan = { revision: this.revision, others: others.map((name) => this.filled(name)) };
    this.plans.set(shape, plan);
    return plan;
  }

  private filled(name: string): Filled {
    const { word, column } = physicalColumns[POSITION.get(name)!]!;
    // A 64-bit column is filled by words: 0 is the only `unknown` that it can have.
    return { array: this.need(name), fill: fillOf(column), width: word === 'u64' ? 2 : 1 };
  }

  private isLive(physical: string): boolean {
    const at = POSITION.get(physical);
    return at !== undefined && Atomics.load(this.live, at) === 1;
  }

  /** The texts of a column by code, as far as they are known now; codes of later rows may lie beyond. */
  textsOf(name: string): readonly string[] {
    const dictionary = this.dictionaries[name];
    return dictionary ? readTexts(dictionary) : (this.texts[name] ?? NO_TEXTS);
  }

  private need(physical: string): ColumnArray {
    const array = this.arrays.get(physical);
    if (!array) throw new RangeError(`column ${physical} is not in this batch`);
    return array;
  }
}

interface Filled {
  readonly array: ColumnArray;
  readonly fill: number;
  readonly width: number;
}

const NO_TEXTS: readonly string[] = [''];

/** Up to so many values a loop takes less time than the call of `fill`. */
const FEW = 64;

function write(array: ColumnArray, value: number, from: number, to: number): void {
  if (to - from > FEW) array.fill(value, from, to);
  else for (let i = from; i < to; i++) array[i] = value;
}

/** Writes a number below 2^53 as value `row` of a 64-bit column. */
export function setWide(words: Uint32Array, row: number, value: number): void {
  words[2 * row] = value >>> 0;
  words[2 * row + 1] = Math.floor(value / 4_294_967_296);
}

/** Value `row` of a 64-bit column as a number; exact below 2^53. */
export function getWide(words: Uint32Array, row: number): number {
  return words[2 * row + 1]! * 4_294_967_296 + words[2 * row]!;
}

/** Value `row` of a 64-bit column, exact. */
export function getBig(words: Uint32Array, row: number): bigint {
  return (BigInt(words[2 * row + 1]!) << 32n) | BigInt(words[2 * row]!);
}

/** The names of all columns of the table: the widest shape. */
export const allColumnNames: readonly string[] = columns.map((c: Column) => c.name);

interface Layout {
  readonly bytes: number;
  readonly columns: readonly { physical: PhysicalColumn; offset: number }[];
}

function layout(capacity: number, names: readonly string[]): Layout {
  let bytes = HEAD_BYTES;
  const placed = physicalOfAll(names).map((physical) => {
    const offset = bytes;
    bytes += Math.ceil((capacity * WORD_BYTES[physical.word]) / 8) * 8;
    return { physical, offset };
  });
  return { bytes, columns: placed };
}

function viewOf(memory: SharedArrayBuffer, p: PhysicalColumn, offset: number, capacity: number): ColumnArray {
  if (p.word === 'u8') return new Uint8Array(memory, offset, capacity);
  if (p.word === 'u16') return new Uint16Array(memory, offset, capacity);
  return new Uint32Array(memory, offset, p.word === 'u64' ? capacity * 2 : capacity);
}
