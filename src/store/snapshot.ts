import type { FlowBatchHandle } from '../flow/index.ts';
import type { Gap, LedgerEntry } from '../truth/index.ts';
import type { RollupEntry, SegmentEntry } from './manifest.ts';
import type { Damage, TimeRange } from './reader.ts';
import type { Level } from './rollup/cubes.ts';

/** The files and batches that one view reads, held by a lease until it is released. */
export interface Snapshot {
  readonly id: number;
  /** Folder that the segments' paths are below. */
  readonly directory: string;
  readonly segments: readonly SegmentEntry[];
  /** Segments and roll-ups that nobody in this process has compared with their checksum yet, by their path below the data directory. */
  readonly unverified: readonly string[];
  readonly hot: readonly FlowBatchHandle[];
  readonly ledger: readonly LedgerEntry[];
  /** Times in which nothing was measured that touch the range; null where no node ever ran, and nobody knows. */
  readonly gaps: readonly Gap[] | null;
  readonly damaged: readonly Damage[];
  readonly completeUntil: number;
  /** Null where nothing was rolled up. */
  readonly history: HistorySnapshot | null;
}

/** What a manifest says of history in the range of a snapshot. */
export interface HistorySnapshot {
  /** Folder that the files' paths are below. */
  readonly directory: string;
  readonly rollups: readonly RollupEntry[];
  readonly dirtyHours: readonly number[];
  readonly dirtyDays: readonly number[];
  /** What a level does not have though it should. */
  readonly holes: readonly HistoryHole[];
  /** Buckets that ended before this time have been taken away, by level. */
  readonly expired: Readonly<Partial<Record<Level, number>>>;
  /** By cube: from when on it is whole, where that is not always. */
  readonly cubesSince: Readonly<Record<string, number>>;
  /** From when on all records are kept. */
  readonly rawFrom: number;
  /** Between the end of the range and that of its minute lay records that were put aside as damaged: roll-ups may have them. */
  readonly damagedBehind: boolean;
}

export interface HistoryHole extends TimeRange {
  /** Null: all of them. */
  readonly level: Level | null;
}

/** Where a reader gets its snapshots: the store itself, or the port to the thread that has it. */
export interface SnapshotSource {
  snapshot(range: TimeRange): Promise<Snapshot>;
  release(id: number): void;
  /** `files`: as `unverified` has them. */
  verified(files: readonly string[]): void;
  /** Puts a segment or a roll-up aside that could not be believed. */
  damaged(file: string, reason: string): Promise<void>;
}
