import { existsSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { WeirError } from '../base/index.ts';
import { replaceFile } from './files.ts';
import type { Level } from './rollup/cubes.ts';

/** One Parquet file and what a reader may know without opening it. */
export interface SegmentEntry {
  readonly id: number;
  /** Path below `segments/`. */
  readonly file: string;
  readonly hour: number;
  readonly rows: number;
  readonly bytes: number;
  readonly crc: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly minReceived: number;
  readonly maxReceived: number;
  /** Columns that the file has; the others have their `unknown` value in each row (`time` without its own column is `end`). */
  readonly shape: readonly string[];
  /** Physical columns of the shape that the file has not, because they hold in each row what an absent column stands for. */
  readonly blank?: readonly string[];
  readonly maxSampling: number;
  /** Codes of `sampling_origin` that occur. */
  readonly origins: readonly number[];
  /** High words of addresses that are 0 in every row: the column has no IPv6 address. */
  readonly zeroHigh: readonly string[];
  /** Codes of `continued` and of `duplicate` that occur; entries of before do not say it. */
  readonly continued?: readonly number[];
  readonly duplicate?: readonly number[];
  /** Its rows are in roll-ups. */
  readonly rolled?: true;
  /** Of one that is not `rolled`: its rows with an earlier `time` are in roll-ups (after a lost manifest). */
  readonly rolledBefore?: number;
  /** Its rows are in no roll-up and never will be: their times are far from when they were received, or their counters beyond belief (far-rows.ts). */
  readonly far?: true;
  /** Segments whose rows it took over. */
  readonly replaces?: readonly number[];
}

/** One Parquet file of roll-ups: of one hour (1 min, 5 min), one day (5 min, 1 h) or one month (1 day). */
export interface RollupEntry {
  readonly id: number;
  /** Path below `rollups/`. */
  readonly file: string;
  readonly level: Level;
  /** The period that it is of: all its buckets lie in [from, to). */
  readonly from: number;
  readonly to: number;
  /** Of its first and last bucket, their starts. */
  readonly minTime: number;
  readonly maxTime: number;
  readonly rows: number;
  readonly bytes: number;
  readonly crc: number;
  /** By cube id: its rows, and whether every key has its row (no floor above 0). */
  readonly cubes: Readonly<Record<string, { readonly rows: number; readonly exact: boolean }>>;
}

/** How far a journal file is in segments: all datagrams before block offset `offset`, and `skip` of that block. */
export interface JournalPosition {
  readonly offset: number;
  readonly skip: number;
  /** All of it is in segments: the file may go. */
  readonly done?: true;
}

export interface ManifestState {
  readonly version: 1;
  readonly nextSegment: number;
  readonly nextJournal: number;
  readonly segments: readonly SegmentEntry[];
  readonly journals: Readonly<Record<string, JournalPosition>>;
  /** Committed length of each hour's ledger file, by its path below `ledger/`. */
  readonly ledgers: Readonly<Record<string, number>>;
  /** What retention took away: rows, the newest `time` among them, and of them rows that were in no roll-up. */
  readonly expired: { readonly rows: number; readonly until: number; readonly unrolledRows?: number };
  readonly nextRollup: number;
  readonly rollups: readonly RollupEntry[];
  /** Starts of hours that have rows of 1 min which the levels of 5 min and 1 h do not have yet. */
  readonly dirtyHours: readonly number[];
  /** Starts of days that have rows of 1 h which the level of 1 day does not have yet. */
  readonly dirtyDays: readonly number[];
  /** Starts of hours whose rows of 1 min are damaged and must be made again from records: no level has them until then. */
  readonly remakeHours: readonly number[];
  /** Starts of days whose rows of 1 h are damaged and must be made again from rows of 5 min, because those of 1 min are gone. */
  readonly remakeDays: readonly number[];
  /** Buckets that ended before this time have been taken away, by level. */
  readonly rollupsExpired: Readonly<Partial<Record<Level, number>>>;
  /** Ids of the cubes that are made; absent: those of before there were others. */
  readonly cubes?: readonly number[];
  /** Of cubes that a later version brought, by id: roll-ups of times before this have nothing of them, or only part. */
  readonly cubesSince?: Readonly<Record<string, number>>;
}

export const EMPTY_MANIFEST: ManifestState = {
  version: 1,
  nextSegment: 1,
  nextJournal: 1,
  segments: [],
  journals: {},
  ledgers: {},
  expired: { rows: 0, until: 0 },
  nextRollup: 1,
  rollups: [],
  dirtyHours: [],
  dirtyDays: [],
  remakeHours: [],
  remakeDays: [],
  rollupsExpired: {},
};

/** Reads the manifest; an absent one is empty. One line of CRC-32 stands over the JSON. */
export function readManifest(path: string): ManifestState {
  if (!existsSync(path)) return EMPTY_MANIFEST;
  const text = readFileSync(path, 'utf8');
  const newline = text.indexOf('\n');
  const body = text.slice(newline + 1);
  const crc = Number.parseInt(text.slice(0, newline), 16);
  if (newline < 0 || crc !== crc32(body)) {
    throw new WeirError('corrupt', `${path} does not match its checksum`);
  }
  return { ...EMPTY_MANIFEST, ...(JSON.parse(body) as Partial<ManifestState>) };
}

export function writeManifest(path: string, state: ManifestState): void {
  replaceFile(path, manifestText(state));
}

export function manifestText(state: ManifestState): string {
  const body = JSON.stringify(state);
  return `${crc32(body).toString(16).padStart(8, '0')}\n${body}`;
}
