import type { FlowBatch } from '../flow/index.ts';
import { SAMPLING_ORIGIN } from './flow-context.ts';

/** Records that are chosen from at a time, at most: more than any datagram makes rows. */
const MOST_RECORDS = 16_384;
/** A rate above this says no more of a flow than this one: what is kept is too little to see anything in it. */
export const MOST_SHED_RATE = 1_024;
/** The largest value of the column `sampling`. */
const MOST_SAMPLING = 0xffff_ffff;
const TWO_32 = 4_294_967_296;

/** Origins that a row keeps when it is drawn. */
const STAYS: ReadonlySet<number> = new Set([SAMPLING_ORIGIN.unknown, SAMPLING_ORIGIN.flows, SAMPLING_ORIGIN.records]);

/** Of the records, how many are taken for large, as a share of those that are kept. */
const LARGE_SHARE = 0.25;
/** By how much, in powers of e, a record moves the size from which records are large. */
const LEARNING = 0.1;
/** Where that size begins: it finds its place within some thousand records. */
const FIRST_LARGE = 10_000;

/**
 * Chooses the records that become rows when there are more than can be kept: each with probability 1 in `rate`, and what is kept stands for `rate` times as
 * much (Horvitz & Thompson 1952; truth/sampling-error.ts has the error). Before records are decoded, so that one which is not kept costs next to nothing.
 *
 * The largest records are always kept, and stand for themselves: a few flows carry most bytes of a network, and a total that misses one of them, or has it
 * `rate` times, is far off without knowing it (Duffield, Lund & Thorup, "Charging from sampled network usage", 2001). The size from which a record is large follows
 * what came before, so that they are a quarter more than 1 in `rate`; it never depends on the record itself or on the draw, so that totals stay unbiased.
 *
 * The draw is a hash of the record's number, counted from a seed: no pattern of an exporter can fall in step with it, and of 2^32 records in a row exactly one in
 * `rate` is drawn.
 */
export class FlowSieve {
  /** Ascending positions of those that the last `sift` kept. */
  readonly kept = new Uint32Array(MOST_RECORDS);
  /** Octets of the records that `sift` chooses from, as exported: the caller's to fill before. */
  readonly sizes = new Float64Array(MOST_RECORDS);
  /** Of the records kept since `begin`, in order: 1 where it is large. */
  private readonly large = new Uint8Array(MOST_RECORDS);
  private count = 0;
  private threshold = FIRST_LARGE;
  private up = 1;
  private down = 1;
  private shed = 1;
  private number: number;

  /** Two with different seeds choose independently of each other. */
  constructor(seed = 0) {
    this.number = mix(seed + 1);
  }

  /** 1 in so many is kept: 1 (all) or a power of two up to MOST_SHED_RATE. */
  get rate(): number {
    return this.shed;
  }
  set rate(rate: number) {
    if (rate === this.shed) return;
    this.shed = rate;
    // So that at the wanted share of large records the size stays where it is.
    const share = LARGE_SHARE / rate;
    this.up = Math.exp(LEARNING * (1 - share));
    this.down = Math.exp(-LEARNING * share);
  }

  /** Before the records of a datagram. */
  begin(): void {
    this.count = 0;
  }

  /** Chooses among `count` records, whose octets are in `sizes`; how many are kept. */
  sift(count: number): number {
    const { kept, sizes, large } = this;
    const below = TWO_32 / this.shed;
    const first = this.number;
    let { threshold } = this;
    let n = 0;
    for (let i = 0; i < count; i++) {
      const isLarge = sizes[i]! >= threshold;
      threshold *= isLarge ? this.up : this.down;
      if (!isLarge && mix(first + i) >= below) continue;
      large[this.count + n] = isLarge ? 1 : 0;
      kept[n++] = i;
    }
    this.threshold = Math.max(1, threshold);
    this.count += n;
    this.number = (first + count) | 0;
    return n;
  }

  /**
   * Says of the rows of a datagram, which are in the order in which they were kept, that those which were drawn stand for `rate` times as much. Where nobody
   * knows at which rate packets were sampled, that stays so: then the origin is not `shed`, because the figure is still not known to be right. Records that were
   * chosen whole are what they were: of them the rate still says for how many flows each stands.
   */
  mark(batch: FlowBatch, row: number, rows: number): void {
    const sampling = batch.u32('sampling');
    const origin = batch.u8('sampling_origin');
    for (let i = 0; i < rows; i++) {
      if (this.large[i] === 1) continue;
      const r = row + i;
      sampling[r] = Math.min(MOST_SAMPLING, sampling[r]! * this.shed);
      if (!STAYS.has(origin[r]!)) origin[r] = SAMPLING_ORIGIN.shed;
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
