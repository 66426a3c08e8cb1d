import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asWeirError, WeirError } from '../../base/index.ts';
import type { Duck } from '../duck.ts';
import { checksumFile, fsyncDirectory, fsyncFile } from '../files.ts';
import type { Layout } from '../layout.ts';
import type { ManifestState, RollupEntry } from '../manifest.ts';
import type { TimeRange } from '../reader.ts';
import { literal } from '../relation.ts';
import type { Level } from './cubes.ts';
import { rollupFile } from './rollup-paths.ts';

const TIMEOUT_MS = 600_000;
/**
 * As segments (segment-writer.ts), in smaller row groups: a query reads one cube, its keys or what they leave out, and passes over the others by their statistics. Not
 * in much smaller ones: a statement looks at the statistics of each (a day of 5 min of a large network had 305 groups of 16,384 rows, 50 ms a statement; now 20). In
 * bytes too, because a row group is held in memory as a whole, and 65,536 sketches would be 800 MB.
 */
const PARQUET = "FORMAT parquet, PARQUET_VERSION v2, ROW_GROUP_SIZE 65536, ROW_GROUP_SIZE_BYTES '32MB'";

/** The rows of a key stand together, over all buckets of the file: few row groups have those that an answer shows. */
const ORDER = 'cube, rest, k0, k1, k2, t0, t1, time';

/** What the rows of a roll-up file say of themselves. */
type RollupFacts = Pick<RollupEntry, 'rows' | 'cubes' | 'minTime' | 'maxTime'>;

/** Gives `write` a SELECT of the columns of a file (file-columns.ts), once or never; the rows may be gone when it returns. */
type RollupPart = (write: (sql: string) => Promise<void>) => Promise<void>;

/** What a file of roll-ups is to be. */
interface RollupPlan {
  readonly id: number;
  readonly level: Level;
  readonly period: TimeRange;
  /** In the order of cube and time, where there are several: so much of the file as fits into memory to be sorted. */
  readonly parts: readonly RollupPart[];
  /** What retention has taken of records so far. */
  readonly expired: ManifestState['expired'];
  /** Numbers of files whose place it takes. */
  readonly replaces: readonly number[];
}

/** What a file of roll-ups says of itself, for the case that the manifest is lost. */
export interface RollupNote extends Pick<RollupPlan, 'expired' | 'replaces'> {
  readonly rollup: Pick<RollupEntry, 'id' | 'file' | 'level' | 'from' | 'to'>;
}

/**
 * Writes one file of roll-ups: aside first, synced, then by its name; it counts when the manifest has its entry. Null where the SELECT has no row: then there is no file.
 */
export async function writeRollup(duck: Duck, layout: Layout, plan: RollupPlan): Promise<RollupEntry | null> {
  const { id, level, period, parts, expired, replaces } = plan;
  const file = rollupFile(level, period, id);
  const aside = join(layout.tmp, `rollup-${id}.parquet`);
  const path = join(layout.rollups, file);
  const said: RollupNote = { rollup: { id, file, level, ...period }, expired, replaces };
  const written: string[] = [];
  const copy = async (sql: string, to: string, options: string) => {
    const copied = await duck.run(`COPY (${sql}) TO ${literal(to)} (${PARQUET}, ${options})`, [], {
      timeoutMs: TIMEOUT_MS,
    });
    return Number(copied.rows[0]?.[0]);
  };
  const asFile = `COMPRESSION zstd, KV_METADATA {weir: ${literal(JSON.stringify(said))}}`;
  const partOptions = parts.length === 1 ? asFile : 'COMPRESSION snappy';
  const writePart = async (sql: string) => {
    const to = parts.length === 1 ? aside : join(layout.tmp, `rollup-${id}-${written.length}.parquet`);
    written.push(to);
    if ((await copy(`${sql} ORDER BY ${ORDER}`, to, partOptions)) === 0) rmSync(written.pop()!, { force: true });
  };
  try {
    for (const part of parts) await part(writePart);
    if (written.length === 0) return null;
    if (parts.length > 1) {
      // One after the other: the whole is in order as they are, and nothing is sorted or held.
      await copy(`SELECT * FROM read_parquet([${written.map(literal).join(', ')}])`, aside, asFile);
      for (const part of written) rmSync(part, { force: true });
    }
    const facts = await rollupFacts(duck, aside);
    fsyncFile(aside);
    const { crc, bytes } = checksumFile(aside);
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    renameSync(aside, path);
    for (const folder of [dirname(path), dirname(dirname(path)), layout.rollups]) fsyncDirectory(folder);
    return { id, file, level, ...period, bytes, crc, ...facts };
  } catch (error) {
    for (const path of [aside, ...written]) rmSync(path, { force: true });
    const { code, message } = asWeirError(error);
    if (/ENOSPC|No space left|disk quota/i.test(message))
      throw new WeirError('disk_full', `no space left to write roll-ups ${file}: free some, or lower retention_bytes`);
    throw new WeirError(code, `cannot write roll-ups ${file}: ${message}`, { cause: error });
  }
}

/** Reads what the manifest says of a file's rows out of the file. */
export async function rollupFacts(duck: Duck, path: string): Promise<RollupFacts> {
  const sql = `SELECT cube, count(*), max(greatest(floor_bytes, floor_packets, floor_flows)), min(time), max(time) FROM read_parquet(${literal(path)}) GROUP BY cube`;
  const { rows } = await duck.run(sql, [], { timeoutMs: TIMEOUT_MS });
  const cubes: Record<string, { rows: number; exact: boolean }> = {};
  for (const [cube, count, floor] of rows) cubes[String(cube)] = { rows: Number(count), exact: Number(floor) === 0 };
  return {
    rows: rows.reduce((n, r) => n + Number(r[1]), 0),
    cubes,
    minTime: rows.reduce((min, r) => Math.min(min, Number(r[3])), Number.POSITIVE_INFINITY),
    maxTime: rows.reduce((max, r) => Math.max(max, Number(r[4])), Number.NEGATIVE_INFINITY),
  };
}
