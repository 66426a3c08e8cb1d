import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ManifestState, RollupEntry } from '../manifest.ts';
import { LEVELS } from './cubes.ts';
import { writeDelta } from './delta-files.ts';
import type { HistoryHost } from './history-writer.ts';
import { ReadBack } from './read-back.ts';
import { RollupBuilder } from './rollup-builder.ts';
import { nextAfter } from './rollup-ids.ts';
import { periodOfHour } from './rollup-paths.ts';

/**
 * Makes the rows of 1 min of an hour again, from all records of the hour that roll-ups are to have; those that are fresh come with their segments. When it fails nothing
 * has changed.
 */
export async function remakeHour(host: HistoryHost, hour: number): Promise<void> {
  const { duck, layout, ids, leases, manifest, trusted, written } = host;
  const period = periodOfHour(hour);
  const builder = new RollupBuilder();
  const files: RollupEntry[] = [];
  const write = () => writeDelta(duck, layout, builder.take(), ids, manifest.state.expired, files);
  try {
    for (const segment of manifest.state.segments) {
      const isFresh = !segment.rolled && segment.rolledBefore === undefined;
      if (isFresh || segment.minTime >= period.to || segment.maxTime < period.from || !(await trusted(segment)))
        continue;
      const rows = ReadBack.rolled(duck, layout, leases, segment, period);
      try {
        for (let batch = await rows.next(); batch; batch = await rows.next())
          for (let row = 0; row < batch.rows; ) {
            row = builder.add(batch, row, batch.rows);
            if (builder.full) await write();
          }
      } finally {
        rows.end();
      }
    }
    if (builder.rows > 0) await write();
    const { state } = manifest;
    const replaced = state.rollups.filter((r) => r.level === LEVELS[0] && r.from === hour);
    manifest.commit(withHour(state, hour, replaced, files));
    written(files);
    leases.doomRollups(replaced);
    if (manifest.durable) leases.removeDoomed();
  } catch (error) {
    for (const { file } of files) if (!manifest.mayName(file)) rmSync(join(layout.rollups, file), { force: true });
    throw error;
  }
}

function withHour(
  state: ManifestState,
  hour: number,
  replaced: readonly RollupEntry[],
  files: readonly RollupEntry[],
): ManifestState {
  return {
    ...state,
    nextRollup: nextAfter(state, files),
    rollups: [...state.rollups.filter((r) => !replaced.includes(r)), ...files],
    dirtyHours: [...new Set([...state.dirtyHours, hour])].sort((a, b) => a - b),
    remakeHours: state.remakeHours.filter((h) => h !== hour),
  };
}
