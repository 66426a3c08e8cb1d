import { randomInt } from 'node:crypto';
import type { FlowBatch } from '../../flow/index.ts';
import { BlockKeys } from './block-keys.ts';
import { combine } from './combine.ts';
import type { Combiner } from './combiner.ts';
import { CubeRows } from './cube-rows.ts';
import { CUBES, HOSTS_ID } from './cubes.ts';
import type { RollupDelta } from './delta.ts';
import { DeltaRows } from './delta-rows.ts';
import { Figures } from './figures.ts';
import { HomeHosts } from './home-hosts.ts';
import type { JointCombiner } from './joint-combiner.ts';
import { MINUTES, MinuteIndex } from './minute-index.ts';
import { BLOCK, RowBlock, saysSampling } from './row-block.ts';

const HOUR_MS = 3_600_000;
/** A record of a flow of which another one counts. */
const DUPLICATE = 2;
/** Positions of cubes, in the order of ids: rows of a delta are in that order, those of hosts among them. */
const BEFORE_HOSTS = [...CUBES.keys()].filter((i) => CUBES[i]!.id < HOSTS_ID);
const BEHIND_HOSTS = [...CUBES.keys()].filter((i) => CUBES[i]!.id > HOSTS_ID);

/**
 * Adds records up for history: every record that counts in every cube, by the minute of its `time`, in tables of bounded size. What it holds is taken as a delta; deltas of the same
 * minutes add up. Pure memory: it knows no files and no clock.
 */
export class RollupBuilder {
  /** Records since the last `take`. */
  rows = 0;
  /** Records, ever, with a counter above 2^50: they are held at that. */
  clamped = 0;
  /** No more can be added before `take`. */
  full = false;
  private withExtras = true;
  private sampled = false;
  private readonly cubes: readonly CubeRows[];
  private readonly combiners: readonly (Combiner | JointCombiner)[];
  /** Cubes without a combiner. */
  private readonly others: readonly CubeRows[];
  private readonly minuteIndex = new MinuteIndex();
  private readonly block = new RowBlock(MINUTES);
  private readonly keys = new BlockKeys();
  private readonly hosts = new HomeHosts();
  /** Sums by minute: what shares are shares of. */
  private readonly totals = new Figures(MINUTES);

  constructor() {
    const seed = randomInt(2 ** 32);
    this.cubes = CUBES.map((cube) => new CubeRows(cube, seed));
    const { combiners, others } = combine(this.cubes, seed);
    this.combiners = combiners;
    this.others = others;
  }

  /** Minutes that the delta has so far. */
  get minutes(): number {
    return this.minuteIndex.size;
  }

  /** Whether costly cubes look at keys. Without it their rows go into the rest, and their error bound rises by as much. */
  extras(on: boolean): void {
    this.withExtras = on;
  }

  /**
   * Adds rows [from, to) of the batch; returns the row up to which they were added. Where that is below `to`, the builder is full: `take` the delta, and add the
   * others. That happens when rows have times all over the place, or so large counters that sums would not be exact. Duplicates are passed over.
   */
  add(batch: FlowBatch, from: number, to: number): number {
    const duplicate = batch.array('duplicate');
    if (!duplicate) return this.addRows(batch, from, to);
    let row = from;
    while (row < to && !this.full) {
      let end = row;
      while (end < to && duplicate[end] !== DUPLICATE) end += 1;
      row = this.addRows(batch, row, end);
      while (row === end && end < to && duplicate[end] === DUPLICATE) row = ++end;
    }
    return row;
  }

  private addRows(batch: FlowBatch, from: number, to: number): number {
    let row = from;
    while (row < to && !this.full) {
      const wanted = Math.min(BLOCK, to - row);
      const added = this.addBlock(batch, row, row + wanted);
      row += added;
      if (added < wanted) this.full = true;
    }
    return row;
  }

  /**
   * What was added since the last time, and begins anew. Rows are ordered by hour, then by cube, then by minute (of cubes of sums: `rest` before keys), so that rows of an hour
   * can be cut out, and rows of a cube lie together.
   */
  take(): RollupDelta {
    for (const combiner of this.combiners) combiner.drain(this.keys, this.totals);
    for (const { cube, table } of this.cubes) table.finish(cube.bound[0], this.totals);
    const out = new DeltaRows(this.deltaRows(), this.keys.texts.texts);
    const order = this.minuteOrder();
    const byMinute = this.cubes.map(({ table }) => keysByMinute(table.count, (key) => table.index.minuteOf(key)));
    for (let at = 0; at < order.length; ) {
      const hour = Math.floor(this.minuteIndex.start(order[at]!) / HOUR_MS) * HOUR_MS;
      let next = at;
      while (next < order.length && this.minuteIndex.start(order[next]!) < hour + HOUR_MS) next += 1;
      const write = (cubes: readonly number[]) => {
        for (const i of cubes)
          for (const minute of order.slice(at, next))
            this.writeMinute(out, this.cubes[i]!, minute, byMinute[i]![minute]);
      };
      write(BEFORE_HOSTS);
      this.hosts.write(out, hour, hour + HOUR_MS);
      write(BEHIND_HOSTS);
      at = next;
    }
    this.clear();
    return out.finish();
  }

  /** Adds rows [from, to), at most BLOCK; returns how many had room. All cubes get the same rows. */
  private addBlock(batch: FlowBatch, from: number, to: number): number {
    if (!this.keys.hasRoom(to - from) || !this.hosts.hasRoom()) return 0;
    if (!this.sampled && saysSampling(batch, from, to)) this.beginSampled();
    const { block, keys, totals } = this;
    for (const combiner of this.combiners) if (!combiner.makeRoom(to - from, keys, totals)) return 0;
    for (const cube of this.others) if (!cube.makeRoom(to - from, totals)) return 0;
    const count = block.load(batch, from, to, this.minuteIndex);
    if (count === 0) return 0;
    keys.load(batch, from, count);
    for (let i = 0; i < block.minutes; i++) totals.add(block.touched[i]!, block.sums, block.touched[i]!);
    for (const combiner of this.combiners) combiner.add(block, keys);
    for (const cube of this.others) {
      if (cube.cube.extra && !this.withExtras) cube.addUnseen(block);
      else cube.keys.add(block, keys);
    }
    this.hosts.add(block, keys, this.minuteIndex);
    this.rows += count;
    this.clamped += block.clamped;
    return count;
  }

  private beginSampled(): void {
    this.sampled = true;
    this.block.beginSampled();
    this.totals.beginSampled();
    for (const combiner of this.combiners) combiner.beginSampled();
    for (const { table } of this.cubes) table.beginSampled();
  }

  private deltaRows(): number {
    let rows = this.hosts.rows;
    for (const { table } of this.cubes) rows += table.count + (table.rest ? this.minutes : 0);
    return rows;
  }

  private minuteOrder(): number[] {
    const codes = Array.from({ length: this.minutes }, (_, code) => code);
    return codes.sort((a, b) => this.minuteIndex.start(a) - this.minuteIndex.start(b));
  }

  private writeMinute(out: DeltaRows, rows: CubeRows, minute: number, keys: readonly number[] = []): void {
    const { cube, table } = rows;
    const start = this.minuteIndex.start(minute);
    if (table.rest && table.rest.records(minute) > 0) {
      const row = out.begin(cube.id, start, true);
      out.setFigures(row, table.rest, minute);
      out.setFloors(row, table, minute);
    }
    for (const key of keys) {
      const row = out.begin(cube.id, start, false);
      rows.keys.writeKey(key, this.keys, row, out);
      out.setFigures(row, table.figures, key);
      out.setKnown(row, table, key);
    }
  }

  private clear(): void {
    this.rows = 0;
    this.full = false;
    this.sampled = false;
    for (const { table } of this.cubes) table.clear();
    for (const combiner of this.combiners) combiner.clear();
    this.totals.reset();
    this.block.begin();
    this.keys.clear();
    this.hosts.clear();
    this.minuteIndex.clear();
  }
}

function keysByMinute(count: number, minuteOf: (key: number) => number): number[][] {
  const lists: number[][] = [];
  for (let key = 0; key < count; key++) {
    const minute = minuteOf(key);
    const list = lists[minute];
    if (list) list.push(key);
    else lists[minute] = [key];
  }
  return lists;
}
