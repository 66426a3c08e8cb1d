import type { ExporterNames, ExporterState, LedgerEntry, MeasuredTime } from '../truth/index.ts';
import type { Cube, Level } from './rollup/cubes.ts';

/** Half-open: `from` is inside, `to` is not. Milliseconds since 1970. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A value bound to a placeholder of a statement. */
export type SqlParam = string | number | bigint | boolean;

/** What a cell of a raw answer can be: whole numbers of 64 bits and more as bigint. */
export type RawValue = string | number | bigint | boolean | null | readonly RawValue[];

export interface RawRows {
  readonly names: readonly string[];
  readonly rows: readonly (readonly RawValue[])[];
}

/** What a statement may cost. Beyond it the statement ends with WeirError `timeout`, `memory` or `cancelled`. */
export interface Budget {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called a few times a second with 0..1. */
  readonly onProgress?: (share: number) => void;
}

/** A file that could not be believed and was put aside; its rows are not in any answer. */
export interface Damage {
  readonly file: string;
  readonly reason: string;
  /** Rows the manifest says it had; null where nobody knows. */
  readonly rows: number | null;
  readonly from: number | null;
  readonly to: number | null;
}

/** What is known of the rows of a view before they are read. */
export interface ViewFacts {
  readonly segments: number;
  readonly rowsAtRest: number;
  /** Of the files that hold them. */
  readonly bytesAtRest: number;
  readonly rowsInMemory: number;
  /** Smallest and largest `time` of any row; null when there is none. */
  readonly extent: { readonly min: number; readonly max: number } | null;
  /** Largest `sampling` of any row: 1 means that scaling can be left out. */
  readonly maxSampling: number;
  /** Codes of `sampling_origin` that occur. */
  readonly origins: readonly number[];
  /** Physical columns (`src_hi`, ...) that are 0 in every row: an address is then told by its low word. */
  readonly zeroHigh: readonly string[];
  /** Codes of `continued` that may occur. Without 2 (yes) every record is a flow. */
  readonly continued: readonly number[];
  /** Codes of `duplicate` that may occur. Without 2 (yes) every record counts. */
  readonly duplicate: readonly number[];
  /** Some record may have a `direction`: home networks were configured when it came. */
  readonly directed: boolean;
  /** All that was received before this time (ms) is in the view. */
  readonly completeUntil: number;
  readonly damaged: readonly Damage[];
}

/** One stretch of a range and what answers it: records (`raw`), or the roll-ups of a level; aligned to buckets of that level. Half-open, ms. */
export interface Tile extends TimeRange {
  readonly level: 'raw' | Level;
}

/** What a level has of one cube in a range. */
export interface LevelCost {
  readonly rows: number;
  /** No key was ever left out of a bucket: `rest` rows are empty and each key's sum is exact. */
  readonly exact: boolean;
}

/** What history has of the range of a view. */
export interface History {
  /** The parts of the range that a level can answer, disjoint and in order, aligned to its buckets: what is not yet merged, or expired, is not in them; of a cube also what is older than it. */
  covered(level: Level, cube?: Cube): readonly TimeRange[];
  /** From when on all records are kept: earlier ones have expired, or were never there. */
  readonly rawFrom: number;
  /**
   * The end of the minute that `to`, the end of the view's range, lies in, where rows of roll-ups that end there answer up to `to`: they have nothing that lies between them, or
   * (`open`) only what came since the range was asked for. Else `to`. Records are read up to `to` in either case.
   */
  wholeMinute(to: number, open: boolean): number;
  cost(cube: Cube, level: Level, range: TimeRange): LevelCost;
  /** Records of the view that stand in no roll-up yet: each tile of a level reads them as well. */
  readonly freshRows: number;
  /** About how many records of a range stand in roll-ups too: what tiles of records read beside fresh ones. */
  rolledRows(range: TimeRange): number;
  /**
   * SQL that stands in FROM: the tiles of one cube, as `time`, `rest`, the cube's keys (physical names) and the figures of rollup/history-columns.ts. Rows are additive: several may be of one
   * key and bucket. Records of raw tiles, and fresh ones, are rows of one record each, with `time` as it is.
   */
  relation(cube: Cube, tiles: readonly Tile[]): string;
  /** Sketches of hosts (see HOSTS_ID) with buckets in the tiles of levels: rows of time, side, whole, site, sketch. Fresh records are not in it. */
  sketches(tiles: readonly Tile[]): string;
}

/** The rows that one query sees: frozen when it was made, whatever is written or deleted meanwhile. */
export interface View {
  /** SQL that stands in FROM; it has every physical column of the flow table (src/flow/schema.ts) and of the virtual ones (src/flow/virtual.ts), never NULL. */
  readonly relation: string;
  readonly facts: ViewFacts;
  /** Null where nothing was rolled up. */
  readonly history: History | null;
  /** What was lost, misread or corrected while these rows were received. */
  readonly ledger: readonly LedgerEntry[];
  /** When nothing was measured, as far as it touches the range; null where no node ever ran on the store, so that nobody knows. */
  readonly measured: MeasuredTime | null;
  /** What exporters say of themselves, as of some seconds ago. */
  exporters(): readonly ExporterState[];
  /** What exporters and interfaces are called, also of those of whom there are records alone. */
  names(): ExporterNames;
  /** Runs one statement with `?` placeholders. */
  run(sql: string, params: readonly SqlParam[], budget: Budget): Promise<RawRows>;
  /** As `run`, in pieces: memory does not grow with the number of rows. */
  stream(sql: string, params: readonly SqlParam[], budget: Budget): AsyncIterable<RawRows>;
  /** Writes the rows of a SELECT to a Parquet file; returns their number. */
  copyToParquet(sql: string, params: readonly SqlParam[], path: string, budget: Budget): Promise<number>;
  /** Must be called once: files and batches of the view are kept until then. */
  release(): void;
}

/**
 * All that a query needs of a store. DuckDB over segments and hot batches stands behind it here; a ClickHouse cluster can.
 * The SQL that is run is made by src/query for the engine's dialect.
 */
export interface StoreReader {
  readonly dialect: 'duckdb';
  /** Files that nobody has compared with their checksum yet are: within the budget's time, and until its signal. */
  view(range: TimeRange, budget?: Budget): Promise<View>;
}
