import type { FlowBatch } from '../../flow/index.ts';

/** Minutes of one delta, at most. */
export const MINUTES = 1_024;
const MINUTE_MS = 60_000;
const WORD = 4_294_967_296;

/** The minutes that a delta has, by a small number each: the minute of `time`, which is signed as in SQL. */
export class MinuteIndex {
  private readonly codes = new Map<number, number>();
  /** Start of each minute in ms, by code. */
  private readonly starts = new Float64Array(MINUTES);
  /** The last two minutes that were seen: rows of a batch mostly alternate between two. */
  private lastStart = Number.NaN;
  private lastCode = 0;
  private beforeStart = Number.NaN;
  private beforeCode = 0;

  get size(): number {
    return this.codes.size;
  }

  start(code: number): number {
    return this.starts[code]!;
  }

  clear(): void {
    this.codes.clear();
    this.lastStart = Number.NaN;
    this.beforeStart = Number.NaN;
  }

  /** Writes the minute of each row in [from, to) to `out`; returns how many there was room for. */
  of(batch: FlowBatch, from: number, to: number, out: Uint16Array): number {
    const times = batch.array('time');
    for (let row = from; row < to; row++) {
      const time = times ? (times[2 * row + 1]! | 0) * WORD + times[2 * row]! : 0;
      if (time - this.lastStart < MINUTE_MS && time >= this.lastStart) out[row - from] = this.lastCode;
      else if (time - this.beforeStart < MINUTE_MS && time >= this.beforeStart) out[row - from] = this.beforeCode;
      else {
        const code = this.enter(Math.floor(time / MINUTE_MS) * MINUTE_MS);
        if (code < 0) return row - from;
        out[row - from] = code;
      }
    }
    return to - from;
  }

  /** The code of the minute that begins then; -1 when it is new and there is no room. */
  private enter(start: number): number {
    let code = this.codes.get(start);
    if (code === undefined) {
      if (this.codes.size === MINUTES) return -1;
      code = this.codes.size;
      this.codes.set(start, code);
      this.starts[code] = start;
    }
    this.beforeStart = this.lastStart;
    this.beforeCode = this.lastCode;
    this.lastStart = start;
    this.lastCode = code;
    return code;
  }
}
