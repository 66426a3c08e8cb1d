import { verdictsOf } from '../bounds.ts';
import type { RollupEntry, SegmentEntry } from '../manifest.ts';
import type { History, LevelCost, Tile, TimeRange } from '../reader.ts';
import { relationSql } from '../relation.ts';
import type { HistorySnapshot } from '../snapshot.ts';
import { coverageOf } from './coverage.ts';
import { type Cube, HOSTS_ID, LEVELS, type Level } from './cubes.ts';
import { filesSql, levelSql, nothingSql, type RecordFacts, recordsSql, within } from './history-sql.ts';

/** An open range forgives rows of roll-ups that came so much after it was asked for: a view is there by then. */
const MEANWHILE_MS = 5_000;

/** The records of a view, for the parts of a range that no level answers. */
export interface Records {
  readonly segments: readonly SegmentEntry[];
  readonly pathOf: (segment: SegmentEntry) => string;
  /** The set of batches in memory, and how many rows they have. */
  readonly hotId: number | null;
  readonly hotRows: number;
  readonly hotFacts: RecordFacts;
}

/** What a view says of history: see `History`. */
export class HistoryView implements History {
  readonly rawFrom: number;
  readonly freshRows: number;
  private readonly snapshot: HistorySnapshot;
  /** In whole minutes, as roll-ups are; records are read up to `until`. */
  private readonly range: TimeRange;
  private readonly until: number;
  private readonly records: Records;
  /** A plan asks for the files of hundreds of ranges. */
  private readonly byLevel: ReadonlyMap<Level, readonly RollupEntry[]>;

  constructor(snapshot: HistorySnapshot, range: TimeRange, records: Records) {
    this.snapshot = snapshot;
    this.range = { from: range.from, to: minuteAfter(range.to) };
    this.until = range.to;
    this.records = records;
    this.byLevel = new Map(LEVELS.map((level) => [level, snapshot.rollups.filter((file) => file.level === level)]));
    this.rawFrom = snapshot.rawFrom;
    this.freshRows = records.segments.reduce((n, s) => n + (s.rolled ? 0 : s.rows), records.hotRows);
  }

  wholeMinute(to: number, open: boolean): number {
    const end = minuteAfter(to);
    if (this.snapshot.damagedBehind) return to;
    const latest = this.latestRolled(end);
    if (open) return latest < to + MEANWHILE_MS ? end : to;
    // What has expired may have been there.
    const isKept = end - LEVELS[0] >= this.rawFrom;
    return isKept && latest < to ? end : to;
  }

  /** The largest time of a record in roll-ups, of segments that begin before `end`: other records are read up to the end of the range, whatever lies behind it. */
  private latestRolled(end: number): number {
    let latest = Number.NEGATIVE_INFINITY;
    for (const { minTime, maxTime, rolled, rolledBefore } of this.records.segments) {
      const before = rolled ? maxTime + 1 : (rolledBefore ?? Number.NEGATIVE_INFINITY);
      if (minTime < end) latest = Math.max(latest, Math.min(maxTime, before - 1));
    }
    return latest;
  }

  covered(level: Level, cube?: Cube): readonly TimeRange[] {
    return coverageOf(this.snapshot, level, this.range, cube && this.snapshot.cubesSince[cube.id]);
  }

  /** As `sources` would give them: a plan asks this of thousands of stretches, and nothing is made for it. */
  cost(cube: Cube, level: Level, range: TimeRange): LevelCost {
    const sum = { rows: 0, exact: true };
    this.addCost(sum, cube, level, range, Number.POSITIVE_INFINITY);
    if (level > LEVELS[0]) this.addCost(sum, cube, LEVELS[0], range, this.lateUntil);
    return { rows: Math.ceil(sum.rows), exact: sum.exact };
  }

  private addCost(
    sum: { rows: number; exact: boolean },
    cube: Cube,
    level: Level,
    range: TimeRange,
    until: number,
  ): void {
    for (const { cubes, minTime, maxTime, to } of this.byLevel.get(level)!) {
      const of = cubes[cube.id];
      const end = maxTime + level;
      if (of === undefined || to > until || minTime >= range.to || end <= range.from) continue;
      const shared = Math.min(end, range.to) - Math.max(minTime, range.from);
      sum.rows += of.rows * (shared / (end - minTime));
      sum.exact &&= of.exact;
    }
  }

  /** Minutes that end by then have expired. Rows that come to an hour after that are in files of minutes until they are added: coarser levels are read with them. */
  private get lateUntil(): number {
    return this.snapshot.expired[LEVELS[0]] ?? Number.NEGATIVE_INFINITY;
  }

  rolledRows({ from, to }: TimeRange): number {
    let rows = 0;
    for (const s of this.records.segments) {
      const end = s.maxTime + 1;
      const shared = Math.min(end, to) - Math.max(s.minTime, from);
      if (s.rolled && shared > 0) rows += s.rows * (shared / (end - s.minTime));
    }
    return Math.ceil(rows);
  }

  relation(cube: Cube, tiles: readonly Tile[]): string {
    const { directory } = this.snapshot;
    const parts = this.sources(cube.id, tiles).map(({ files, ranges }) => levelSql(cube, directory, files, ranges));
    const raw = tiles.filter((t) => t.level === 'raw');
    const rolled = tiles.filter((t) => t.level !== 'raw');
    const { segments, pathOf, hotId, hotFacts } = this.records;
    const readRecords = (some: readonly SegmentEntry[], hot: number | null, ranges: readonly TimeRange[]) => {
      const kept = before(ranges, this.until);
      const touched = some.filter((s) => kept.some((r) => s.minTime < r.to && s.maxTime >= r.from));
      if (kept.length === 0 || (touched.length === 0 && hot === null)) return;
      const facts = factsOf([...touched.map(factsOfSegment), ...(hot === null ? [] : [hotFacts])]);
      parts.push(recordsSql(cube, relationSql(touched, pathOf, hot), kept, facts));
    };
    // What is in no roll-up is read in all tiles, the other records only where no level answers.
    readRecords(
      segments.filter((s) => !s.rolled && s.rolledBefore === undefined),
      hotId,
      tiles,
    );
    readRecords(
      segments.filter((s) => s.rolled || s.rolledBefore !== undefined),
      null,
      raw,
    );
    for (const s of segments) if (s.rolledBefore !== undefined) readRecords([s], null, from(rolled, s.rolledBefore));
    return `(${parts.length > 0 ? parts.join(' UNION ALL ') : nothingSql(cube)})`;
  }

  sketches(tiles: readonly Tile[]): string {
    const columns = 'time, k0 AS side, k1 = 1 AS whole, t0 AS site, sketch';
    const parts = this.sources(HOSTS_ID, tiles).map(
      ({ files, ranges }) =>
        `SELECT ${columns} FROM ${filesSql(this.snapshot.directory, files)} WHERE cube = ${HOSTS_ID} AND ${within(ranges)}`,
    );
    const none = `SELECT CAST(0 AS BIGINT) AS time, CAST(0 AS UBIGINT) AS side, true AS whole, '' AS site, CAST(NULL AS BLOB) AS sketch WHERE false`;
    return `(${parts.length > 0 ? parts.join(' UNION ALL ') : none})`;
  }

  /** The files of levels that have rows of a cube, and the ranges in which these count. */
  private sources(cube: number, tiles: readonly Tile[]): { files: RollupEntry[]; ranges: readonly TimeRange[] }[] {
    const filesOf = (level: Level, ranges: readonly TimeRange[]) =>
      this.files(level, ranges).filter((file) => file.cubes[cube] !== undefined);
    const found = LEVELS.map((level) => {
      const ranges = tiles.filter((t) => t.level === level);
      return { files: filesOf(level, ranges), ranges };
    });
    const coarse = tiles.filter((t) => t.level !== 'raw' && t.level > LEVELS[0]);
    const late = filesOf(LEVELS[0], coarse).filter((file) => file.to <= this.lateUntil);
    return [...found, { files: late, ranges: coarse }].filter(({ files }) => files.length > 0);
  }

  private files(level: Level, ranges: readonly TimeRange[]): RollupEntry[] {
    if (ranges.length === 0) return [];
    const files = this.byLevel.get(level)!;
    return files.filter((file) => ranges.some((r) => file.minTime < r.to && file.maxTime + level > r.from));
  }
}

/** The first whole minute at or after a time. */
export function minuteAfter(ms: number): number {
  return Math.ceil(ms / LEVELS[0]) * LEVELS[0];
}

function factsOfSegment(segment: SegmentEntry): RecordFacts {
  const { maxSampling, origins } = segment;
  return {
    maxSampling,
    origins,
    continued: verdictsOf('continued', segment),
    duplicate: verdictsOf('duplicate', segment),
  };
}

function factsOf(of: readonly RecordFacts[]): RecordFacts {
  return {
    maxSampling: Math.max(1, ...of.map((f) => f.maxSampling)),
    origins: [...new Set(of.flatMap((f) => f.origins))],
    continued: [...new Set(of.flatMap((f) => f.continued))],
    duplicate: [...new Set(of.flatMap((f) => f.duplicate))],
  };
}

/** The parts of ranges from a time on. */
function from(ranges: readonly TimeRange[], since: number): TimeRange[] {
  return ranges.filter((r) => r.to > since).map((r) => ({ from: Math.max(r.from, since), to: r.to }));
}

/** The parts of ranges before a time. */
function before(ranges: readonly TimeRange[], until: number): TimeRange[] {
  return ranges.filter((r) => r.from < until).map((r) => ({ from: r.from, to: Math.min(r.to, until) }));
}
