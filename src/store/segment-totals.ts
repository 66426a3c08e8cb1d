import type { SegmentEntry } from './manifest.ts';

export interface SegmentTotals {
  readonly rows: number;
  readonly bytes: number;
  /** Of all rows; infinite without any. */
  readonly minReceived: number;
  readonly maxReceived: number;
  /** The newest row of the segment that retention takes first. */
  readonly oldestMaxReceived: number;
  readonly oldestHour: number;
  /** By when flows were: an import brings rows that are older than their receipt. Of rows whose times can be believed. */
  readonly oldestTime: number;
}

const NONE: SegmentTotals = {
  rows: 0,
  bytes: 0,
  minReceived: Number.POSITIVE_INFINITY,
  maxReceived: Number.NEGATIVE_INFINITY,
  oldestMaxReceived: Number.POSITIVE_INFINITY,
  oldestHour: Number.POSITIVE_INFINITY,
  oldestTime: Number.POSITIVE_INFINITY,
};

/** Totals of a manifest's segments, counted once for each list: it is asked for many times between two commits. */
export class Totals {
  private of: readonly SegmentEntry[] = [];
  private totals = NONE;

  for(segments: readonly SegmentEntry[]): SegmentTotals {
    if (this.of === segments) return this.totals;
    this.totals = totalsOf(segments);
    this.of = segments;
    return this.totals;
  }
}

function totalsOf(segments: readonly SegmentEntry[]): SegmentTotals {
  let { rows, bytes, minReceived, maxReceived, oldestMaxReceived, oldestHour, oldestTime } = NONE;
  for (const s of segments) {
    rows += s.rows;
    bytes += s.bytes;
    if (s.minReceived < minReceived) minReceived = s.minReceived;
    if (s.maxReceived > maxReceived) maxReceived = s.maxReceived;
    if (s.maxReceived < oldestMaxReceived) oldestMaxReceived = s.maxReceived;
    if (s.hour < oldestHour) oldestHour = s.hour;
    if (!s.far && s.minTime < oldestTime) oldestTime = s.minTime;
  }
  return { rows, bytes, minReceived, maxReceived, oldestMaxReceived, oldestHour, oldestTime };
}
