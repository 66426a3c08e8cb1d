import type { CounterSheetHandle, LogStyle } from '../base/index.ts';
import type { HomeNetworks, NamingSettings, PlaceTableHandle } from '../label/index.ts';
import type { RetentionLimits, Snapshot, StoreStatus, TimeRange } from '../store/index.ts';
import type { PipelineState } from './pipeline-options.ts';

/** What is known of addresses; what it says of places holds for rows that were received with these networks. */
export interface KnownPlaces {
  readonly networks: HomeNetworks;
  readonly handle: PlaceTableHandle;
}

export interface StoreThreadOptions {
  readonly root: string;
  readonly retention: RetentionLimits;
  readonly segmentRows: number;
  readonly segmentAgeMs: number;
  /** What configuration says of names: for those that rows in memory get late. */
  readonly naming: NamingSettings;
  readonly writerMemoryBytes: number;
  /** Interval of fdatasync on the journal in ms; 0: never. */
  readonly journalSyncMs: number;
  readonly maxExporters: number;
  /** What is known of addresses; null where no table is finished yet. */
  readonly places: KnownPlaces | null;
  readonly log: { readonly style: LogStyle; readonly level: string };
}

/** Questions to the store thread, each with an answer of the same `id`. */
export type StoreRequest =
  | { readonly id: number; readonly type: 'snapshot'; readonly range: TimeRange }
  | { readonly id: number; readonly type: 'damaged'; readonly file: string; readonly reason: string }
  | { readonly id: number; readonly type: 'status' }
  | { readonly id: number; readonly type: 'stop' };

/** Told by those who started the thread: whether history keeps its costly tables; what is known of addresses from now on. */
export type StoreOrder =
  | { readonly type: 'extras'; readonly on: boolean }
  | { readonly type: 'places'; readonly places: KnownPlaces };

/** Told, not asked. */
export type StoreNotice =
  | { readonly type: 'release'; readonly snapshot: number }
  | { readonly type: 'verified'; readonly files: readonly string[] };

export type StoreReply =
  | { readonly id: number; readonly ok: true; readonly value: Snapshot | StoreThreadStatus | null }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };

export interface StoreThreadStatus extends StoreStatus {
  readonly journalSync: { readonly failure: string | null; readonly slowestMs: number; readonly syncs: number };
  /** Journal files that wait to be decoded because there was no room in memory when they came. */
  readonly deferredFiles: number;
  readonly completeUntil: number;
}

/** What the store thread says once it is ready (or that it cannot be). */
export type StoreReady =
  | {
      readonly type: 'ready';
      readonly counters: CounterSheetHandle;
      readonly nextJournal: number;
      readonly replayed: number;
      readonly streams: PipelineState;
    }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
