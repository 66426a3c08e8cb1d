import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asWeirError } from '../../base/index.ts';
import type { Duck } from '../duck.ts';
import { checksumFile } from '../files.ts';
import { DAY_MS, HOUR_MS, hourOf, type Layout } from '../layout.ts';
import type { ManifestState, RollupEntry, SegmentEntry } from '../manifest.ts';
import { quarantine, readDamage } from '../quarantine.ts';
import { readKeptNote } from '../segment-note.ts';
import { LEVELS, type Level } from './cubes.ts';
import { cubesOfFiles } from './new-cubes.ts';
import { type RollupNote, rollupFacts } from './rollup-file.ts';
import { periodOfDay } from './rollup-paths.ts';

type Rebuilt = Pick<
  ManifestState,
  | 'segments'
  | 'expired'
  | 'nextRollup'
  | 'rollups'
  | 'dirtyHours'
  | 'dirtyDays'
  | 'rollupsExpired'
  | 'cubes'
  | 'cubesSince'
>;

/**
 * What a manifest that is made again says of history. Which records are in roll-ups was in the lost one. From some hour on all records are still there: roll-ups of
 * that time are left to be made anew. Those of before are kept, by what they say of themselves, and count as having all records of their time. No record is in both.
 */
export async function rebuildRollups(layout: Layout, duck: Duck, segments: readonly SegmentEntry[]): Promise<Rebuilt> {
  const notes = await readNotes(layout, duck);
  const expired = notes.reduce((last, { expired: e }) => (e.until >= last.until ? e : last), { rows: 0, until: 0 });
  const bound = wholeFrom(layout, segments, expired.until);
  const rollups: RollupEntry[] = [];
  for (const { rollup } of notes) {
    if (rollup.from >= bound) continue;
    const path = join(layout.rollups, rollup.file);
    try {
      rollups.push({ ...rollup, ...(await rollupFacts(duck, path)), ...checksumFile(path) });
    } catch (error) {
      const reason = `it cannot be read: ${asWeirError(error).message}`;
      quarantine(layout, path, {
        file: `rollups/${rollup.file}`,
        reason,
        rows: null,
        from: rollup.from,
        to: rollup.to - 1,
      });
    }
  }
  const hours = new Set<number>();
  const days = new Set<number>();
  for (const { level, from, to } of rollups) {
    if (level === LEVELS[0]) hours.add(from);
    else if (level < LEVELS[3]) for (let hour = Math.max(from, bound); hour < to; hour += HOUR_MS) hours.add(hour);
    if (level === LEVELS[2]) days.add(from);
    if (level === LEVELS[3])
      for (let day = periodOfDay(Math.max(from, bound)).from; day < to; day += DAY_MS) days.add(day);
  }
  return {
    expired,
    segments: segments.map((s) => marked(s, bound)),
    nextRollup: rollupFiles(layout).reduce((next, file) => Math.max(next, numberOf(file) + 1), 1),
    rollups,
    ...cubesOfFiles(rollups),
    dirtyHours: [...hours].sort((a, b) => a - b),
    dirtyDays: [...days].sort((a, b) => a - b),
    rollupsExpired: firstOfLevels(rollups, bound),
  };
}

/** From which hour on all records are in segments; infinite without segments, zero where none ever went. */
function wholeFrom(layout: Layout, segments: readonly SegmentEntry[], expiredUntil: number): number {
  if (segments.length === 0) return Number.POSITIVE_INFINITY;
  const gone = readDamage(layout).flatMap(({ file, rows, to }) =>
    file.startsWith('segments/') && rows !== 0 && to !== null ? [to] : [],
  );
  // Retention may have gone on since the last file said how far it was: the next to go was the oldest that is left.
  if (expiredUntil > 0) gone.push(expiredUntil, Math.min(...segments.map((s) => s.maxReceived)));
  return gone.length === 0 ? 0 : hourOf(Math.max(...gone)) + HOUR_MS;
}

function marked(segment: SegmentEntry, bound: number): SegmentEntry {
  const { rolled: _, rolledBefore: __, ...rest } = segment;
  if (segment.far || segment.minTime >= bound) return rest;
  return segment.maxTime < bound ? { ...rest, rolled: true } : { ...rest, rolledBefore: bound };
}

/** A level has nothing from before its first file, unless there is no history at all. */
function firstOfLevels(rollups: readonly RollupEntry[], bound: number): Partial<Record<Level, number>> {
  if (rollups.length === 0) return {};
  const last = Math.min(bound, Math.max(...rollups.map((r) => r.to)));
  return Object.fromEntries(
    LEVELS.map((level) => [level, Math.min(last, ...rollups.filter((r) => r.level === level).map((r) => r.from))]),
  );
}

/** Of all files that count: one that another took the place of can be there still. */
async function readNotes(layout: Layout, duck: Duck): Promise<RollupNote[]> {
  const notes: RollupNote[] = [];
  for (const file of rollupFiles(layout)) {
    try {
      notes.push((await readKeptNote(duck, layout.rollups, file)) as RollupNote);
    } catch (error) {
      const reason = `its own entry cannot be read: ${asWeirError(error).message}`;
      quarantine(layout, join(layout.rollups, file), {
        file: `rollups/${file}`,
        reason,
        rows: null,
        from: null,
        to: null,
      });
    }
  }
  const replaced = new Set(notes.flatMap((note) => note.replaces));
  return notes.filter(({ rollup }) => !replaced.has(rollup.id)).sort((a, b) => a.rollup.id - b.rollup.id);
}

function rollupFiles(layout: Layout): string[] {
  return readdirSync(layout.rollups, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort();
}

/** `.../14-0000000042.parquet` */
function numberOf(file: string): number {
  return Number.parseInt(basename(file, '.parquet').split('-').at(-1) ?? '', 10) || 0;
}
