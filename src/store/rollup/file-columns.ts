import {
  FLOOR_COLUMNS,
  KNOWN_COLUMNS,
  PEAK_COLUMNS,
  RANGE_COLUMNS,
  SUM_COLUMNS,
  VARIANCE_COLUMNS,
} from './history-columns.ts';

/** Which row it is: cube, start of the bucket (ms), whether it is what no key's row has, and the cube's keys (cube-keys.ts). */
export const PLACE_COLUMNS = ['cube', 'time', 'rest', 'k0', 'k1', 'k2', 't0', 't1'] as const;

/** Every figure of a row, in the order in which files have them; `sketch` is the base64 text of the cube of hosts. */
export const FIGURE_COLUMNS = [
  ...SUM_COLUMNS,
  ...VARIANCE_COLUMNS,
  ...RANGE_COLUMNS,
  ...PEAK_COLUMNS,
  ...FLOOR_COLUMNS,
  ...KNOWN_COLUMNS,
] as const;

const DOUBLES: ReadonlySet<string> = new Set(VARIANCE_COLUMNS);

/** The type of a figure in files and in relations. */
export function figureType(name: string): 'BIGINT' | 'DOUBLE' {
  return DOUBLES.has(name) ? 'DOUBLE' : 'BIGINT';
}

/** Where rows do not say a figure, it is this. */
export function figureDefault(name: string): string {
  if (name === 'min_rate' || name === 'max_rate') return '1';
  return (PEAK_COLUMNS as readonly string[]).includes(name) ? 'NULL' : '0';
}
