import type { BlockKeys } from './block-keys.ts';
import type { Combiner } from './combiner.ts';
import type { Figures } from './figures.ts';
import { PACKED_TEXTS } from './key-slots.ts';
import { KeyTable } from './key-table.ts';
import { BLOCK, type RowBlock } from './row-block.ts';

/** Few enough to stay in the second cache. */
const CAPACITY = 8_192;
/** Where a group stands for fewer rows than this, adding it costs more than it spares. */
const LEAST_ROWS = 4;
/** Rows that go past the groups then, before it is tried again: most groups of a try are lost work. */
const PASSED_ROWS = 1_048_576;

/**
 * Rows that are alike in all dimensions of several combiners: one look at each row in place of one by each of them. Names mostly follow from protocol and
 * port, and directions from names of servers, so that rows are hundreds of times as many as such groups. Where they are not, rows go to each combiner.
 */
export class JointCombiner {
  private readonly groups: KeyTable;
  private readonly combiners: readonly Combiner[];
  private readonly minute = new Uint16Array(BLOCK);
  /** Rows that the groups stand for. */
  private rows = 0;
  /** Rows that still go past the groups. */
  private passing = 0;
  /** Whether the block that comes next does. */
  private passes = false;

  constructor(combiners: readonly Combiner[], seed: number) {
    this.combiners = combiners;
    const dimensions = new Set(combiners.flatMap((combiner) => combiner.dimensions));
    this.groups = new KeyTable([...dimensions], { capacity: CAPACITY, seed, packed: true });
  }

  beginSampled(): void {
    this.groups.table.beginSampled();
    for (const combiner of this.combiners) combiner.beginSampled();
  }

  /** As Combiner.makeRoom. */
  makeRoom(more: number, keys: BlockKeys, totals: Figures): boolean {
    const { table } = this.groups;
    this.passes = this.passing > 0 || !keys.hasRoomForTexts(PACKED_TEXTS, more);
    if (!this.passes && table.count + more > CAPACITY) {
      if (this.rows < table.count * LEAST_ROWS) this.passing = PASSED_ROWS;
      if (!this.share(keys, totals)) return false;
    }
    if (!this.passes) {
      table.growFor(more, CAPACITY);
      return true;
    }
    return this.makeRoomBehind(more, keys, totals);
  }

  add(block: RowBlock, keys: BlockKeys): void {
    if (this.passes) {
      this.passing = Math.max(0, this.passing - block.rows);
      for (const combiner of this.combiners) combiner.add(block, keys);
    } else {
      this.rows += block.rows;
      this.groups.add(block, keys);
    }
  }

  /** As Combiner.drain: what all combiners have is in the cubes then. */
  drain(keys: BlockKeys, totals: Figures): boolean {
    let enough = this.share(keys, totals);
    for (const combiner of this.combiners) if (!combiner.drain(keys, totals)) enough = false;
    return enough;
  }

  clear(): void {
    this.rows = 0;
    this.groups.table.clear();
    for (const combiner of this.combiners) combiner.clear();
  }

  /** Adds all groups to the combiners; whether their cubes had room. */
  private share(keys: BlockKeys, totals: Figures): boolean {
    const { groups, combiners, minute } = this;
    const { table } = groups;
    let enough = true;
    for (let first = 0; first < table.count; first += BLOCK) {
      const count = Math.min(BLOCK, table.count - first);
      // Before these groups are loaded: who makes room uses `keys` as well.
      if (!this.makeRoomBehind(count, keys, totals)) enough = false;
      keys.loadGroups(count);
      groups.readGroups(first, count, minute, keys);
      for (const combiner of combiners) combiner.addGroups(count, minute, keys, table.figures, first);
    }
    table.empty();
    this.rows = 0;
    return enough;
  }

  private makeRoomBehind(more: number, keys: BlockKeys, totals: Figures): boolean {
    let enough = true;
    for (const combiner of this.combiners) if (!combiner.makeRoom(more, keys, totals)) enough = false;
    return enough;
  }
}
