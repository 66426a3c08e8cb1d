import { allColumnNames, FlowBatch, type TextColumns } from '../flow/index.ts';
import type { ProducerShared } from './producer-messages.ts';

/** A batch of the pool and its place. */
export interface PooledBatch {
  readonly slot: number;
  readonly batch: FlowBatch;
}

/** What the columns of a row take at most in a batch that is used again: those of all common exporters fit. */
const ROW_BYTES = 256;

/**
 * The batches of one receive thread: made when they are first needed, given back by the store thread through shared memory, never more
 * than the pool has slots. That is the bound on flows in memory.
 */
export class BatchPool {
  readonly size: number;
  private readonly capacity: number;
  private readonly texts: TextColumns;
  private readonly batches: (FlowBatch | undefined)[];
  private readonly inUse: Int32Array;
  private readonly rows: Int32Array;

  constructor(size: number, capacity: number, texts: TextColumns, shared: ProducerShared) {
    this.size = size;
    this.capacity = capacity;
    this.texts = texts;
    this.batches = new Array<FlowBatch | undefined>(size);
    this.inUse = new Int32Array(shared.slots);
    this.rows = new Int32Array(shared.rows);
  }

  /** An empty batch, or null when all are in use. `nowMs` bounds how often texts begin anew (TextColumns.begin). */
  take(nowMs?: number): PooledBatch | null {
    for (let slot = 0; slot < this.size; slot++) {
      if (Atomics.load(this.inUse, slot) !== 0) continue;
      Atomics.store(this.inUse, slot, 1);
      Atomics.store(this.rows, slot, 0);
      const batch = this.batch(slot);
      batch.clear();
      this.texts.begin(batch, nowMs);
      return { slot, batch };
    }
    return null;
  }

  /** Memory that a flood of columns once filled is given back. */
  private batch(slot: number): FlowBatch {
    const known = this.batches[slot];
    if (known && known.liveBytes <= this.capacity * ROW_BYTES) return known;
    const batch = new FlowBatch(this.capacity, allColumnNames, undefined, true);
    this.batches[slot] = batch;
    return batch;
  }

  /** Lets other threads see the rows that are whole. */
  publish(pooled: PooledBatch): void {
    Atomics.store(this.rows, pooled.slot, pooled.batch.rows);
  }

  free(): number {
    let n = 0;
    for (let slot = 0; slot < this.size; slot++) if (Atomics.load(this.inUse, slot) === 0) n += 1;
    return n;
  }
}
