import {
  columnOf,
  fillOf,
  type PhysicalColumn,
  physicalColumns,
  physicalOf,
  sqlTypeOf,
  VIRTUAL_COLUMNS,
} from '../flow/index.ts';
import type { SegmentEntry } from './manifest.ts';

/**
 * SQL for FROM over segments and a set of hot batches, with all physical columns and the virtual ones. Segments of the same shape are one scan; columns that a segment was written
 * without (it is older, or its source never fills them) are constants, so DuckDB still skips row groups by their statistics.
 */
export function relationSql(
  segments: readonly SegmentEntry[],
  pathOf: (s: SegmentEntry) => string,
  hotId: number | null,
): string {
  const shapes = new Map<string, SegmentEntry[]>();
  for (const segment of segments) {
    const key = segment.shape.join(' ');
    const same = shapes.get(key);
    if (same) same.push(segment);
    else shapes.set(key, [segment]);
  }
  const scans = [...shapes.values()].map((same) => {
    const has = new Set(same[0]!.shape.flatMap((name) => physicalOf(columnOf(name)).map((p) => p.name)));
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

function selectItem(p: PhysicalColumn, has: ReadonlySet<string>): string {
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
