import type { SegmentEntry } from './manifest.ts';

export interface RetentionLimits {
  /** Rows received longer ago go; null keeps them. */
  readonly ageMs: number | null;
  /** What the data directory may take on disk; null: no bound. */
  readonly bytes: number | null;
}

/**
 * The segments that must go: those whose newest row is too old, then the oldest until the rest and `otherBytes` fit into the budget.
 * Oldest by receipt: a late flow does not keep an old file alive.
 */
export function expiredSegments(
  segments: readonly SegmentEntry[],
  limits: RetentionLimits,
  nowMs: number,
  otherBytes: number,
): SegmentEntry[] {
  const byAge = [...segments].sort((a, b) => a.maxReceived - b.maxReceived || a.id - b.id);
  let used = byAge.reduce((n, s) => n + s.bytes, 0) + otherBytes;
  const gone: SegmentEntry[] = [];
  for (const segment of byAge) {
    const old = limits.ageMs !== null && segment.maxReceived < nowMs - limits.ageMs;
    const over = limits.bytes !== null && used > limits.bytes;
    if (!old && !over) break;
    gone.push(segment);
    used -= segment.bytes;
  }
  return gone;
}
