import { findColumn, physicalOf, sqlTypeOf, VIRTUAL_COLUMNS } from '../../flow/index.ts';
import type { Cube } from './cubes.ts';

/** One physical key of a cube: as relations name and type it, and the column of a roll-up file that holds it. */
export interface CubeKey {
  /** `exporter_hi`, `in_if`, `site`, ... */
  readonly name: string;
  /** DuckDB type in relations; in files texts are VARCHAR and the others UBIGINT. */
  readonly type: string;
  /** `k0` to `k2` or, for texts, `t0` and `t1`. */
  readonly stored: string;
}

/** The physical keys of a cube in the order in which files have them: an address is two words, high first. */
export function keysOf(cube: Cube): CubeKey[] {
  let words = 0;
  let texts = 0;
  return cube.keys
    .flatMap(physicalKeys)
    .map((key) => ({ ...key, stored: key.type === 'VARCHAR' ? `t${texts++}` : `k${words++}` }));
}

function physicalKeys(name: string): { name: string; type: string }[] {
  const column = findColumn(name);
  if (column) return physicalOf(column).map((p) => ({ name: p.name, type: sqlTypeOf(p) }));
  const virtual = VIRTUAL_COLUMNS.find((v) => v.name === name);
  if (!virtual) throw new RangeError(`no dimension ${name}`);
  const type = { u16: 'USMALLINT', text: 'VARCHAR', address: 'UBIGINT' }[virtual.type];
  return Object.keys(virtual.sql).map((physical) => ({ name: physical, type }));
}
