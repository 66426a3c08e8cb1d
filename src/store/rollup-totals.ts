import type { RollupEntry } from './manifest.ts';
import type { RetentionLimits } from './retention.ts';
import type { Level } from './rollup/cubes.ts';

interface LevelTotals {
  bytes: number;
  /** End of the period of the file that goes first. */
  oldestTo: number;
}

/** Totals of a manifest's roll-ups, counted once for each list. */
export class RollupTotals {
  private last: readonly RollupEntry[] = [];
  private readonly levels = new Map<Level, LevelTotals>();
  bytes = 0;

  of(rollups: readonly RollupEntry[]): this {
    if (this.last === rollups) return this;
    this.last = rollups;
    this.levels.clear();
    this.bytes = 0;
    for (const { level, bytes, to } of rollups) {
      const totals = this.levels.get(level) ?? { bytes: 0, oldestTo: Number.POSITIVE_INFINITY };
      totals.bytes += bytes;
      totals.oldestTo = Math.min(totals.oldestTo, to);
      this.levels.set(level, totals);
      this.bytes += bytes;
    }
    return this;
  }

  /** Whether a level has something that is too old, or too much. */
  mustExpire(limits: NonNullable<RetentionLimits['levels']>, nowMs: number): boolean {
    for (const [level, { bytes, oldestTo }] of this.levels) {
      const limit = limits[level];
      if (limit?.bytes != null && bytes > limit.bytes) return true;
      if (limit?.ageMs != null && oldestTo <= nowMs - limit.ageMs) return true;
    }
    return false;
  }
}
