import type { CubeTable } from './cube-table.ts';
import type { Cube } from './cubes.ts';
import type { Figures } from './figures.ts';
import { KeyTable } from './key-table.ts';
import type { RowBlock } from './row-block.ts';

/** Keys of all minutes of a delta, at most: a third of a large bound's is what a busy minute needs to lose little. */
const CAPACITY = 16_384;
const LARGE_CAPACITY = 32_768;

/** One cube while rows are added up. */
export class CubeRows {
  readonly cube: Cube;
  readonly keys: KeyTable;

  constructor(cube: Cube, seed: number) {
    this.cube = cube;
    // Costly cubes are those of addresses, most of which are rare.
    const capacity = cube.bound[0] > CAPACITY / 8 ? LARGE_CAPACITY : CAPACITY;
    this.keys = new KeyTable(cube.keys, { capacity, seed, crowded: cube.extra });
  }

  get table(): CubeTable {
    return this.keys.table;
  }

  makeRoom(more: number, totals: Figures): boolean {
    return this.table.makeRoom(more, this.cube.bound[0], totals);
  }

  /** Makes room whatever the capacity: the delta is about to be taken. Whether there was room without that. */
  forceRoom(more: number, totals: Figures): boolean {
    return this.table.forceRoom(more, this.cube.bound[0], totals);
  }

  /** Adds the rows of a block without a look at their keys. */
  addUnseen(block: RowBlock): void {
    for (let i = 0; i < block.minutes; i++) this.table.addUnseen(block.touched[i]!, block.sums);
  }
}
