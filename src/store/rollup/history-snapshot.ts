import { DAY_MS, HOUR_MS, type Layout } from '../layout.ts';
import type { ManifestState } from '../manifest.ts';
import type { TimeRange } from '../reader.ts';
import type { HistorySnapshot } from '../snapshot.ts';
import { LEVELS } from './cubes.ts';
import type { DamagedRollups } from './damaged-rollups.ts';

/** What the manifest says of history in a range; null where nothing was rolled up. */
export function historySnapshot(
  layout: Layout,
  state: ManifestState,
  damaged: DamagedRollups,
  range: TimeRange,
  damagedBehind: boolean,
): HistorySnapshot | null {
  if (state.rollups.length === 0) return null;
  const { dirtyHours, dirtyDays, remakeHours, remakeDays, rollupsExpired, expired } = state;
  return {
    directory: layout.rollups,
    rollups: state.rollups.filter((r) => r.from < range.to && r.to > range.from && !damaged.isBroken(r.id)),
    dirtyHours,
    dirtyDays,
    holes: [
      ...remakeHours.map((from) => ({ from, to: from + HOUR_MS, level: null })),
      ...remakeDays.map((from) => ({ from, to: from + DAY_MS, level: LEVELS[2] })),
      ...damaged.holes(),
    ],
    expired: rollupsExpired,
    cubesSince: state.cubesSince ?? {},
    rawFrom: expired.rows > 0 ? expired.until + 1 : 0,
    damagedBehind,
  };
}
