import type { FlowBatchHandle } from '../flow/index.ts';
import type { Gap, LedgerEntry } from '../truth/index.ts';
import type { SegmentEntry } from './manifest.ts';
import type { Damage, TimeRange } from './reader.ts';

/** The files and batches that one view reads, held by a lease until it is released. */
export interface Snapshot {
  readonly id: number;
  /** Folder that the segments' paths are below. */
  readonly directory: string;
  readonly segments: readonly SegmentEntry[];
  /** Segments that nobody in this process has compared with their checksum yet. */
  readonly unverified: readonly number[];
  readonly hot: readonly FlowBatchHandle[];
  readonly ledger: readonly LedgerEntry[];
  /** Times in which nothing was measured that touch the range; null where no node ever ran, and nobody knows. */
  readonly gaps: readonly Gap[] | null;
  readonly damaged: readonly Damage[];
  readonly completeUntil: number;
}

/** Where a reader gets its snapshots: the store itself, or the port to the thread that has it. */
export interface SnapshotSource {
  snapshot(range: TimeRange): Promise<Snapshot>;
  release(id: number): void;
  verified(ids: readonly number[]): void;
  /** Puts a segment aside that could not be believed. */
  damaged(id: number, reason: string): Promise<void>;
}
