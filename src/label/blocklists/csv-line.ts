import { type Prefix, parsePrefix } from '../../flow/index.ts';
import { endpointPrefix, type LineReader } from './entry-line.ts';

/** The separators of tables, the likeliest first. */
const SEPARATORS = [',', ';', '\t', '|'];

/**
 * A reader for tables such as those of abuse.ch: the address is in the column that holds most addresses in the sample, the first of several. Null where
 * none holds any.
 */
export function csvReader(sample: readonly string[]): LineReader | null {
  let best = { count: 0, separator: ',', column: 0 };
  for (const separator of SEPARATORS) {
    const counts: number[] = [];
    for (const line of sample)
      cellsOf(line, separator).forEach((cell, i) => {
        counts[i] = (counts[i] ?? 0) + (cellPrefix(cell) ? 1 : 0);
      });
    // A single column is no table.
    if (counts.length < 2) continue;
    const count = Math.max(...counts);
    if (count > best.count) best = { count, separator, column: counts.indexOf(count) };
  }
  if (best.count === 0) return null;
  const { separator, column } = best;
  let first = true;
  return (line) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const wasFirst = first;
    first = false;
    const cell = cellsOf(line, separator)[column];
    const prefix = cell === undefined ? null : cellPrefix(cell);
    if (prefix) return [prefix];
    // The names of the columns.
    return wasFirst && cell !== undefined && /^[a-z_ -]+$/i.test(cell) ? [] : 'not_address';
  };
}

/** An address, a prefix, or an address with its port. */
const cellPrefix = (cell: string): Prefix | null => parsePrefix(cell) ?? endpointPrefix(cell);

/** The cells of a line; those in quotation marks may hold separators, and `""` for a quotation mark (RFC 4180). */
function cellsOf(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator).map((c) => c.trim());
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === '"' && quoted && line[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (c === '"') quoted = !quoted;
    else if (c === separator && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += c;
  }
  cells.push(cell.trim());
  return cells;
}
