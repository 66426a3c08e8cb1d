import { enumCode, physicalColumns } from '../flow/index.ts';
import { allAre, type Span, timesOf } from './column-scan.ts';
import type { HotSet } from './hot-table.ts';
import type { SegmentEntry } from './manifest.ts';

/** What the rows of batches say about themselves: a reader may pass a segment over, or make its SQL simpler, without reading it. */
export interface Bounds {
  readonly rows: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly minReceived: number;
  readonly maxReceived: number;
  readonly maxSampling: number;
  readonly origins: readonly number[];
  readonly zeroHigh: readonly string[];
  /** Codes of `continued` and of `duplicate` that occur. */
  readonly continued: readonly number[];
  readonly duplicate: readonly number[];
}

/** Verdicts on records: their codes are known before a column is read. */
type Verdict = 'continued' | 'duplicate';

const DEFAULT_ORIGIN = enumCode('sampling_origin', 'default');
/** The verdict where nobody judged the record. */
const UNKNOWN = 0;
const NO_WORDS = new Uint32Array(0);
const HIGH_WORDS = physicalColumns.filter((p) => p.part === 'hi').map((p) => p.name);

/** Reads a few columns once; a column that a batch does not have holds its `unknown`. */
export function boundsOf(set: HotSet): Bounds {
  let rows = 0;
  let time = timesOf(NO_WORDS, 0);
  let received = time;
  let maxSampling = 1;
  const origins = new Uint8Array(256);
  const continued = new Uint8Array(256);
  const duplicate = new Uint8Array(256);
  const zeroHigh = new Set(HIGH_WORDS);
  for (const { batch, rows: n } of set.parts) {
    if (n === 0) continue;
    rows += n;
    time = both(time, timesOf(batch.u32('time'), n));
    received = both(received, timesOf(batch.u32('received'), n));
    const sampling = batch.array('sampling');
    for (let i = 0; sampling && i < n; i++) if (sampling[i]! > maxSampling) maxSampling = sampling[i]!;
    markCodes(origins, batch.array('sampling_origin'), n, DEFAULT_ORIGIN);
    markCodes(continued, batch.array('continued'), n, UNKNOWN);
    markCodes(duplicate, batch.array('duplicate'), n, UNKNOWN);
    for (const name of zeroHigh) if (!allAre(batch.array(name) ?? NO_WORDS, 2 * n, 0)) zeroHigh.delete(name);
  }
  return {
    rows,
    minTime: time.min,
    maxTime: time.max,
    minReceived: received.min,
    maxReceived: received.max,
    maxSampling,
    origins: codesOf(origins),
    zeroHigh: [...zeroHigh],
    continued: codesOf(continued),
    duplicate: codesOf(duplicate),
  };
}

function markCodes(seen: Uint8Array, column: ArrayLike<number> | undefined, rows: number, absent: number): void {
  if (!column) seen[absent] = 1;
  else for (let i = 0; i < rows; i++) seen[column[i]!] = 1;
}

function codesOf(seen: Uint8Array): number[] {
  return [...seen.keys()].filter((code) => seen[code] === 1);
}

/** True when `time` is `end` in every row: then it need not be written twice. */
export function timeIsEnd(set: HotSet): boolean {
  return set.parts.every(({ batch, rows }) => {
    const time = batch.u32('time');
    const end = batch.u32('end');
    for (let i = 0; i < 2 * rows; i++) if (time[i] !== end[i]) return false;
    return true;
  });
}

function both(a: Span, b: Span): Span {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

const ALL_CODES = [0, 1, 2];

/** The codes of a verdict that may be in a segment. */
export function verdictsOf(verdict: Verdict, entry: Pick<SegmentEntry, Verdict | 'shape'>): readonly number[] {
  return entry[verdict] ?? (entry.shape.includes(verdict) ? ALL_CODES : [UNKNOWN]);
}

/** Those that may be in any of some segments, and in what is known of further rows. */
export function allVerdicts(
  verdict: Verdict,
  segments: readonly SegmentEntry[],
  more: readonly Pick<Bounds, Verdict>[] = [],
): number[] {
  const codes = [...segments.flatMap((s) => verdictsOf(verdict, s)), ...more.flatMap((b) => b[verdict])];
  return [...new Set(codes)].sort((a, b) => a - b);
}
