import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WeirError } from '../base/index.ts';
import { columns } from '../flow/index.ts';
import { blankColumns, storedColumns } from './blank-columns.ts';
import { boundsOf, timeIsEnd } from './bounds.ts';
import type { Duck } from './duck.ts';
import type { SegmentRows } from './far-rows.ts';
import { checksumFile, fsyncDirectory, fsyncFile } from './files.ts';
import type { HotSet } from './hot-table.ts';
import { hourFolder, type Layout } from './layout.ts';
import type { JournalPosition, SegmentEntry } from './manifest.ts';
import { literal, quote } from './relation.ts';

/** A segment is written within this time or not at all. */
export const WRITE_TIMEOUT_MS = 600_000;

/**
 * Measured (docs/explanation/performance.md): Parquet V2 with zstd of the lowest level and a small dictionary limit is the cheapest in CPU and
 * near the smallest; a column with many values is then delta-packed instead of filling a dictionary that is thrown away.
 */
export const SEGMENT_PARQUET =
  'FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 256, ROW_GROUP_SIZE 122880';

/**
 * Writes the rows of one hour of receipt as one Parquet file: aside first, synced, then by its name. The file carries what the
 * manifest says of it, so that a lost manifest can be made again.
 */
export async function writeSegment(
  duck: Duck,
  layout: Layout,
  id: number,
  { hour, batches, far }: SegmentRows,
  journals: Readonly<Record<string, JournalPosition>>,
): Promise<SegmentEntry> {
  const set = { parts: batches };
  const bounds = boundsOf(set);
  const dropTime = timeIsEnd(set);
  const shape = shapeOf(set).filter((name) => !(name === 'time' && dropTime));
  const aside = join(layout.tmp, `segment-${id}.parquet`);
  const file = segmentFile(id, hour);
  const blank = blankColumns(set, shape, bounds.zeroHigh);
  const items = storedColumns({ shape, blank }).map((p) => quote(p.name));
  const facts = { id, file, hour, shape, blank, ...bounds, ...(far ? { far: true as const } : {}) };
  const hot = duck.hot.add(set);
  try {
    const metadata = literal(JSON.stringify({ segment: facts, journals }));
    await duck.run(
      `COPY (SELECT ${items.join(', ')} FROM hot(${hot})) TO ${literal(aside)} (${SEGMENT_PARQUET}, KV_METADATA {weir: ${metadata}})`,
      [],
      { timeoutMs: WRITE_TIMEOUT_MS },
    );
    return { ...facts, ...putInPlace(layout, aside, file) };
  } catch (error) {
    rmSync(aside, { force: true });
    const message = error instanceof Error ? error.message : String(error);
    const full = /ENOSPC|No space left|disk quota/i.test(message);
    throw new WeirError(
      full ? 'disk_full' : 'system',
      full
        ? `no space left to write segment ${file}: free some, or lower retention_bytes`
        : `cannot write segment ${file}: ${message}`,
      { cause: error },
    );
  } finally {
    duck.hot.remove(hot);
  }
}

/** Path of a segment below `segments/`. */
export function segmentFile(id: number, hour: number): string {
  return `${hourFolder(hour)}/${String(id).padStart(10, '0')}.parquet`;
}

/** Gives a file that was written aside its name, so that both outlive a power loss. */
export function putInPlace(layout: Layout, aside: string, file: string): { crc: number; bytes: number } {
  const path = join(layout.segments, file);
  fsyncFile(aside);
  const sums = checksumFile(aside);
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  renameSync(aside, path);
  for (const folder of [dirname(path), dirname(dirname(path)), layout.segments]) fsyncDirectory(folder);
  return sums;
}

/** Columns that any of the batches can fill, in the order of the table. */
function shapeOf(set: HotSet): string[] {
  const present = new Set(set.parts.flatMap((p) => p.batch.shape));
  return columns.map((c) => c.name).filter((name) => present.has(name));
}
