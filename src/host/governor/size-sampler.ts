import { randomInt } from 'node:crypto';

/**
 * Threshold sampling of flow records: one of relative size s is kept with probability 1/N, N = ceil(z/s), and then stands for N like it. What is as large as z is
 * always kept (Duffield, Lund & Thorup, "Learn more, sample less: control of volume and variance in network measurement", IEEE Trans. Inf. Theory 51, 2005).
 *
 * Their size is the bytes, for which this has the least error. Here it is a mean of three, bytes, packets and 1, each over what is usual: else the number of flows
 * would hang on a few tiny ones that stand for thousands (as in Cohen, Kaplan & Sen, "Coordinated weighted sampling for estimating aggregates over multiple
 * weight assignments", 2009).
 *
 * z follows a budget that refills with time and of which every record takes its *probability*, kept or not. So N follows from sizes and times alone and never from a
 * draw: draws are independent, totals are unbiased while z moves, and sum N (N-1) y^2 over the records kept is an unbiased estimate of their variance.
 */
export interface SamplerLimits {
  /** Records of one period that may be kept. */
  readonly records: number;
  readonly periodMs: number;
  /** For tests: the same draws in every run. */
  readonly seed?: number;
}

/** N at an empty budget, from which on it would have to be larger still to empty it further. */
const LARGEST_LOG2 = 12;
const MOST_LOG2 = 20;
/** The part of the budget that may be taken at once; the rest comes evenly. */
const AT_ONCE = 0.25;
/** How many records a usual size is the mean of, about; one that is far larger counts as this many times the usual. */
const USUAL_OF = 256;
const FAR_LARGER = 16;
const TWO_32 = 0x1_0000_0000;

export class SizeSampler {
  /** Since the start: records kept, and those left out, which the kept ones stand for. */
  kept = 0;
  leftOut = 0;
  /** The largest N since sampling began; 1 where nothing was left out for a period. */
  largest = 1;
  private readonly limits: SamplerLimits;
  private state: number;
  private room = 0;
  private perMs = 0;
  private level = 0;
  private lastMs: number | null = null;
  private leftOutMs: number | null = null;
  private usualBytes = 0;
  private usualPackets = 0;

  constructor(limits: SamplerLimits) {
    this.limits = limits;
    this.state = limits.seed ?? randomInt(TWO_32);
    this.setShare(1);
    this.level = this.room;
  }

  /** Only this part of the records that may be kept: the governor takes the rest away where the machine has no room for them. */
  setShare(share: number): void {
    const { records, periodMs } = this.limits;
    const most = Math.max(1, records * share);
    // What is kept is near what is expected, and by chance more: three standard deviations, at most the root of their number each.
    const expected = Math.max(most / 2, most - 3 * Math.sqrt(most));
    this.room = expected * AT_ONCE;
    this.perMs = (expected * (1 - AT_ONCE)) / periodMs;
    this.level = Math.min(this.level, this.room);
  }

  /** Time goes on. A clock that was set back adds nothing. */
  advance(nowMs: number): void {
    if (this.lastMs !== null && nowMs > this.lastMs)
      this.level = Math.min(this.room, this.level + (nowMs - this.lastMs) * this.perMs);
    this.lastMs = nowMs;
    if (this.leftOutMs === null) return;
    // A clock that was set back does not make it last longer.
    this.leftOutMs = Math.min(this.leftOutMs, nowMs);
    if (nowMs - this.leftOutMs < this.limits.periodMs) return;
    this.leftOutMs = null;
    this.largest = 1;
  }

  /** Records were left out within the last period. */
  get isSampling(): boolean {
    return this.leftOutMs !== null;
  }

  /** The records that one like this stands for: 0 where it is left out. */
  weight(bytes: number, packets: number): number {
    const n = this.rateOf(bytes, packets);
    this.level -= 1 / n;
    this.learn(bytes, packets);
    if (n > this.largest) this.largest = n;
    if (n > 1 && this.draw() >= TWO_32 / n) {
      this.leftOut += 1;
      this.leftOutMs = this.lastMs ?? 0;
      return 0;
    }
    this.kept += 1;
    return n;
  }

  /** 1 in N; 1 while more than half of what may be taken at once is there, then doubled with each 32nd of it. */
  private rateOf(bytes: number, packets: number): number {
    const half = this.room / 2;
    if (this.level >= half || this.usualBytes === 0) return 1;
    const z = 2 ** Math.min(MOST_LOG2, LARGEST_LOG2 * (1 - this.level / half));
    const size = (bytes / this.usualBytes + packets / this.usualPackets + 1) / 3;
    return Math.ceil(z / size);
  }

  private learn(bytes: number, packets: number): void {
    this.usualBytes = follow(this.usualBytes, Math.max(1, bytes));
    this.usualPackets = follow(this.usualPackets, Math.max(1, packets));
  }

  /** SplitMix32: an even step, and the finaliser of MurmurHash3 (A. Appleby). */
  private draw(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    let h = this.state;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }
}

function follow(usual: number, value: number): number {
  if (usual === 0) return value;
  return usual + (Math.min(value, FAR_LARGER * usual) - usual) / USUAL_OF;
}
