import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../base/index.ts';
import { columns } from '../flow/index.ts';
import { blankOfAll, storedColumns } from './blank-columns.ts';
import { allVerdicts } from './bounds.ts';
import type { Duck } from './duck.ts';
import type { Layout } from './layout.ts';
import type { JournalPosition, SegmentEntry } from './manifest.ts';
import { literal, quote, relationSql } from './relation.ts';
import { SEGMENT_PARQUET, segmentFile, WRITE_TIMEOUT_MS } from './segment-writer.ts';

/**
 * Near in time and of one sender: measured (docs/explanation/performance.md) a tenth smaller than as they came, for little CPU, and row groups are still
 * passed over by their times.
 */
const MERGED_ORDER = `ORDER BY ${quote('time')} // 300000, src_lo, dst_lo`;

/** A segment that stands aside, in tmp/, until the manifest takes it in place of others. */
export interface MergedSegment {
  readonly aside: string;
  readonly facts: Omit<SegmentEntry, 'bytes' | 'crc'>;
}

/**
 * Writes the rows of several segments as one file, aside. It says of itself which it replaces, and those that they had replaced: a manifest that is
 * made again counts no row twice, whichever of them are still on disk.
 *
 * @param replaced numbers of segments that were merged before and whose files are still there.
 * @param journals the positions that are true now: those in the notes of the old files go with the files.
 * @throws WeirError of DuckDB (`cancelled` by the signal, `disk_full`, ...); `corrupt` where the rows are not as many as the manifest says.
 */
export async function mergeSegments(
  duck: Duck,
  layout: Layout,
  id: number,
  sources: readonly SegmentEntry[],
  replaced: readonly number[],
  journals: Readonly<Record<string, JournalPosition>>,
  signal: AbortSignal,
): Promise<MergedSegment> {
  const facts = factsOf(id, sources);
  const aside = join(layout.tmp, `merge-${id}.parquet`);
  const items = storedColumns(facts).map((p) => quote(p.name));
  const from = relationSql(sources, (s) => join(layout.segments, s.file), null);
  // Whether roll-ups have its rows is for the manifest to say: where that is lost, they are made again.
  const { rolled: _, ...said } = facts;
  const note = literal(JSON.stringify({ segment: { ...said, replaces: replacedBy(sources, replaced) }, journals }));
  try {
    const { rows } = await duck.run(
      `COPY (SELECT ${items.join(', ')} FROM ${from} ${MERGED_ORDER}) TO ${literal(aside)} (${SEGMENT_PARQUET}, KV_METADATA {weir: ${note}})`,
      [],
      { timeoutMs: WRITE_TIMEOUT_MS, signal },
    );
    const written = Number(rows[0]?.[0]);
    if (written !== facts.rows)
      throw new WeirError(
        'corrupt',
        `segments ${sources.map((s) => s.file).join(', ')} have ${written} rows, the manifest says ${facts.rows}`,
      );
    return { aside, facts };
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** What can be said of the merged file without reading it. */
function factsOf(id: number, sources: readonly SegmentEntry[]): Omit<SegmentEntry, 'bytes' | 'crc'> {
  const hour = Math.min(...sources.map((s) => s.hour));
  const present = new Set(sources.flatMap((s) => s.shape));
  const shape = columns.map((c) => c.name).filter((name) => present.has(name));
  return {
    id,
    file: segmentFile(id, hour),
    hour,
    shape,
    blank: blankOfAll(sources, shape),
    rows: sources.reduce((n, s) => n + s.rows, 0),
    minTime: Math.min(...sources.map((s) => s.minTime)),
    maxTime: Math.max(...sources.map((s) => s.maxTime)),
    minReceived: Math.min(...sources.map((s) => s.minReceived)),
    maxReceived: Math.max(...sources.map((s) => s.maxReceived)),
    maxSampling: Math.max(...sources.map((s) => s.maxSampling)),
    origins: [...new Set(sources.flatMap((s) => s.origins))].sort((a, b) => a - b),
    continued: allVerdicts('continued', sources),
    duplicate: allVerdicts('duplicate', sources),
    zeroHigh: sources[0]!.zeroHigh.filter((name) => sources.every((s) => s.zeroHigh.includes(name))),
    ...(sources.every((s) => s.rolled) ? { rolled: true as const } : {}),
    ...(sources.every((s) => s.far) ? { far: true as const } : {}),
  };
}

function replacedBy(sources: readonly SegmentEntry[], replaced: readonly number[]): number[] {
  return [...new Set([...sources.map((s) => s.id), ...replaced])].sort((a, b) => a - b);
}
