import type { Column } from './columns.ts';
import { columnOf, columns, type PhysicalColumn, physicalOf, WORD_BYTES } from './schema.ts';

/** What another thread needs to see the same batch: nothing is copied. `texts` are the dictionary's values, by code. */
export interface FlowBatchHandle {
  readonly memory: SharedArrayBuffer;
  readonly capacity: number;
  readonly shape: readonly string[];
  readonly rows: number;
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

/** 64-bit columns are seen as pairs of 32-bit words, low word first (every platform Node supports is little-endian). */
export type ColumnArray = Uint8Array | Uint16Array | Uint32Array;

/**
 * Flow records as columns: a fixed capacity, one typed array per physical column, all over one SharedArrayBuffer, so that
 * a batch crosses threads without a copy. The shape is the set of columns that its source can fill; a column outside the
 * shape has its `unknown` value in every row and costs nothing.
 */
export class FlowBatch {
  readonly memory: SharedArrayBuffer;
  readonly capacity: number;
  readonly shape: readonly string[];
  /** Rows that are filled. */
  rows = 0;
  /** Dictionary values of text columns, by column and code; set by the producer before the batch is handed on. */
  texts: Record<string, readonly string[]>;
  private readonly arrays = new Map<string, ColumnArray>();

  constructor(capacity: number, shape: readonly string[], memory?: SharedArrayBuffer) {
    this.capacity = capacity;
    this.shape = shape;
    this.texts = {};
    const plan = layout(capacity, shape);
    this.memory = memory ?? new SharedArrayBuffer(plan.bytes);
    for (const { physical, offset } of plan.columns) {
      this.arrays.set(physical.name, viewOf(this.memory, physical, offset, capacity));
    }
  }

  static fromHandle(handle: FlowBatchHandle): FlowBatch {
    const batch = new FlowBatch(handle.capacity, handle.shape, handle.memory);
    batch.rows = handle.rows;
    batch.texts = { ...handle.texts };
    return batch;
  }

  handle(): FlowBatchHandle {
    return { memory: this.memory, capacity: this.capacity, shape: this.shape, rows: this.rows, texts: this.texts };
  }

  /** The array of a physical column (`src_lo`, `raw_bytes`, ...), or undefined when it is outside the shape. */
  array(physical: string): ColumnArray | undefined {
    return this.arrays.get(physical);
  }
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

  private need(physical: string): ColumnArray {
    const array = this.arrays.get(physical);
    if (!array) throw new RangeError(`column ${physical} is not in this batch`);
    return array;
  }
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

function layout(capacity: number, shape: readonly string[]): Layout {
  let bytes = 0;
  const placed = shape
    .flatMap((name) => physicalOf(columnOf(name)))
    .map((physical) => {
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
