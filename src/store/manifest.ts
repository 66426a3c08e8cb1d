import { existsSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { WeirError } from '../base/index.ts';
import { replaceFile } from './files.ts';

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
  readonly maxSampling: number;
  /** Codes of `sampling_origin` that occur. */
  readonly origins: readonly number[];
  /** High words of addresses that are 0 in every row: the column has no IPv6 address. */
  readonly zeroHigh: readonly string[];
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
  /** What retention took away: rows and the newest `time` among them. */
  readonly expired: { readonly rows: number; readonly until: number };
}

export const EMPTY_MANIFEST: ManifestState = {
  version: 1,
  nextSegment: 1,
  nextJournal: 1,
  segments: [],
  journals: {},
  ledgers: {},
  expired: { rows: 0, until: 0 },
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
  return JSON.parse(body) as ManifestState;
}

export function writeManifest(path: string, state: ManifestState): void {
  replaceFile(path, manifestText(state));
}

export function manifestText(state: ManifestState): string {
  const body = JSON.stringify(state);
  return `${crc32(body).toString(16).padStart(8, '0')}\n${body}`;
}
