import type { ColumnArray, FlowBatch } from '../flow/index.ts';

const WORD = 2 ** 32;
/** Fill of the column where no row has a rate. */
const NOT_SAMPLED = 1;

/** Bytes of rows of a batch, each times its sampling rate. Doubles: of exabytes the last digits are not known. */
export class ScaledBytes {
  private batch: FlowBatch | null = null;
  /** Columns are there from the first row on that has them. */
  private liveColumns = -1;
  private bytes: ColumnArray | undefined;
  private sampling: ColumnArray | undefined;

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.liveColumns = -1;
  }

  sum(from: number, to: number): number {
    const { batch } = this;
    if (batch && this.liveColumns !== batch.liveColumns) this.read(batch);
    const { bytes, sampling } = this;
    if (!bytes) return 0;
    let sum = 0;
    for (let row = from; row < to; row++) {
      sum += (bytes[2 * row]! + bytes[2 * row + 1]! * WORD) * (sampling ? sampling[row]! : NOT_SAMPLED);
    }
    return sum;
  }

  private read(batch: FlowBatch): void {
    this.bytes = batch.array('raw_bytes');
    this.sampling = batch.array('sampling');
    this.liveColumns = batch.liveColumns;
  }
}
