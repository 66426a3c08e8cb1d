import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { asWeirError, WeirError } from '../../base/index.ts';
import { HOUR_MS } from '../layout.ts';
import type { ManifestState, RollupEntry } from '../manifest.ts';
import { LEVELS } from './cubes.ts';
import { writeDelta } from './delta-files.ts';
import type { HistoryHost } from './history-host.ts';
import { ReadBack } from './read-back.ts';
import { RollupBuilder } from './rollup-builder.ts';
import { nextAfter } from './rollup-ids.ts';
import { periodOfHour } from './rollup-paths.ts';

const RETRY_MS = 300_000;

/** Hours whose rows of 1 min are damaged, and made again from records. One that fails waits, and holds up nothing else. */
export class RemakeQueue {
  private readonly host: HistoryHost;
  private readonly waits = new Map<number, number>();

  constructor(host: HistoryHost) {
    this.host = host;
  }

  /** Makes the newest hour again that is due; false where none is. */
  async step(nowMs: number): Promise<boolean> {
    const hour = this.host.manifest.state.remakeHours.findLast((h) => (this.waits.get(h) ?? nowMs) <= nowMs);
    if (hour === undefined) return false;
    try {
      await remakeHour(this.host, hour);
      this.waits.delete(hour);
    } catch (error) {
      this.waits.set(hour, nowMs + RETRY_MS);
      this.host.log.error(
        { err: asWeirError(error), hour },
        'an hour of history could not be made again: coarser rows answer for it, and it is tried again',
      );
    }
    return true;
  }
}

/**
 * Makes the rows of 1 min of an hour again, from all records of the hour that roll-ups are to have; those that are fresh come with their segments. When it fails nothing
 * has changed. Where a record of the hour is gone by now the rows are lost: what is left would take the place of coarser rows that have them all.
 */
async function remakeHour(host: HistoryHost, hour: number): Promise<void> {
  const { leases, manifest, damaged, written } = host;
  const period = periodOfHour(hour);
  const files: RollupEntry[] = [];
  try {
    if (!hasExpired(manifest.state, hour) && damaged.hasAllRecords(period)) await writeHour(host, hour, files);
    if (hasExpired(manifest.state, hour)) {
      // Nobody misses its rows any more, and new ones would be added to coarser ones that have them.
      remove(host, files);
      manifest.commit(withoutHour(manifest.state, hour));
      return;
    }
    // Retention may have gone on meanwhile, or a segment turned out to be damaged.
    if (!damaged.hasAllRecords(period)) {
      remove(host, files);
      damaged.loseHour(hour);
      return;
    }
    const { state } = manifest;
    const replaced = state.rollups.filter((r) => r.level === LEVELS[0] && r.from === hour);
    manifest.commit(withHour(state, hour, replaced, files));
    written(files);
    leases.doomRollups(replaced);
    if (manifest.durable) leases.removeDoomed();
  } catch (error) {
    remove(host, files);
    throw error;
  }
}

/** Adds up the records of an hour and writes what comes of it; `files` has each file as soon as it is there. */
async function writeHour(host: HistoryHost, hour: number, files: RollupEntry[]): Promise<void> {
  const { duck, layout, ids, leases, manifest, trusted, damaged } = host;
  const period = periodOfHour(hour);
  const builder = new RollupBuilder();
  const write = () => writeDelta(duck, layout, builder.take(), ids, manifest.state.expired, files);
  const segments = manifest.state.segments.filter(
    (s) => (s.rolled || s.rolledBefore !== undefined) && s.minTime < period.to && s.maxTime >= period.from,
  );
  // A merge may take their place before they are read.
  const lease = leases.take({ segments, rollups: [], batches: [] });
  try {
    for (const segment of segments) {
      if (!(await trusted(segment))) {
        if (!damaged.hasAllRecords(period)) return;
        throw new WeirError('corrupt', `segments/${segment.file} cannot be read`);
      }
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
  } finally {
    leases.end(lease);
    if (manifest.durable) leases.removeDoomed();
  }
}

function remove({ layout, manifest }: HistoryHost, files: readonly RollupEntry[]): void {
  for (const { file } of manifest.unnamed(files)) rmSync(join(layout.rollups, file), { force: true });
}

function hasExpired({ rollupsExpired }: ManifestState, hour: number): boolean {
  return hour + HOUR_MS <= (rollupsExpired[LEVELS[0]] ?? Number.NEGATIVE_INFINITY);
}

function withoutHour(state: ManifestState, hour: number): ManifestState {
  return { ...state, remakeHours: state.remakeHours.filter((h) => h !== hour) };
}

function withHour(
  state: ManifestState,
  hour: number,
  replaced: readonly RollupEntry[],
  files: readonly RollupEntry[],
): ManifestState {
  return {
    ...withoutHour(state, hour),
    nextRollup: nextAfter(state, files),
    rollups: [...state.rollups.filter((r) => !replaced.includes(r)), ...files],
    dirtyHours: [...new Set([...state.dirtyHours, hour])].sort((a, b) => a - b),
  };
}
