import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asWeirError, type Log } from '../base/index.ts';
import type { Duck } from './duck.ts';
import type { Layout } from './layout.ts';
import type { ManifestState, SegmentEntry } from './manifest.ts';
import { quarantine } from './quarantine.ts';
import type { Damage } from './reader.ts';
import { readNote, type SegmentNote } from './segment-note.ts';

/** A file that no commit names, and why it is there; `damage`: its rows may be missing, it is not deleted. */
export interface Stray {
  /** Path below the data directory. */
  readonly file: string;
  readonly reason: string;
  readonly damage: Damage | null;
}

/**
 * Clears away what a crash left: segments that were written and not entered (their number was not given out yet, their rows are in the
 * journal), those that retention let go and that were not deleted yet, and journal files that are in segments. A segment that the manifest
 * should know is never deleted: it is put aside and named.
 */
export async function removeStrays(layout: Layout, duck: Duck, state: ManifestState, log: Log): Promise<void> {
  for (const { file, reason, damage } of await findStrays(layout, duck, state)) {
    const path = join(layout.root, file);
    if (damage) {
      log.error(damage, 'a segment is not in the manifest though it should be: it was put into quarantine/');
      quarantine(layout, path, damage);
      continue;
    }
    try {
      rmSync(path, { force: true });
      log.info({ file, reason }, 'removed a file that no commit names');
    } catch (error) {
      // A file of the journal that stays is in segments, whatever becomes of it.
      if (!file.startsWith('journal/')) throw error;
      log.warn({ err: asWeirError(error), file }, 'cannot delete a journal file that is in segments');
    }
  }
}

/** Files that no commit names; changes nothing. */
export async function findStrays(layout: Layout, duck: Duck, state: ManifestState): Promise<Stray[]> {
  const strays: Stray[] = [];
  const known = new Set(state.segments.map((s) => s.file));
  const replaced = new Replaced(layout, duck, state.segments);
  for (const name of filesBelow(layout.segments)) {
    if (known.has(name)) continue;
    const file = `segments/${name}`;
    // The name is the number; one that is no number was not given by us, and compares false.
    if (Number.parseInt(basename(name), 10) >= state.nextSegment) {
      const reason =
        'it was not entered before a crash: its rows are in the journal, or in the segments that it was made of';
      strays.push({ file, reason, damage: null });
      continue;
    }
    const note = await noteOf(layout, duck, name);
    const damage = describeStray(name, note);
    if (note && (await replaced.has(note.segment)))
      strays.push({ file, reason: 'its rows are in another: a merge was cut off by a crash', damage: null });
    else if (damage.to !== null && damage.to <= state.expired.until)
      strays.push({ file, reason: 'retention had let it go before a crash', damage: null });
    else strays.push({ file, reason: damage.reason, damage });
  }
  return [...strays, ...strayRollups(layout, state), ...strayJournals(layout, state)];
}

async function noteOf(layout: Layout, duck: Duck, file: string): Promise<SegmentNote | null> {
  return readNote(duck, layout.segments, file).catch(() => null);
}

/** Merges that a crash cut off: of the old files and the new one, only one kind is in the manifest. */
class Replaced {
  private readonly layout: Layout;
  private readonly duck: Duck;
  private readonly segments: readonly SegmentEntry[];
  private readonly ids: ReadonlySet<number>;
  /** What segments of the manifest say that they replace, read once. */
  private readonly said = new Map<number, Promise<readonly number[]>>();

  constructor(layout: Layout, duck: Duck, segments: readonly SegmentEntry[]) {
    this.layout = layout;
    this.duck = duck;
    this.segments = segments;
    this.ids = new Set(segments.map((s) => s.id));
  }

  async has(stray: SegmentNote['segment']): Promise<boolean> {
    if (stray.replaces?.some((id) => this.ids.has(id))) return true;
    for (const segment of this.segments) {
      const spans = segment.minReceived <= stray.minReceived && segment.maxReceived >= stray.maxReceived;
      if (segment.id > stray.id && spans && (await this.replacedBy(segment)).includes(stray.id)) return true;
    }
    return false;
  }

  private replacedBy(segment: SegmentEntry): Promise<readonly number[]> {
    const known = this.said.get(segment.id);
    if (known) return known;
    const read = noteOf(this.layout, this.duck, segment.file).then((note) => note?.segment.replaces ?? []);
    this.said.set(segment.id, read);
    return read;
  }
}

/** Roll-ups that no manifest names were not committed, or were replaced by others: whatever they say is told elsewhere. */
function strayRollups(layout: Layout, state: ManifestState): Stray[] {
  const known = new Set(state.rollups.map((r) => r.file));
  const reason = 'it was not committed, or another took its place';
  return filesBelow(layout.rollups)
    .filter((name) => !known.has(name))
    .map((name) => ({ file: `rollups/${name}`, reason, damage: null }));
}

function strayJournals(layout: Layout, { journals }: ManifestState): Stray[] {
  if (!existsSync(layout.journal)) return [];
  return readdirSync(layout.journal)
    .filter((name) => journals[name]?.done)
    .map((name) => ({ file: `journal/${name}`, reason: 'all of it is in segments', damage: null }));
}

/** Parquet files below a folder; none where there is no folder. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
}

function describeStray(file: string, note: SegmentNote | null): Damage {
  const reason = 'the manifest does not name it: its rows may be missing';
  const { rows = null, minTime = null, maxTime = null } = note?.segment ?? {};
  return { file: `segments/${file}`, reason, rows, from: minTime, to: maxTime };
}
