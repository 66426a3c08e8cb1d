import { type Clock, WeirError } from '../base/index.ts';
import { allColumnNames, FlowBatch, type TextColumns } from '../flow/index.ts';
import { hourOf, type LocalStore } from '../store/index.ts';
import type { LedgerEntry } from '../truth/index.ts';
import { IMPORT_BATCH_ROWS, IMPORT_BATCHES, type ImportBatches, type OpenBatch } from './import-batches.ts';

/** Batches of an import into a store that this thread has: when all are filled a segment is written, and the import waits for it. */
export class BatchesHere implements ImportBatches {
  private readonly store: LocalStore;
  private readonly clock: Clock;
  private readonly free: FlowBatch[] = [];
  private made = 0;
  private count = 0;

  constructor(store: LocalStore, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  async open(texts: TextColumns): Promise<OpenBatch> {
    if (this.free.length === 0 && this.made >= IMPORT_BATCHES) await this.flush();
    let batch = this.free.pop();
    if (!batch) {
      batch = new FlowBatch(IMPORT_BATCH_ROWS, allColumnNames, undefined, true);
      this.made += 1;
    }
    const filled = batch;
    filled.clear();
    texts.begin(filled);
    const receivedMs = this.clock.now();
    const key = `import-${++this.count}`;
    this.store.beginBatch({
      key,
      batch: filled,
      hour: hourOf(receivedMs),
      journal: null,
      rows: () => filled.rows,
      recycle: () => this.free.push(filled),
    });
    return { key, batch: filled, receivedMs };
  }

  /** Nobody asks this store while it is filled. */
  publish(): void {}

  close({ key, batch, receivedMs }: OpenBatch, ledger: readonly LedgerEntry[]): void {
    this.store.addLedger(key, ledger);
    this.store.closeBatch(key, { rows: batch.rows, closedMs: receivedMs, position: { offset: 0, skip: 0 } });
  }

  async flush(): Promise<void> {
    if (await this.store.flush()) return;
    const { failure } = this.store.status();
    throw new WeirError('disk_full', `the store cannot be written: ${failure ?? 'the disk refuses'}`);
  }
}
