import type { FlowBatch } from '../../flow/index.ts';
import {
  bytesVariance,
  RECORDS as CHOSEN,
  FLOWS,
  flowsVariance,
  furtherFlows,
  packetsVariance,
  SHED,
  shedVariance,
} from '../../truth/index.ts';
import {
  BASE,
  BYTES,
  CONTINUING,
  Figures,
  MAX_RATE,
  MIN_RATE,
  ORIGINS,
  PACKETS,
  RAW_BYTES,
  RAW_PACKETS,
  RECORDS,
  SAMPLED,
  SAMPLED_BYTES,
  SURE,
  UNKNOWN_BYTES,
  VAR_BYTES,
  VAR_PACKETS,
} from './figures.ts';
import type { MinuteIndex } from './minute-index.ts';

/** Rows that go through all cubes together: their figures stay in the first cache. */
export const BLOCK = 1_024;
/** No real record is larger: what is above is held here and counted, so that sums stay exact. */
const LARGEST = 2 ** 50;
/** Sums of a delta stay below this: twice as much is exact. */
const LARGEST_SUM = 2 ** 52;
const WORD = 4_294_967_296;
const DEFAULT_ORIGIN = 1;

/** The figures of a block of rows, by row and by minute. Arrays are of BLOCK rows and used again and again. */
export class RowBlock {
  rows = 0;
  /** Whether some row knows if it continues a flow, or stands for more than one; without it `sure` and `continuing` are not filled. */
  marked = false;
  /** Whether figures of sampling are filled. */
  sampled = false;
  readonly minute = new Uint16Array(BLOCK);
  readonly bytes = new Float64Array(BLOCK);
  readonly packets = new Float64Array(BLOCK);
  readonly sure = new Uint8Array(BLOCK);
  /** 1 less the flows that the row stands for. */
  readonly continuing = new Float64Array(BLOCK);
  readonly rawBytes = new Float64Array(BLOCK);
  readonly rawPackets = new Float64Array(BLOCK);
  readonly rate = new Float64Array(BLOCK);
  readonly origin = new Uint8Array(BLOCK);
  readonly varBytes = new Float64Array(BLOCK);
  readonly varPackets = new Float64Array(BLOCK);
  /** Sums of the block by minute, and the minutes that occur. */
  readonly sums: Figures;
  readonly touched: Uint16Array;
  minutes = 0;
  private readonly seen: Uint8Array;
  /** Rows of the block with a counter above LARGEST. */
  clamped = 0;
  /** Sums of bytes and of packets since `begin`, whichever is larger. */
  private heldBytes = 0;
  private heldPackets = 0;

  constructor(minutes: number) {
    this.sums = new Figures(minutes);
    this.touched = new Uint16Array(minutes);
    this.seen = new Uint8Array(minutes);
  }

  /** A delta begins. */
  begin(): void {
    this.heldBytes = 0;
    this.heldPackets = 0;
    this.minutes = 0;
    this.seen.fill(0);
    this.sampled = false;
    this.sums.reset();
  }

  /** From now on figures of sampling are filled for every row. */
  beginSampled(): void {
    this.sampled = true;
    this.sums.beginSampled();
  }

  /**
   * Reads rows [from, to) of the batch, at most BLOCK; returns how many fit: fewer when a sum would be too large to be exact or `minutes` is full. `rows` is that
   * number.
   */
  load(batch: FlowBatch, from: number, to: number, minutes: MinuteIndex): number {
    this.forget();
    const count = minutes.of(batch, from, to, this.minute);
    this.loadCounters(batch, from, count);
    this.rows = this.fitting(count);
    this.loadMarks(batch, from);
    if (this.sampled) this.loadVariances();
    this.addUp();
    return this.rows;
  }

  private loadCounters(batch: FlowBatch, from: number, count: number): void {
    const sampling = this.sampled ? batch.array('sampling') : undefined;
    const origin = this.sampled ? batch.array('sampling_origin') : undefined;
    wide(batch.array('raw_bytes'), from, count, this.bytes);
    wide(batch.array('raw_packets'), from, count, this.packets);
    if (!this.sampled) return;
    for (let i = 0; i < count; i++) {
      const rate = sampling ? sampling[from + i]! : 1;
      this.rate[i] = rate;
      this.origin[i] = origin ? origin[from + i]! : DEFAULT_ORIGIN;
      this.rawBytes[i] = this.bytes[i]!;
      this.rawPackets[i] = this.packets[i]!;
      this.bytes[i]! *= rate;
      this.packets[i]! *= rate;
    }
  }

  /** How many of the first rows can be added exactly; rows that are too large are cut. */
  private fitting(count: number): number {
    const { bytes, packets, rawBytes, rawPackets, sampled } = this;
    this.clamped = 0;
    for (let i = 0; i < count; i++) {
      const cut = this.cut(i);
      // A rate of 0 makes nothing of something.
      const largestBytes = sampled && rawBytes[i]! > bytes[i]! ? rawBytes[i]! : bytes[i]!;
      const largestPackets = sampled && rawPackets[i]! > packets[i]! ? rawPackets[i]! : packets[i]!;
      if (this.heldBytes + largestBytes > LARGEST_SUM || this.heldPackets + largestPackets > LARGEST_SUM) return i;
      if (cut) this.clamped += 1;
      this.heldBytes += largestBytes;
      this.heldPackets += largestPackets;
    }
    return count;
  }

  private cut(i: number): boolean {
    const { bytes, packets, rawBytes, rawPackets } = this;
    const raw = this.sampled && (rawBytes[i]! > LARGEST || rawPackets[i]! > LARGEST);
    if (bytes[i]! <= LARGEST && packets[i]! <= LARGEST && !raw) return false;
    bytes[i] = Math.min(LARGEST, bytes[i]!);
    packets[i] = Math.min(LARGEST, packets[i]!);
    rawBytes[i] = Math.min(LARGEST, rawBytes[i]!);
    rawPackets[i] = Math.min(LARGEST, rawPackets[i]!);
    return true;
  }

  private loadMarks(batch: FlowBatch, from: number): void {
    const continued = batch.array('continued');
    this.marked = continued !== undefined || this.sampled;
    if (!this.marked) return;
    for (let i = 0; i < this.rows; i++) {
      const mark = continued ? continued[from + i]! : 0;
      this.sure[i] = mark === 0 ? 0 : 1;
      this.continuing[i] = mark === 2 ? 1 : this.sampled ? -furtherFlows(this.origin[i]!, this.rate[i]!) : 0;
    }
  }

  private loadVariances(): void {
    const { rate, origin, rawBytes, rawPackets, varBytes, varPackets } = this;
    for (let i = 0; i < this.rows; i++) {
      const n = rate[i]!;
      if (origin[i] === SHED || origin[i] === FLOWS || origin[i] === CHOSEN) {
        const whole = origin[i] === FLOWS ? flowsVariance : shedVariance;
        varBytes[i] = whole(rawBytes[i]!, n);
        varPackets[i] = whole(rawPackets[i]!, n);
        continue;
      }
      varBytes[i] = bytesVariance(rawBytes[i]!, rawPackets[i]!, n);
      varPackets[i] = packetsVariance(rawPackets[i]!, n);
    }
  }

  private addUp(): void {
    const { minute, seen, rows } = this;
    for (let i = 0; i < rows; i++) {
      const m = minute[i]!;
      if (seen[m] !== 0) continue;
      seen[m] = 1;
      this.touched[this.minutes++] = m;
    }
    this.addTo(this.sums, minute);
  }

  private forget(): void {
    for (let i = 0; i < this.minutes; i++) {
      const m = this.touched[i]!;
      this.seen[m] = 0;
      this.sums.clear(m);
    }
    this.minutes = 0;
  }

  /** Adds each row to the key at its place in `keys`. */
  addTo(figures: Figures, keys: Uint16Array): void {
    const { base } = figures;
    const { rows, bytes, packets } = this;
    const { sampled } = figures;
    if (sampled) this.addSampled(sampled, keys);
    if (this.marked) {
      const { sure, continuing } = this;
      for (let i = 0; i < rows; i++) {
        const at = keys[i]! * BASE;
        base[at + RECORDS]! += 1;
        base[at + SURE]! += sure[i]!;
        base[at + CONTINUING]! += continuing[i]!;
        base[at + BYTES]! += bytes[i]!;
        base[at + PACKETS]! += packets[i]!;
      }
    } else {
      for (let i = 0; i < rows; i++) {
        const at = keys[i]! * BASE;
        base[at + RECORDS]! += 1;
        base[at + BYTES]! += bytes[i]!;
        base[at + PACKETS]! += packets[i]!;
      }
    }
  }

  private addSampled(lanes: Float64Array, keys: Uint16Array): void {
    const { bytes, rate, origin, rawBytes, rawPackets, varBytes, varPackets } = this;
    for (let i = 0; i < this.rows; i++) {
      const at = keys[i]! * SAMPLED;
      const n = rate[i]!;
      lanes[at + RAW_BYTES]! += rawBytes[i]!;
      lanes[at + RAW_PACKETS]! += rawPackets[i]!;
      if (n > 1) lanes[at + SAMPLED_BYTES]! += bytes[i]!;
      if (origin[i] === 0) lanes[at + UNKNOWN_BYTES]! += bytes[i]!;
      lanes[at + VAR_BYTES]! += varBytes[i]!;
      lanes[at + VAR_PACKETS]! += varPackets[i]!;
      // No origin yet: the first row of this key.
      if (lanes[at + ORIGINS] === 0 || n < lanes[at + MIN_RATE]!) lanes[at + MIN_RATE] = n;
      if (n > lanes[at + MAX_RATE]!) lanes[at + MAX_RATE] = n;
      lanes[at + ORIGINS] = lanes[at + ORIGINS]! | (1 << origin[i]!);
    }
  }
}

/** Whether rows [from, to) say anything of sampling. */
export function saysSampling(batch: FlowBatch, from: number, to: number): boolean {
  return (
    differs(batch.array('sampling'), from, to, 1) || differs(batch.array('sampling_origin'), from, to, DEFAULT_ORIGIN)
  );
}

function differs(values: ArrayLike<number> | undefined, from: number, to: number, usual: number): boolean {
  if (values) for (let row = from; row < to; row++) if (values[row] !== usual) return true;
  return false;
}

function wide(words: ArrayLike<number> | undefined, from: number, count: number, out: Float64Array): void {
  if (!words) out.fill(0, 0, count);
  else for (let i = 0, at = 2 * from; i < count; i++, at += 2) out[i] = words[at + 1]! * WORD + words[at]!;
}
