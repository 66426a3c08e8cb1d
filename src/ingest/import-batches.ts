import type { FlowBatch, TextColumns } from '../flow/index.ts';
import type { LedgerEntry } from '../truth/index.ts';

/** Rows of one batch. */
export const IMPORT_BATCH_ROWS = 32_768;
/** Batches that wait for their segment, at most: with the row size above, the bound on the memory of an import. */
export const IMPORT_BATCHES = 24;

/** A batch that an import fills. */
export interface OpenBatch {
  readonly key: string;
  readonly batch: FlowBatch;
  /** Time of the import: what its rows have in `received`. */
  readonly receivedMs: number;
}

/** Where the batches of an import go: a store in this thread or in another. */
export interface ImportBatches {
  /** An empty batch. Waits while all are in use: an import is slow rather than lossy. */
  open(texts: TextColumns): Promise<OpenBatch>;
  /** Lets queries see the rows that the batch has now. */
  publish(open: OpenBatch): void;
  /** Hands the batch on, with what happened while it was filled. */
  close(open: OpenBatch, ledger: readonly LedgerEntry[]): void;
  /** Resolves when all that was closed is in segments; WeirError where the disk does not take it. */
  flush(): Promise<void>;
}
