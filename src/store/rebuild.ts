import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Duck } from './duck.ts';
import { checksumFile } from './files.ts';
import { hourFolder, type Layout } from './layout.ts';
import { EMPTY_MANIFEST, type JournalPosition, type ManifestState, type SegmentEntry } from './manifest.ts';
import { quarantine } from './quarantine.ts';
import { readNote } from './segment-note.ts';

/**
 * Makes the manifest again: each segment carries its own entry and the journal positions that were true after it. Files that cannot be read
 * are put aside. Ledger files count as they are.
 */
export async function rebuildManifest(layout: Layout, duck: Duck): Promise<ManifestState> {
  const segments: SegmentEntry[] = [];
  const journals: Record<string, JournalPosition> = {};
  for (const name of readdirSync(layout.segments, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.parquet')) continue;
    const path = join(layout.segments, name);
    try {
      const note = await readNote(duck, layout.segments, name);
      segments.push({ ...note.segment, ...checksumFile(path) });
      for (const [file, position] of Object.entries(note.journals)) {
        const known = journals[file];
        if (
          !known ||
          known.offset < position.offset ||
          (known.offset === position.offset && known.skip < position.skip)
        )
          journals[file] = position;
      }
    } catch (error) {
      const reason = `its own entry cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      quarantine(layout, path, { file: `segments/${name}`, reason, rows: null, from: null, to: null });
    }
  }
  segments.sort((a, b) => a.id - b.id);
  return {
    ...EMPTY_MANIFEST,
    nextSegment: segments.reduce((max, s) => Math.max(max, s.id), 0) + 1,
    segments,
    journals,
    ledgers: ledgerLengths(layout, segments),
  };
}

function ledgerLengths(layout: Layout, segments: readonly SegmentEntry[]): Record<string, number> {
  const lengths: Record<string, number> = {};
  for (const hour of new Set(segments.map((s) => s.hour))) {
    const file = `${hourFolder(hour)}.jsonl`;
    const path = join(layout.ledger, file);
    if (existsSync(path)) lengths[file] = statSync(path).size;
  }
  return lengths;
}
