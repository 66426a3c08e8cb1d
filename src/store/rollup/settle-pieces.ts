import type { RollupEntry } from '../manifest.ts';
import type { TimeRange } from '../reader.ts';
import { HOSTS_ID, type Level } from './cubes.ts';

/** Rows of sums that one piece reads, about: in DuckDB they are sorted and added up in some 100 MB. */
const PIECE_ROWS = 100_000;
/** A sketch of hosts has up to 12 kB, 16 kB when it is text or registers: as much as this many rows of sums. */
const SKETCH_ROWS = 100;

/** Rows of files of one level, of some stretches of time. */
export interface Rows {
  readonly files: readonly RollupEntry[];
  readonly ranges: readonly TimeRange[];
}

/** A part of a file: whole buckets of some cubes. */
export interface Piece {
  readonly firstCube: number;
  readonly lastCube: number;
  readonly range: TimeRange;
}

/**
 * Cuts what a file of a level and period is made of into pieces that fit into little memory, in the order of the file: several small cubes at a time, or a stretch of one
 * that is large. Buckets are never cut, because bounds are those of a bucket; one that is too large alone is a piece alone.
 */
export function piecesOf(level: Level, period: TimeRange, sources: readonly Rows[]): Piece[] {
  const cubes = new Set(sources.flatMap(({ files }) => files.flatMap((file) => Object.keys(file.cubes).map(Number))));
  const pieces: Piece[] = [];
  let room = 0;
  for (const cube of [...cubes].sort((a, b) => a - b)) {
    const buckets = rowsByBucket(level, period, sources, cube);
    const rows = buckets.reduce((n, b) => n + b, 0);
    const last = pieces.at(-1);
    // Sketches are written behind sums: what follows them in the file is of the next piece.
    if (last && last.lastCube !== HOSTS_ID && rows <= room) {
      pieces[pieces.length - 1] = { ...last, lastCube: cube };
      room -= rows;
    } else {
      const ranges = rows <= PIECE_ROWS ? [period] : stretches(level, period, buckets);
      pieces.push(...ranges.map((range) => ({ firstCube: cube, lastCube: cube, range })));
      room = ranges.length === 1 ? PIECE_ROWS - rows : 0;
    }
  }
  return pieces;
}

/** The files and times of `rows` that a piece reads; null when there are none. */
export function inPiece({ files, ranges }: Rows, { range }: Piece): Rows | null {
  const inside = ranges
    .map(({ from, to }) => ({ from: Math.max(from, range.from), to: Math.min(to, range.to) }))
    .filter(({ from, to }) => from < to);
  const touched = files.filter((file) => inside.some(({ from, to }) => file.minTime < to && file.maxTime >= from));
  return touched.length > 0 ? { files: touched, ranges: inside } : null;
}

/** How many rows of a cube each bucket reads, as if the rows of a file were spread evenly over its time. */
function rowsByBucket(level: Level, period: TimeRange, sources: readonly Rows[], cube: number): Float64Array {
  const buckets = new Float64Array(Math.ceil((period.to - period.from) / level));
  const bucketOf = (ms: number) => Math.floor((ms - period.from) / level);
  for (const { files, ranges } of sources) {
    for (const file of files) {
      const rows = (file.cubes[cube]?.rows ?? 0) * (cube === HOSTS_ID ? SKETCH_ROWS : 1);
      const [first, last] = [bucketOf(file.minTime), bucketOf(file.maxTime)];
      for (const { from, to } of rows > 0 ? ranges : []) {
        const end = Math.min(last + 1, bucketOf(to - 1) + 1, buckets.length);
        for (let bucket = Math.max(first, bucketOf(from), 0); bucket < end; bucket++)
          buckets[bucket]! += rows / (last - first + 1);
      }
    }
  }
  return buckets;
}

function stretches(level: Level, period: TimeRange, buckets: Float64Array): TimeRange[] {
  const found: TimeRange[] = [];
  let { from } = period;
  let rows = 0;
  for (const [bucket, more] of buckets.entries()) {
    const at = period.from + bucket * level;
    if (rows > 0 && rows + more > PIECE_ROWS) {
      found.push({ from, to: at });
      from = at;
      rows = 0;
    }
    rows += more;
  }
  found.push({ from, to: period.to });
  return found;
}
