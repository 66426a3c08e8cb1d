import { type FlowBatch, fillOf, type PhysicalColumn, physicalOfAll } from '../flow/index.ts';
import { allAre } from './column-scan.ts';
import type { HotSet } from './hot-table.ts';
import type { SegmentEntry } from './manifest.ts';

/**
 * Fewer rows are cheap to write, and there are many files of few rows: those with the same columns are one scan, so each choice of columns of its own would make
 * questions dearer.
 */
const FEWEST_ROWS = 100_000;

/**
 * Physical columns of these logical ones that hold, in every row, what a column that is not there stands for: IPv4 addresses have high words of 0, most traffic is
 * neither sampled nor ICMP. A file does without them, which costs nothing to read back and saves a third of writing. Of small sets none.
 *
 * @param zeroHigh high words that are known to be 0 in every row.
 */
export function blankColumns(set: HotSet, shape: readonly string[], zeroHigh: readonly string[]): string[] {
  if (set.parts.reduce((n, part) => n + part.rows, 0) < FEWEST_ROWS) return [];
  const known = new Set(zeroHigh);
  return physicalOfAll(shape)
    .filter((p) => known.has(p.name) || isBlank(set, p))
    .map((p) => p.name);
}

/** Physical columns that a segment's file has. */
export function storedColumns({ shape, blank = [] }: Pick<SegmentEntry, 'shape' | 'blank'>): PhysicalColumn[] {
  return physicalOfAll(shape).filter((p) => !blank.includes(p.name));
}

/** Those that a file made of all these segments can do without. */
export function blankOfAll(segments: readonly SegmentEntry[], shape: readonly string[]): string[] {
  const stored = new Set(segments.flatMap((s) => storedColumns(s).map((p) => p.name)));
  return physicalOfAll(shape)
    .map((p) => p.name)
    .filter((name) => !stored.has(name));
}

function isBlank(set: HotSet, { name, column, word }: PhysicalColumn): boolean {
  // They always differ.
  if (column.type === 'time') return false;
  if (column.type === 'text') return set.parts.every(({ batch, rows }) => saysNothing(batch, name, rows));
  const fill = fillOf(column);
  const width = word === 'u64' ? 2 : 1;
  return set.parts.every(({ batch, rows }) => {
    const values = batch.array(name);
    return !values || allAre(values, rows * width, fill);
  });
}

/** Codes are of the batch's dictionary: of those that producers fill the first text is the empty one. */
function saysNothing(batch: FlowBatch, name: string, rows: number): boolean {
  const codes = batch.array(name);
  return !codes || (allAre(codes, rows, 0) && (batch.textsOf(name)[0] ?? '') === '');
}
