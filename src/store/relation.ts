import { fillOf, type PhysicalColumn, physicalColumns, sqlTypeOf, VIRTUAL_COLUMNS } from '../flow/index.ts';
import { storedColumns } from './blank-columns.ts';
import type { SegmentEntry } from './manifest.ts';

/**
 * SQL for FROM over segments and a set of hot batches, with all physical columns and the virtual ones. Segments with the same columns are one scan; columns that a segment was written
 * without (it is older, or none of its rows says anything there) are constants, so DuckDB still skips row groups by their statistics.
 */
export function relationSql(
  segments: readonly SegmentEntry[],
  pathOf: (s: SegmentEntry) => string,
  hotId: number | null,
): string {
  const alike = new Map<string, SegmentEntry[]>();
  for (const segment of segments) {
    const key = `${segment.shape.join(' ')} - ${segment.blank?.join(' ') ?? ''}`;
    const same = alike.get(key);
    if (same) same.push(segment);
    else alike.set(key, [segment]);
  }
  const scans = [...alike.values()].map((same) => {
    const has = namesOf(same[0]!);
    const files = same.map((s) => literal(pathOf(s))).join(', ');
    return `SELECT ${physicalColumns.map((p) => selectItem(p, has)).join(', ')} FROM read_parquet([${files}])`;
  });
  if (hotId !== null || scans.length === 0) {
    const items = physicalColumns.map((p) =>
      p.column.type === 'text' ? `CAST(${quote(p.name)} AS VARCHAR) AS ${quote(p.name)}` : quote(p.name),
    );
    scans.push(hotId === null ? emptySql() : `SELECT ${items.join(', ')} FROM hot(${hotId})`);
  }
  return `(${scans.map(withVirtual).join(' UNION ALL ')})`;
}

const VIRTUAL = VIRTUAL_COLUMNS.flatMap((v) => Object.entries(v.sql))
  .map(([name, sql]) => `${sql} AS ${quote(name)}`)
  .join(', ');

/** A column that no statement asks for is not computed; one of constants is a constant. */
function withVirtual(scan: string): string {
  return `SELECT *, ${VIRTUAL} FROM (${scan})`;
}

/** Physical columns that a segment's file has, by name. */
export function namesOf(segment: SegmentEntry): ReadonlySet<string> {
  return new Set(storedColumns(segment).map((p) => p.name));
}

/** A physical column of a segment whose file has those named. */
export function selectItem(p: PhysicalColumn, has: ReadonlySet<string>): string {
  if (has.has(p.name)) return quote(p.name);
  // A segment whose every `time` is its `end` is written without the copy.
  if (p.name === 'time') return `${quote('end')} AS ${quote('time')}`;
  return `${constant(p)} AS ${quote(p.name)}`;
}

/** What a column holds that the file does not have, as SQL. */
function constant(p: PhysicalColumn): string {
  if (p.column.type === 'text') return "''";
  return `CAST(${fillOf(p.column)} AS ${sqlTypeOf(p)})`;
}

function emptySql(): string {
  return `SELECT ${physicalColumns.map((p) => `${constant(p)} AS ${quote(p.name)}`).join(', ')} WHERE false`;
}

/** A text of ours (a path, a note) as an SQL literal, where DuckDB takes no placeholder. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name of the column table as an SQL identifier. */
export function quote(name: string): string {
  return `"${name}"`;
}
