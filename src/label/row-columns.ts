import type { ColumnArray, FlowBatch } from '../flow/index.ts';

/**
 * Columns of the bound batch as arrays: those that are not live, of which a row holds what stood there in an earlier use of the memory, are one array of
 * zeros, so that loops need not ask. Not for columns whose `unknown` is not 0.
 */
export class RowColumns {
  private zeros = new Uint32Array(0);

  /** A physical column to be read. */
  read(batch: FlowBatch, physical: string): ColumnArray {
    return batch.array(physical) ?? this.zerosOf(batch.capacity);
  }

  /** A column of 64 bits, as pairs of words with the low one first. */
  words(batch: FlowBatch, physical: string): Uint32Array {
    return this.read(batch, physical) as Uint32Array;
  }

  private zerosOf(capacity: number): Uint32Array {
    if (this.zeros.length < 2 * capacity) this.zeros = new Uint32Array(2 * capacity);
    return this.zeros;
  }
}
