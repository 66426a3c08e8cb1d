import type { Clock, Log } from '../base/index.ts';
import type { NamingSettings } from '../label/index.ts';
import type { RetentionLimits } from './retention.ts';

export interface LocalStoreOptions {
  readonly root: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly retention: RetentionLimits;
  /** Rows of a segment; it is larger only by what one batch holds. */
  readonly segmentRows: number;
  /** A row is in a segment after this time at the latest (while the disk takes it). */
  readonly segmentAgeMs: number;
  readonly writerMemoryBytes: number;
  /** What configuration says of names: for those that rows in memory get late. */
  readonly naming?: NamingSettings | undefined;
  /** Time that nobody sets, in ms from any start; default: the process's own, or `clock` where that is not the system's. */
  readonly monotonicMs?: () => number;
}
