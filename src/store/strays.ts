import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asWeirError, type Log } from '../base/index.ts';
import type { Duck } from './duck.ts';
import type { Layout } from './layout.ts';
import type { ManifestState, SegmentEntry } from './manifest.ts';
import { quarantine } from './quarantine.ts';
import type { Damage } from './reader.ts';
import { readNote, type SegmentNote } from './segment-note.ts';

/**
 * Clears away what a crash left: segments that were written and not entered (their number was not given out yet, their rows are in the
 * journal), those that retention let go and that were not deleted yet, and journal files that are in segments. A segment that the manifest
 * should know is never deleted: it is put aside and named.
 */
export async function removeStrays(layout: Layout, duck: Duck, state: ManifestState, log: Log): Promise<void> {
  const known = new Set(state.segments.map((s) => s.file));
  const replaced = new Replaced(layout, duck, state.segments);
  for (const file of readdirSync(layout.segments, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.parquet') || known.has(file)) continue;
    const path = join(layout.segments, file);
    // The name is the number; one that is no number was not given by us, and compares false.
    if (Number.parseInt(basename(file), 10) >= state.nextSegment) {
      log.warn(
        { file },
        'removed a segment that was not entered in the manifest before a crash; its rows are in the journal, or in the segments that it was made of',
      );
      rmSync(path, { force: true });
      continue;
    }
    const note = await noteOf(layout, duck, file);
    if (note && (await replaced.has(note.segment))) {
      log.info({ file }, 'removed a segment whose rows are in another: a merge was cut off by a crash');
      rmSync(path, { force: true });
      continue;
    }
    const damage = describeStray(file, note);
    if (damage.to !== null && damage.to <= state.expired.until) {
      log.info({ file }, 'removed a segment that retention had let go before a crash');
      rmSync(path, { force: true });
      continue;
    }
    log.error(damage, 'a segment is not in the manifest though it should be: it was put into quarantine/');
    quarantine(layout, path, damage);
  }
  removeStrayRollups(layout, state, log);
  for (const name of readdirSync(layout.journal)) {
    if (!state.journals[name]?.done) continue;
    try {
      rmSync(join(layout.journal, name), { force: true });
    } catch (error) {
      log.warn({ err: asWeirError(error), file: name }, 'cannot delete a journal file that is in segments');
    }
  }
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
function removeStrayRollups(layout: Layout, state: ManifestState, log: Log): void {
  const known = new Set(state.rollups.map((r) => r.file));
  for (const file of readdirSync(layout.rollups, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.parquet') || known.has(file)) continue;
    log.info({ file }, 'removed a file of roll-ups that does not count');
    rmSync(join(layout.rollups, file), { force: true });
  }
}

function describeStray(file: string, note: SegmentNote | null): Damage {
  const reason = 'the manifest does not name it: its rows may be missing';
  const { rows = null, minTime = null, maxTime = null } = note?.segment ?? {};
  return { file: `segments/${file}`, reason, rows, from: minTime, to: maxTime };
}
