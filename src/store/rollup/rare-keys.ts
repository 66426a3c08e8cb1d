import { MINUTES } from './minute-index.ts';
import type { RowBlock } from './row-block.ts';

/** Minutes that have cells at a time: rows of a busy network are of two or three. */
const SLOTS = 4;
/** Cells of one minute, 128 KiB: as many as keep what one of them gathers below what the smallest key at rest has. */
const CELL_BITS = 12;
const CELLS = 2 ** CELL_BITS;
/** Lanes of a cell: bytes, packets, flows, and the score of what fell into it since a key last left it for the table. */
const SCORE = 3;
const LANES = 4;
/** Times the score of the smallest key that keeps its place: what lets a key enter. More would miss more of keys that enter, less lets more rare ones in. */
const ENTRY_SCORE = 4;

/**
 * What keys without a place had while a table is too small for all: cells by a hash of the key, for a few minutes. No key without a place had more than its
 * cell says, so a key that enters misses at most that. It enters when the score of its cell has come to a limit: that is, as likely as it is large. Rare keys
 * seldom do, so they cost no place that others must give up. (The filter in front of space-saving of N. Homem and J. P. Carvalho, "Finding top-k elements in
 * data streams", 2010, with a score that begins anew after each entry.)
 */
export class RareKeys {
  /** The rows at hand. */
  block: RowBlock | null = null;
  private readonly minutes: number[] = [];
  /** By minute: the first lane of its cells + 1; 0: it has none. */
  private readonly starts = new Uint32Array(MINUTES);
  private readonly cells = new Float64Array(SLOTS * CELLS * LANES);
  /** By minute: the flows that a byte is worth, and the score in flows that lets a key enter. */
  private readonly perByte = new Float64Array(MINUTES);
  private readonly limits = new Float64Array(MINUTES);

  /** Whether no minute has cells. */
  get empty(): boolean {
    return this.minutes.length === 0;
  }

  covers(minute: number): boolean {
    return this.starts[minute] !== 0;
  }

  /** Gives a minute cells, if it has none and there is room: no key without a place had more than the three `floors` from `from` on. */
  open(minute: number, floors: Float64Array, from: number): void {
    if (this.covers(minute) || this.minutes.length === SLOTS) return;
    const { cells } = this;
    const first = this.minutes.length * CELLS * LANES;
    for (let at = first; at < first + CELLS * LANES; at += LANES) {
      for (let metric = 0; metric < SCORE; metric++) cells[at + metric] = floors[from + metric]!;
      cells[at + SCORE] = 0;
    }
    this.minutes.push(minute);
    this.starts[minute] = first + 1;
  }

  /** Sets what lets a key of a minute enter: `least` is the share of the minute's bytes plus that of its flows which the smallest key with a place has. */
  setLimit(minute: number, least: number, bytes: number, flows: number): void {
    this.perByte[minute] = flows / Math.max(1, bytes);
    this.limits[minute] = ENTRY_SCORE * least * flows;
  }

  /** Whether a row of the block, whose key has no place, leaves it outside: then its cell has the row. */
  passes(minute: number, hash: number, row: number): boolean {
    const start = this.starts[minute]!;
    if (start === 0) return false;
    const { cells } = this;
    const block = this.block!;
    const bytes = block.bytes[row]!;
    const flows = block.marked ? 1 - block.continuing[row]! : 1;
    const at = start - 1 + cellOf(hash);
    const score = cells[at + SCORE]! + flows + bytes * this.perByte[minute]!;
    if (score >= this.limits[minute]!) {
      cells[at + SCORE] = 0;
      return false;
    }
    cells[at]! += bytes;
    cells[at + 1]! += block.packets[row]!;
    cells[at + 2]! += flows;
    cells[at + SCORE] = score;
    return true;
  }

  /** Writes the most that a key of a covered minute may have had, three figures, to `out` from `to` on. */
  read(minute: number, hash: number, out: Float64Array, to: number): void {
    const at = this.starts[minute]! - 1 + cellOf(hash);
    for (let metric = 0; metric < SCORE; metric++) out[to + metric] = this.cells[at + metric]!;
  }

  /** A key of a covered minute loses its place: it may have had so much. */
  raise(minute: number, hash: number, bytes: number, packets: number, flows: number): void {
    const { cells } = this;
    const at = this.starts[minute]! - 1 + cellOf(hash);
    if (bytes > cells[at]!) cells[at] = bytes;
    if (packets > cells[at + 1]!) cells[at + 1] = packets;
    if (flows > cells[at + 2]!) cells[at + 2] = flows;
  }

  /** Ends all cells, and raises the floors of their minutes, three of each, to what any key without a place may have had. */
  close(floors: Float64Array): void {
    const { cells, minutes, starts } = this;
    for (const minute of minutes) {
      const first = starts[minute]! - 1;
      for (let metric = 0; metric < SCORE; metric++) {
        let largest = floors[minute * SCORE + metric]!;
        for (let at = first + metric; at < first + CELLS * LANES; at += LANES) largest = Math.max(largest, cells[at]!);
        floors[minute * SCORE + metric] = largest;
      }
      starts[minute] = 0;
    }
    minutes.length = 0;
  }
}

/** The place of a key's cell among those of its minute: by other bits of the hash than its place in a table. */
function cellOf(hash: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> (32 - CELL_BITS)) * LANES;
}
