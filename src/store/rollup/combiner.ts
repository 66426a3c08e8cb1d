import type { BlockKeys } from './block-keys.ts';
import type { CubeRows } from './cube-rows.ts';
import type { Figures } from './figures.ts';
import { KeyTable } from './key-table.ts';
import { BLOCK, type RowBlock } from './row-block.ts';

/** Groups of rows that are held before the cubes get them: pairs of systems of a busy router fit. */
const CAPACITY = 16_384;

/**
 * Rows that are alike in the dimensions of several cubes are added up once, and their sums are added to these cubes when there is no more room for such groups,
 * or the delta is taken: the same sums, for a fraction of the work where rows are many and groups are few.
 */
export class Combiner {
  readonly dimensions: readonly string[];
  private readonly groups: KeyTable;
  private readonly cubes: readonly CubeRows[];
  private readonly minute = new Uint16Array(BLOCK);

  constructor(dimensions: readonly string[], cubes: readonly CubeRows[], seed: number) {
    this.dimensions = dimensions;
    this.groups = new KeyTable(dimensions, { capacity: CAPACITY, seed });
    this.cubes = cubes;
  }

  beginSampled(): void {
    this.groups.table.beginSampled();
  }

  /** Room for `more` groups. False when a cube has no room for those that gave way: the delta must be taken. */
  makeRoom(more: number, keys: BlockKeys, totals: Figures): boolean {
    const { table } = this.groups;
    const drained = table.count + more <= CAPACITY || this.drain(keys, totals);
    table.growFor(more, CAPACITY);
    return drained;
  }

  /** Adds the rows of a block; there must be room for as many groups. */
  add(block: RowBlock, keys: BlockKeys): void {
    this.groups.add(block, keys);
  }

  /** Adds sums of rows that are alike (KeyTable.addGroups); there must be room for as many groups. */
  addGroups(count: number, minute: Uint16Array, keys: BlockKeys, figures: Figures, first: number): void {
    this.groups.addGroups(count, minute, keys, figures, first);
  }

  /** Adds all groups to the cubes, with room made whatever their capacity; whether it was enough. `keys` is used for it. */
  drain(keys: BlockKeys, totals: Figures): boolean {
    const { groups, cubes, minute } = this;
    const { table } = groups;
    let enough = true;
    for (let first = 0; first < table.count; first += BLOCK) {
      const count = Math.min(BLOCK, table.count - first);
      keys.loadGroups(count);
      groups.readGroups(first, count, minute, keys);
      for (const cube of cubes) {
        if (!cube.forceRoom(count, totals)) enough = false;
        cube.keys.addGroups(count, minute, keys, table.figures, first);
      }
    }
    table.empty();
    return enough;
  }

  /** A delta begins. */
  clear(): void {
    this.groups.table.clear();
  }
}
