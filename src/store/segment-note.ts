import { join } from 'node:path';
import { asWeirError } from '../base/index.ts';
import type { Duck } from './duck.ts';
import type { JournalPosition, SegmentEntry } from './manifest.ts';
import { literal } from './relation.ts';

/** What a segment says of itself: its entry in the manifest, and the journal positions that were true after it. */
export interface SegmentNote {
  readonly segment: Omit<SegmentEntry, 'bytes' | 'crc'>;
  readonly journals: Readonly<Record<string, JournalPosition>>;
}

const NOTE_TIMEOUT_MS = 60_000;
const READ_TIMEOUT_MS = 600_000;

export async function readNote(duck: Duck, folder: string, file: string): Promise<SegmentNote> {
  return (await readKeptNote(duck, folder, file)) as SegmentNote;
}

/** What any file of ours says of itself. */
export async function readKeptNote(duck: Duck, folder: string, file: string): Promise<unknown> {
  const path = literal(join(folder, file));
  const sql = `SELECT decode(value) FROM parquet_kv_metadata(${path}) WHERE decode(key) = 'weir'`;
  const { rows } = await duck.run(sql, [], { timeoutMs: NOTE_TIMEOUT_MS });
  return JSON.parse(String(rows[0]?.[0]));
}

/** Reads every value of a segment once: null, or why that is not possible. */
export async function whyUnreadable(duck: Duck, folder: string, file: string): Promise<string | null> {
  const sql = `SELECT sum(hash(COLUMNS(*))) FROM read_parquet(${literal(join(folder, file))})`;
  try {
    await duck.run(sql, [], { timeoutMs: READ_TIMEOUT_MS });
    return null;
  } catch (error) {
    const { code, message } = asWeirError(error);
    // A machine that is short of memory or time says nothing about the file.
    return code === 'memory' || code === 'timeout' ? null : `it cannot be read: ${message}`;
  }
}
