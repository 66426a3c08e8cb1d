import type { Duck } from '../duck.ts';
import { hourOf, type Layout } from '../layout.ts';
import type { ManifestState, RollupEntry } from '../manifest.ts';
import { LEVELS } from './cubes.ts';
import type { RollupDelta } from './delta.ts';
import { DELTA_SQL } from './delta-table.ts';
import { writeRollup } from './rollup-file.ts';
import type { RollupIds } from './rollup-ids.ts';
import { periodOfHour } from './rollup-paths.ts';

/**
 * Writes a delta as files of 1 min, one for each hour; `written` has each as soon as it is there, so that a failure leaves no file that nobody knows.
 */
export async function writeDelta(
  duck: Duck,
  layout: Layout,
  delta: RollupDelta,
  ids: RollupIds,
  expired: ManifestState['expired'],
  written: RollupEntry[],
): Promise<void> {
  for (const [hour, rows] of rowsByHour(delta)) {
    const set = duck.deltas.add({ delta, rows });
    try {
      const sql = `SELECT ${DELTA_SQL} FROM rollup_rows(${set})`;
      const entry = await writeRollup(duck, layout, {
        id: ids.next(),
        level: LEVELS[0],
        period: periodOfHour(hour),
        parts: [(write) => write(sql)],
        expired,
        replaces: [],
      });
      if (entry) written.push(entry);
    } finally {
      duck.deltas.remove(set);
    }
  }
}

/** Numbers of the rows of each hour, by the start of the hour. */
function rowsByHour({ rows, time }: RollupDelta): Map<number, Uint32Array> {
  const counts = new Map<number, number>();
  for (let i = 0; i < rows; i++) {
    const hour = hourOf(time[i]!);
    counts.set(hour, (counts.get(hour) ?? 0) + 1);
  }
  const found = new Map<number, Uint32Array>();
  for (const [hour, count] of counts) found.set(hour, new Uint32Array(count));
  counts.clear();
  for (let i = 0; i < rows; i++) {
    const hour = hourOf(time[i]!);
    const at = counts.get(hour) ?? 0;
    found.get(hour)![at] = i;
    counts.set(hour, at + 1);
  }
  return found;
}
