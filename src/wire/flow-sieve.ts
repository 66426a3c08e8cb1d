import type { FlowBatch } from '../flow/index.ts';
import { SAMPLING_ORIGIN } from './flow-context.ts';

/** Records that are chosen from at a time, at most: more than any datagram makes rows. */
const MOST_RECORDS = 16_384;
/** A rate above this says no more of a flow than this one: what is kept is too little to see anything in it. */
export const MOST_SHED_RATE = 1_024;
/** The largest value of the column `sampling`. */
const MOST_SAMPLING = 0xffff_ffff;
const TWO_32 = 4_294_967_296;

/**
 * Chooses the records that become rows when there are more than can be kept: each with probability 1 in `rate`, independently of what it holds, and what
 * is kept stands for `rate` times as much (Horvitz & Thompson 1952; truth/sampling-error.ts has the error). Before records are decoded, so that one which is
 * not kept costs next to nothing.
 *
 * The choice is a hash of the record's number: the same numbers are chosen in each run, no pattern of an exporter can fall in step with it, and of 2^32 records
 * in a row exactly one in `rate` is kept.
 */
export class FlowSieve {
  /** 1 in so many is kept: 1 (all) or a power of two up to MOST_SHED_RATE. */
  rate = 1;
  /** Ascending positions of those that the last `sift` kept. */
  readonly kept = new Uint32Array(MOST_RECORDS);
  private number: number;

  /** Threads that begin with different numbers choose independently of each other. */
  constructor(seed = 0) {
    this.number = mix(seed + 1);
  }

  /** Chooses among `count` records; how many are kept. */
  sift(count: number): number {
    const { kept } = this;
    const below = TWO_32 / this.rate;
    const first = this.number;
    let n = 0;
    for (let i = 0; i < count; i++) {
      if (mix(first + i) < below) kept[n++] = i;
    }
    this.number = (first + count) | 0;
    return n;
  }

  /**
   * Says of rows that they stand for `rate` times as much. Where nobody knows at which rate packets were sampled, that stays so: then the origin is not
   * `shed`, because the figure is still not known to be right.
   */
  mark(batch: FlowBatch, row: number, rows: number): void {
    const sampling = batch.u32('sampling');
    const origin = batch.u8('sampling_origin');
    for (let r = row; r < row + rows; r++) {
      sampling[r] = Math.min(MOST_SAMPLING, sampling[r]! * this.rate);
      if (origin[r] !== SAMPLING_ORIGIN.unknown) origin[r] = SAMPLING_ORIGIN.shed;
    }
  }
}

/** The finaliser of MurmurHash3 (A. Appleby): a bijection of 32-bit words, as an unsigned number. */
function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
