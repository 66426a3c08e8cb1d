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
/** As segments (segment-writer.ts), in small row groups: a query reads one cube, which is passed over in the others by their statistics. */
const PARQUET = 'FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE 16384';

/** What the rows of a roll-up file say of themselves. */
type RollupFacts = Pick<RollupEntry, 'rows' | 'cubes' | 'minTime' | 'maxTime'>;

/** What a file of roll-ups is to be. */
interface RollupPlan {
  readonly id: number;
  readonly level: Level;
  readonly period: TimeRange;
  /** SELECT of the columns of a file (file-columns.ts). */
  readonly sql: string;
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
  const { id, level, period, sql, expired, replaces } = plan;
  const file = rollupFile(level, period, id);
  const aside = join(layout.tmp, `rollup-${id}.parquet`);
  const path = join(layout.rollups, file);
  const said: RollupNote = { rollup: { id, file, level, ...period }, expired, replaces };
  const note = literal(JSON.stringify(said));
  try {
    const copy = `COPY (${sql} ORDER BY cube, time) TO ${literal(aside)} (${PARQUET}, KV_METADATA {weir: ${note}})`;
    const { rows } = await duck.run(copy, [], { timeoutMs: TIMEOUT_MS });
    if (Number(rows[0]?.[0]) === 0) {
      rmSync(aside, { force: true });
      return null;
    }
    const facts = await rollupFacts(duck, aside);
    fsyncFile(aside);
    const { crc, bytes } = checksumFile(aside);
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    renameSync(aside, path);
    for (const folder of [dirname(path), dirname(dirname(path)), layout.rollups]) fsyncDirectory(folder);
    return { id, file, level, ...period, bytes, crc, ...facts };
  } catch (error) {
    rmSync(aside, { force: true });
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
