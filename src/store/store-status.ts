import type { Damage } from './reader.ts';
import type { StoreLevel } from './store-levels.ts';

/** What a store says of itself. */
export interface StoreStatus {
  readonly root: string;
  readonly segments: number;
  readonly rowsAtRest: number;
  readonly bytesAtRest: number;
  readonly rowsInMemory: number;
  readonly journalBytes: number;
  /** Age of the oldest row that is not in a segment. */
  readonly lagMs: number;
  readonly damaged: readonly Damage[];
  readonly expiredRows: number;
  /** Of them, rows that the disk budget took before they were in a roll-up. */
  readonly expiredUnrolledRows: number;
  /** What the data directory may take on disk; null: no bound. */
  readonly retentionBytes: number | null;
  /** Why the store cannot write at the moment; null when it can. */
  readonly failure: string | null;
  readonly oldestReceived: number | null;
  readonly newestReceived: number | null;
  /** What each part takes on disk, now and at full age. */
  readonly levels: readonly StoreLevel[];
}
