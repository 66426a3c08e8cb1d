import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Duck } from './duck.ts';
import { checksumFile } from './files.ts';
import { parseJournalName } from './journal-format.ts';
import type { Layout } from './layout.ts';
import { isLedgerFile, isMerged, mergedName } from './ledger-format.ts';
import { EMPTY_MANIFEST, type JournalPosition, type ManifestState, type SegmentEntry } from './manifest.ts';
import { quarantine } from './quarantine.ts';
import { rebuildRollups } from './rollup/rebuild-rollups.ts';
import { readNote, whyUnreadable } from './segment-note.ts';

/** Segments below `segments/`, by path. */
export function segmentFiles(layout: Layout): string[] {
  return readdirSync(layout.segments, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort();
}

/**
 * Makes the manifest again: each segment carries its own entry and the journal positions that were true after it. The checksums were in the
 * lost manifest: each segment is read through instead before a new one is believed. Files that cannot be read are put aside. Ledger
 * files count as they are.
 */
export async function rebuildManifest(layout: Layout, duck: Duck): Promise<ManifestState> {
  const segments: SegmentEntry[] = [];
  const replaced = new Set<number>();
  const journals: Record<string, JournalPosition> = {};
  let nextSegment = 1;
  for (const name of segmentFiles(layout)) {
    nextSegment = Math.max(nextSegment, (Number.parseInt(basename(name), 10) || 0) + 1);
    const path = join(layout.segments, name);
    const file = `segments/${name}`;
    try {
      const note = await readNote(duck, layout.segments, name);
      // Its rows left the journal, whether or not they can be read now.
      for (const [journal, position] of Object.entries(note.journals))
        if (isFurther(position, journals[journal])) journals[journal] = position;
      const reason = await whyUnreadable(duck, layout.segments, name);
      const { rows, minTime, maxTime } = note.segment;
      if (reason === null) {
        const { replaces = [], ...segment } = note.segment;
        segments.push({ ...segment, file: name, ...checksumFile(path) });
        for (const id of replaces) replaced.add(id);
      } else quarantine(layout, path, { file, reason, rows, from: minTime, to: maxTime });
    } catch (error) {
      const reason = `its own entry cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      quarantine(layout, path, { file, reason, rows: null, from: null, to: null });
    }
  }
  segments.sort((a, b) => a.id - b.id);
  // A merge was entered, or would have been, and the files that it was made of were not deleted yet: each row counts once.
  const whole = segments.filter((s) => !replaced.has(s.id));
  for (const { id, file } of segments) if (replaced.has(id)) rmSync(join(layout.segments, file), { force: true });
  return {
    ...EMPTY_MANIFEST,
    nextSegment: segments.reduce((next, s) => Math.max(next, s.id + 1), nextSegment),
    // Numbers of files that are gone are not given out again: old segments tell positions of them.
    nextJournal: Object.keys(journals).reduce((n, f) => Math.max(n, (parseJournalName(f)?.sequence ?? 0) + 1), 1),
    ...(await rebuildRollups(layout, duck, whole)),
    journals: Object.fromEntries(Object.entries(journals).filter(([file]) => existsSync(join(layout.journal, file)))),
    ledgers: ledgerLengths(layout),
  };
}

function isFurther(position: JournalPosition, known: JournalPosition | undefined): boolean {
  if (!known || known.offset < position.offset) return true;
  return known.offset === position.offset && known.skip < position.skip;
}

/** All hours: one in which nothing but loss happened has no segment. */
function ledgerLengths(layout: Layout): Record<string, number> {
  const lengths: Record<string, number> = {};
  for (const file of readdirSync(layout.ledger, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!isLedgerFile(file)) continue;
    // A crash can leave both names of an hour: they say the same.
    if (!isMerged(file) && existsSync(join(layout.ledger, mergedName(file)))) continue;
    lengths[file] = statSync(join(layout.ledger, file)).size;
  }
  return lengths;
}
