import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asWeirError, type Log } from '../base/index.ts';
import type { Duck } from './duck.ts';
import type { Layout } from './layout.ts';
import type { ManifestState } from './manifest.ts';
import { quarantine } from './quarantine.ts';
import type { Damage } from './reader.ts';
import { readNote } from './segment-note.ts';

/**
 * Clears away what a crash left: segments that were written and not entered (their number was not given out yet, their rows are in the
 * journal), those that retention let go and that were not deleted yet, and journal files that are in segments. A segment that the manifest
 * should know is never deleted: it is put aside and named.
 */
export async function removeStrays(layout: Layout, duck: Duck, state: ManifestState, log: Log): Promise<void> {
  const known = new Set(state.segments.map((s) => s.file));
  for (const file of readdirSync(layout.segments, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.parquet') || known.has(file)) continue;
    const path = join(layout.segments, file);
    // The name is the number; one that is no number was not given by us, and compares false.
    if (Number.parseInt(basename(file), 10) >= state.nextSegment) {
      log.warn(
        { file },
        'removed a segment that was not entered in the manifest before a crash; its rows are in the journal',
      );
      rmSync(path, { force: true });
      continue;
    }
    const damage = await describeStray(layout, duck, file);
    if (damage.to !== null && damage.to <= state.expired.until) {
      log.info({ file }, 'removed a segment that retention had let go before a crash');
      rmSync(path, { force: true });
      continue;
    }
    log.error(damage, 'a segment is not in the manifest though it should be: it was put into quarantine/');
    quarantine(layout, path, damage);
  }
  for (const name of readdirSync(layout.journal)) {
    if (!state.journals[name]?.done) continue;
    try {
      rmSync(join(layout.journal, name), { force: true });
    } catch (error) {
      log.warn({ err: asWeirError(error), file: name }, 'cannot delete a journal file that is in segments');
    }
  }
}

async function describeStray(layout: Layout, duck: Duck, file: string): Promise<Damage> {
  const reason = 'the manifest does not name it: its rows may be missing';
  try {
    const { segment } = await readNote(duck, layout.segments, file);
    return { file: `segments/${file}`, reason, rows: segment.rows, from: segment.minTime, to: segment.maxTime };
  } catch {
    return { file: `segments/${file}`, reason, rows: null, from: null, to: null };
  }
}
